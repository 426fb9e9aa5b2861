import { objectKey, linkKey } from './identity.js';
import type {
  ActualState,
  DesiredState,
  FdbObject,
  KernelObject,
  OvsBridgeLink,
  OvsPortObject,
  Ownership,
} from './model.js';
import type { BridgeRow, OvsRows, PortRow } from './ovs-rows.js';
import { isBridgeSettled, isPortSettled, tunnelOf, type DeviceState } from './ovs-settings.js';
import { isBackendDevice } from './ownership.js';

/** What Open vSwitch and the kernel show. */
interface OvsView {
  readonly rows: OvsRows;
  /** Devices of this network namespace that are ports, by name. */
  readonly devices: ReadonlyMap<string, DeviceState>;
  /** Static MAC addresses of our bridges. */
  readonly fdb: readonly FdbObject[];
}

export const NOTHING: ActualState = { objects: new Map(), foreign: new Map() };

/** Whether a bridge is ours: marked so, and of a name that is ours. */
export function isOurBridge(row: BridgeRow, { alias, links }: Ownership): boolean {
  return row.owner === alias && (links.includes(row.name) || isBackendDevice(row.name));
}

/**
 * Sorts bridges and ports into ours and foreign ones with a wanted name. What is ours and not as it should be in a setting that its object
 * does not show counts as down: it is replaced.
 */
export function ovsState(view: OvsView, ownership: Ownership, desired: DesiredState): ActualState {
  const objects = new Map<string, KernelObject>();
  const down = new Set<string>();
  const found = (object: KernelObject, settled: boolean): void => {
    objects.set(objectKey(object), object);
    if (!settled) down.add(objectKey(object));
  };
  const ports = new Map(view.rows.ports.map((row) => [row.uuid, row]));
  for (const bridge of view.rows.bridges.filter((row) => isOurBridge(row, ownership))) {
    addBridge(view, bridge, desired, found);
    const rows = bridge.ports.flatMap((id) => ports.get(id) ?? []);
    for (const row of rows) if (isOurPort(row, bridge)) addPort(view, row, bridge.name, found);
  }
  for (const entry of view.fdb) objects.set(objectKey(entry), entry);
  return { objects, foreign: foreignIn(view.rows, desired, objects), down };
}

type Found = (object: KernelObject, settled: boolean) => void;

const isOurPort = (row: PortRow, bridge: BridgeRow): boolean =>
  row.owner === bridge.owner && row.name !== bridge.name;

function addBridge({ rows, devices }: OvsView, row: BridgeRow, desired: DesiredState, found: Found): void {
  const device = devices.get(row.name);
  const datapath = row.datapath === 'netdev' ? 'netdev' : 'system';
  const object: OvsBridgeLink = {
    type: 'link',
    kind: 'ovs-bridge',
    name: row.name,
    mtu: device?.mtu ?? 0,
    mac: device?.mac ?? '',
    datapath,
    alias: device?.alias === row.owner ? row.owner : '',
  };
  const wanted = desired.get(linkKey(row.name));
  const moved = wanted?.type === 'link' && wanted.kind === 'ovs-bridge' && wanted.datapath !== datapath;
  found(object, !moved && isBridgeSettled(row, rows.interfaces.get(row.name), device));
}

function addPort({ rows, devices }: OvsView, row: PortRow, bridge: string, found: Found): void {
  const port = rows.interfaces.get(row.name);
  const tunnel = port && tunnelOf(port);
  const object: OvsPortObject = {
    type: 'ovs-port',
    bridge,
    name: row.name,
    alias: row.owner,
    ...(tunnel ? { tunnel } : {}),
  };
  found(object, port !== undefined && isPortSettled(object, row, port, devices.get(row.name)));
}

function foreignIn(
  rows: OvsRows,
  desired: DesiredState,
  ours: ReadonlyMap<string, KernelObject>,
): Map<string, string> {
  const foreign = new Map<string, string>();
  const ports = new Map(rows.ports.map((row) => [row.name, row]));
  for (const [key, object] of desired) {
    if (ours.has(key) || (object.type !== 'link' && object.type !== 'ovs-port')) continue;
    const row = ports.get(object.name);
    if (row) foreign.set(key, describeForeign(row, rows));
  }
  return foreign;
}

/** One line for a person about a port, or a bridge with its port, in our way. */
export function describeForeign(port: PortRow, { bridges }: OvsRows): string {
  const owner = port.owner === '' ? 'no owner' : `the owner "${port.owner}"`;
  const bridge = bridges.find(({ ports }) => ports.includes(port.uuid));
  // Of the bridges only those may have been read that a change is about.
  const elsewhere = bridge === undefined ? 'a port' : `a port of the bridge ${bridge.name}`;
  const what = bridge?.name === port.name ? 'a bridge' : elsewhere;
  return `${what} of Open vSwitch of this name with ${owner} in external_ids is not ours`;
}
