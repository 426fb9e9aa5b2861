import {
  FAKE_FIREWALL_REPORT,
  type Firewall,
  type FirewallInput,
  type FirewallReport,
} from '@overlay/dataplane';
import type { NodeClock } from './node-clock.js';

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

/** The rules of one host, as the input they were written from. They outlive the daemon. */
export class ModelFirewall {
  rules = '';
  writes = 0;
  /** iptables does not work now. */
  broken = false;

  /** As one process has it. */
  access(clock: NodeClock): Firewall {
    return {
      ensure: (input) => this.ensure(input, clock),
      preview: () => Promise.resolve([]),
      cleanup: () => Promise.resolve(),
      watch: () => Promise.resolve({ close: () => undefined }),
    };
  }

  private async ensure(input: FirewallInput, clock: NodeClock): Promise<FirewallReport> {
    await clock.sleep(1 + 4 * clock.random());
    if (this.broken) throw new Error('iptables-restore: another app is currently holding the xtables lock');
    const text = JSON.stringify(input, plain);
    const written = text === this.rules ? [] : ['iptables filter'];
    this.writes += written.length;
    this.rules = text;
    return { ...FAKE_FIREWALL_REPORT, written };
  }
}
