import { dirname } from 'node:path';
import { linkKey } from '../../identity.js';
import type {
  ActualState,
  Change,
  DesiredState,
  FdbObject,
  KernelObject,
  KernelPart,
  Outcome,
  OvsBridgeLink,
  Ownership,
} from '../../model.js';
import { staticEntries } from '../../ovs-fdb.js';
import type { OvsRows } from '../../ovs-rows.js';
import type { DeviceState } from '../../ovs-settings.js';
import { NOTHING, isOurBridge, ovsState } from '../../ovs-state.js';
import { OvsDatabase } from './database.js';
import { OvsDevices } from './devices.js';
import { FdbWriter } from './fdb-writer.js';
import type { OvsHost } from './host.js';
import { RowWriter } from './row-writer.js';
import { Vswitchd } from './vswitchd.js';

export interface OvsOptions {
  /** Of ovsdb-server; ovs-vswitchd's pid file and control socket are in the same folder. */
  readonly socketPath?: string;
  /** File of the network namespace that ovs-vswitchd works in (`/run/netns/NAME`); that of the process without. */
  readonly netns?: string;
  /** Gets a line about what is strange and no failure. */
  readonly log?: (message: string) => void;
}

const SOCKET = '/var/run/openvswitch/db.sock';

/**
 * Open vSwitch as a part of the data plane: bridges, their ports, and the static MAC addresses that lead into tunnels (`fdb` objects on
 * such a bridge). Nothing is opened before it is needed: a host without Open vSwitch pays one failed connection per `read`.
 */
export function openOvsPart(options: OvsOptions = {}): KernelPart {
  const { socketPath = SOCKET, netns, log = () => undefined } = options;
  return new OvsPart({
    database: new OvsDatabase(socketPath),
    vswitchd: new Vswitchd(dirname(socketPath)),
    devices: new OvsDevices(netns),
    log,
  });
}

class OvsPart implements KernelPart {
  constructor(private readonly host: OvsHost) {}

  claims(object: KernelObject): boolean {
    return isBridge(object) || object.type === 'ovs-port' || isEntry(object);
  }

  /** Without Open vSwitch, what is wanted of it stands in conflict with that, and nothing on its bridges is touched. */
  async read(ownership: Ownership, desired: DesiredState): Promise<ActualState> {
    try {
      return await this.readRows(ownership, desired);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'OVL_OVS_UNAVAILABLE') throw error;
      return {
        objects: new Map(),
        foreign: unavailableFor(desired, `OVL_OVS_UNAVAILABLE: ${adviceAfter(error)}`),
      };
    }
  }

  async apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const run of runs(changes)) outcomes.push(...(await this.applyRun(run)));
    return outcomes;
  }

  close(): void {
    for (const part of [this.host.database, this.host.vswitchd, this.host.devices]) part.close();
  }

  private async readRows(ownership: Ownership, desired: DesiredState): Promise<ActualState> {
    const { database } = this.host;
    if (desired.size === 0 && !(await database.hasBridgeOf(ownership.alias))) return NOTHING;
    const rows = await database.rows();
    const ours = rows.bridges.filter((row) => isOurBridge(row, ownership));
    if (desired.size === 0 && ours.length === 0) return NOTHING;
    if (desired.size > 0) await this.host.vswitchd.check();
    const fdb: FdbObject[] = [];
    for (const bridge of desired.size > 0 ? ours : []) {
      // A bridge that ovs-vswitchd could not make has no entries to show.
      const text = await this.host.vswitchd.run('fdb/show', bridge.name).catch(() => '');
      fdb.push(...staticEntries(text, bridge, rows));
    }
    return ovsState({ rows, devices: this.devicesOf(rows), fdb }, ownership, desired);
  }

  private devicesOf({ interfaces }: OvsRows): Map<string, DeviceState> {
    const devices = new Map<string, DeviceState>();
    for (const { name, type, owner } of interfaces.values()) {
      const isDevice = owner !== '' && (type === 'internal' || type === '');
      const device = isDevice ? this.host.devices.find(name) : undefined;
      if (device) devices.set(name, device);
    }
    return devices;
  }

  private async applyRun(run: readonly Change[]): Promise<readonly Outcome[]> {
    const failed = new Map<Change, { readonly code: string; readonly message: string }>();
    try {
      const writer = run.some(({ object }) => isEntry(object))
        ? new FdbWriter(this.host, failed)
        : new RowWriter(this.host, failed);
      await writer.apply(run);
    } catch (error) {
      const { code = 'OVL_OVS_UNAVAILABLE' } = error as { code?: string };
      const message = code === 'OVL_OVS_UNAVAILABLE' ? adviceAfter(error) : textOf(error);
      for (const change of run) if (!failed.has(change)) failed.set(change, { code, message });
    }
    return run.map((change) => {
      const failure = failed.get(change);
      return failure ? { change, ok: false, ...failure } : { change, ok: true };
    });
  }
}

const isBridge = (object: KernelObject): object is OvsBridgeLink =>
  object.type === 'link' && object.kind === 'ovs-bridge';

/** By its name: no other kind of device of ours has such a one. */
const isEntry = (object: KernelObject): object is FdbObject =>
  object.type === 'fdb' && object.link.startsWith('ovl-ovs-');

/** Consecutive changes of rows, and of entries. */
function runs(changes: readonly Change[]): Change[][] {
  const all: Change[][] = [];
  for (const change of changes) {
    const last = all.at(-1);
    if (last?.[0] && isEntry(last[0].object) === isEntry(change.object)) last.push(change);
    else all.push([change]);
  }
  return all;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function adviceAfter(error: unknown): string {
  return (
    `Open vSwitch does not answer (${textOf(error)}): install it (apt-get install openvswitch-switch), ` +
    `start ovsdb-server and ovs-vswitchd (systemctl start openvswitch-switch), or choose another backend`
  );
}

function unavailableFor(desired: DesiredState, reason: string): Map<string, string> {
  const foreign = new Map<string, string>();
  for (const [key, object] of desired) {
    const on = object.type === 'ovs-port' ? linkKey(object.bridge) : undefined;
    foreign.set(on ?? (object.type === 'fdb' ? linkKey(object.link) : key), reason);
  }
  return foreign;
}
