import type { Prefix } from '@overlay/cidr';
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
  /** Subnets that they let nothing pass from and to; another list after each change. */
  fenced: readonly Prefix[] = [];
  writes = 0;
  /** iptables does not work now. */
  broken = false;

  /** The host was switched off. */
  reset(): void {
    this.rules = '';
    this.fenced = [];
  }

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
    if (written.length > 0) this.fenced = input.traffic.flatMap(({ fenced }) => fenced ?? []);
    return { ...FAKE_FIREWALL_REPORT, written };
  }
}
