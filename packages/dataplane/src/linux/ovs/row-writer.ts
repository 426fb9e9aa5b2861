import type { Change, OvsBridgeLink, OvsPortObject } from '../../model.js';
import { transactionFor } from '../../ovs-operations.js';
import type { OvsRows } from '../../ovs-rows.js';
import type { Refusal } from '../refusal.js';
import type { OvsHost } from './host.js';

/** Bridges and ports: one transaction for all, a wait until ovs-vswitchd has made them, then their devices. */
export class RowWriter {
  constructor(
    private readonly host: OvsHost,
    private readonly failed: Map<Change, Refusal>,
  ) {}

  /** Throws what keeps every change from being made. */
  async apply(changes: readonly Change[]): Promise<void> {
    const adding = changes.some(({ op }) => op !== 'remove');
    if (adding) await this.host.vswitchd.check();
    const before = await this.rowsOf(changes);
    const next = await this.commit(changes, before);
    if (next === 0) return;
    const running = adding || (await this.isRunning());
    const done = !running || (await this.host.database.applied(next));
    if (!done) this.stalled(changes, adding);
    else if (adding) await this.finish(changes, before);
  }

  /** The rows that changes are about. */
  private rowsOf(changes: readonly Change[]): Promise<OvsRows> {
    return this.host.database.rowsNamed(new Set(changes.flatMap(({ object }) => namesIn(object))));
  }

  private async isRunning(): Promise<boolean> {
    return this.host.vswitchd.check().then(
      () => true,
      () => false,
    );
  }

  private stalled(changes: readonly Change[], adding: boolean): void {
    const message = 'ovs-vswitchd has not carried out the change in time: look at its log';
    if (!adding) return this.host.log(message);
    for (const change of changes) this.fail(change, 'OVL_OVS_STALLED', message);
  }

  /** The configuration number that is reached when all is made; 0 when there was nothing to do. One that fails is looked for by halves. */
  private async commit(changes: readonly Change[], rows: OvsRows): Promise<number> {
    const { operations, refused } = transactionFor(changes, rows);
    for (const [change, message] of refused) this.fail(change, 'EEXIST', message);
    if (operations.length === 0) return 0;
    const result = await this.host.database.commit(operations);
    if ('next' in result) return result.next;
    const tried = changes.filter((change) => !this.failed.has(change));
    const [only] = tried;
    if (tried.length === 1 && only) this.fail(only, 'OVL_OVS_REFUSED', result.failure);
    if (tried.length < 2) return 0;
    const middle = tried.length >> 1;
    const [left, right] = [tried.slice(0, middle), tried.slice(middle)];
    const first = await this.commit(left, await this.rowsOf(left));
    return Math.max(first, await this.commit(right, await this.rowsOf(right)));
  }

  /** What ovs-vswitchd made of it: errors per port, then the devices' own settings. */
  private async finish(changes: readonly Change[], before: OvsRows): Promise<void> {
    const rows = await this.rowsOf(changes);
    const unmade: Change[] = [];
    for (const change of changes) {
      const { op, object } = change;
      if (op === 'remove' || this.failed.has(change)) continue;
      if (object.type === 'link' && object.kind === 'ovs-bridge') {
        if (!this.finishBridge(change, object) && !hasBridge(before, object.name)) unmade.push(change);
      } else if (object.type === 'ovs-port') this.finishPort(change, object, rows);
    }
    await this.undo(unmade, rows);
  }

  /** False when there is no such device. */
  private finishBridge(change: Change, link: OvsBridgeLink): boolean {
    if (this.host.devices.find(link.name) === undefined) {
      const remedy =
        link.datapath === 'system'
          ? 'load the kernel module (modprobe openvswitch) or set Datapath to netdev'
          : "look at ovs-vswitchd's log";
      const message = `ovs-vswitchd could not make the bridge ${link.name} (datapath ${link.datapath}): ${remedy}`;
      this.fail(change, 'OVL_OVS_DATAPATH', message);
      return false;
    }
    const refused = this.host.devices.configure(link);
    if (refused) this.failed.set(change, refused);
    return true;
  }

  private finishPort(change: Change, port: OvsPortObject, rows: OvsRows): void {
    const row = rows.interfaces.get(port.name);
    if (row?.error !== '' || (row.ofport ?? -1) < 0) {
      const problem = row === undefined || row.error === '' ? 'it was not made' : row.error;
      return this.fail(change, 'OVL_OVS_PORT', `port ${port.name} of ${port.bridge}: ${problem}`);
    }
    const refused = port.tunnel === undefined ? this.host.devices.bringUp(port.name) : undefined;
    if (refused) this.failed.set(change, refused);
  }

  /** A bridge that cannot be made leaves nothing behind, and its ports neither. */
  private async undo(unmade: readonly Change[], rows: OvsRows): Promise<void> {
    const removals = unmade.map(({ object }) => ({ op: 'remove', object }) as const);
    const { operations } = transactionFor(removals, rows);
    if (operations.length > 0) await this.host.database.commit(operations);
  }

  private fail(change: Change, code: string, message: string): void {
    this.failed.set(change, { code, message });
  }
}

function namesIn(object: Change['object']): readonly string[] {
  if (object.type === 'ovs-port') return [object.bridge, object.name];
  return object.type === 'link' ? [object.name] : [];
}

const hasBridge = ({ bridges }: OvsRows, name: string): boolean => bridges.some((row) => row.name === name);
