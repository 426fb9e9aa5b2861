import { OverlayError, formatAddress } from '@overlay/cidr';
import type { Change, FdbObject } from '../../model.js';
import { tunnelKey, tunnelPorts } from '../../ovs-fdb.js';
import type { OvsHost } from './host.js';
import { refusalOfThrown, type Refusal } from '../refusal.js';

/** Calls on their way to ovs-vswitchd at once. */
const PARALLEL = 64;

/** What is there to put addresses on. */
interface Target {
  readonly bridges: ReadonlySet<string>;
  readonly ports: ReadonlyMap<string, string>;
}

/**
 * Static MAC addresses: without them Open vSwitch sends what it has not learned to every peer, and learns only from answers. They live in
 * ovs-vswitchd alone, so that a restart of it needs them again.
 */
export class FdbWriter {
  constructor(
    private readonly host: OvsHost,
    private readonly failed: Map<Change, Refusal>,
  ) {}

  async apply(changes: readonly Change[]): Promise<void> {
    const entries = changes.flatMap(({ op, object }) => (object.type === 'fdb' ? [{ op, object }] : []));
    const bridges = new Set(entries.map(({ object }) => object.link));
    const added = entries.filter(({ op }) => op !== 'remove');
    const remotes = new Set(added.map(({ object }) => formatAddress(object.destination)));
    const rows = await this.host.database.rowsTo(bridges, remotes);
    const target = { bridges: new Set(rows.bridges.map(({ name }) => name)), ports: tunnelPorts(rows) };
    for (let start = 0; start < changes.length; start += PARALLEL)
      await Promise.all(changes.slice(start, start + PARALLEL).map((change) => this.one(change, target)));
  }

  private async one(change: Change, target: Target): Promise<void> {
    const { op, object } = change;
    if (object.type !== 'fdb') return;
    try {
      await (op === 'remove' ? this.remove(object, target) : this.add(object, target));
    } catch (error) {
      this.failed.set(change, refusalOfThrown(error));
    }
  }

  private async add({ link, mac, destination }: FdbObject, { ports }: Target): Promise<void> {
    const port = ports.get(tunnelKey(link, destination));
    if (port === undefined)
      throw new OverlayError(
        'OVL_OVS_PORT',
        `${link} has no tunnel to ${formatAddress(destination)} that works`,
      );
    await this.host.vswitchd.run('fdb/add', link, port, '0', mac);
  }

  /** What went away with its port or bridge needs nothing. */
  private async remove({ link, mac }: FdbObject, { bridges }: Target): Promise<void> {
    if (bridges.has(link)) await this.host.vswitchd.run('fdb/del', link, '0', mac).catch(() => undefined);
  }
}
