import type { Change, OvsBridgeLink, OvsPortObject } from './model.js';
import { mapOf, namedUuid, setOf, uuid, type Notation } from './ovs-notation.js';
import { OWNER, type BridgeRow, type Operation, type OvsRows, type PortRow } from './ovs-rows.js';
import { optionsOf, otherConfigOf } from './ovs-settings.js';
import { describeForeign } from './ovs-state.js';

/** Asks ovs-vswitchd to look, and tells the number that `cur_cfg` reaches when it has (ovs-vswitchd.conf.db(5)). */
const COMMIT: readonly Operation[] = [
  { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] },
  { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
];

/** A transaction that makes some changes, and those that it cannot make. */
interface OvsTransaction {
  /** Empty when nothing is to be done. The last one's result holds `next_cfg`. */
  readonly operations: readonly Operation[];
  readonly refused: ReadonlyMap<Change, string>;
}

/**
 * One transaction for many changes of bridges and ports, against what is there now: what exists and is ours is changed in place, what is
 * gone already needs nothing, what has the name and is not ours is refused. A tunnel port is `protected`: a packet that came out of one
 * never goes into another, so that a full mesh has no loops.
 */
export function transactionFor(changes: readonly Change[], rows: OvsRows): OvsTransaction {
  const builder = new Builder(rows);
  for (const change of changes) builder.take(change);
  return builder.finish();
}

const ownerMap = (alias: string): Notation => mapOf({ [OWNER]: alias });

class Builder {
  private readonly operations: Operation[] = [];
  private readonly refused = new Map<Change, string>();
  /** Ports to put on and to take off each bridge, by its name. */
  private readonly attached = new Map<string, Notation[]>();
  private readonly detached = new Map<string, Notation[]>();
  /** Names of bridges that this transaction inserts. */
  private readonly inserted = new Set<string>();
  private readonly portRows: ReadonlyMap<string, PortRow>;
  private names = 0;

  constructor(private readonly rows: OvsRows) {
    this.portRows = new Map(rows.ports.map((row) => [row.name, row]));
  }

  take(change: Change): void {
    const { op, object } = change;
    const reason =
      object.type === 'ovs-port'
        ? this.port(op, object)
        : object.type === 'link' && object.kind === 'ovs-bridge'
          ? this.bridge(op, object)
          : `Open vSwitch programs no ${object.type}`;
    if (reason !== undefined) this.refused.set(change, reason);
  }

  finish(): OvsTransaction {
    for (const [name, ports] of this.attached) this.mutatePorts(name, 'insert', ports);
    for (const [name, ports] of this.detached) this.mutatePorts(name, 'delete', ports);
    const operations = this.operations.length === 0 ? [] : [...this.operations, ...COMMIT];
    return { operations, refused: this.refused };
  }

  private bridge(op: Change['op'], link: OvsBridgeLink): string | undefined {
    const row = this.rows.bridges.find(({ name }) => name === link.name);
    if (row && row.owner !== link.alias) return this.foreign(link.name);
    if (op === 'remove') {
      if (row) this.mutateBridges('delete', uuid(row.uuid));
      return undefined;
    }
    if (row) this.updateBridge(row, link);
    else if (this.portRows.get(link.name)) return this.foreign(link.name);
    else this.insertBridge(link);
    return undefined;
  }

  private insertBridge(link: OvsBridgeLink): void {
    const port = this.insertPort(link.name, link.alias, {
      interface: { type: 'internal', mtu_request: link.mtu },
      port: {},
    });
    const id = this.insert('Bridge', {
      name: link.name,
      ports: port,
      datapath_type: link.datapath,
      fail_mode: 'standalone',
      other_config: mapOf(otherConfigOf(link)),
      external_ids: ownerMap(link.alias),
    });
    this.mutateBridges('insert', id);
    this.inserted.add(link.name);
  }

  private updateBridge(row: BridgeRow, link: OvsBridgeLink): void {
    const otherConfig = otherConfigOf(link);
    const where = [['_uuid', '==', uuid(row.uuid)]];
    this.operations.push(
      {
        op: 'update',
        table: 'Bridge',
        where,
        row: { datapath_type: link.datapath, fail_mode: 'standalone' },
      },
      {
        op: 'mutate',
        table: 'Bridge',
        where,
        mutations: [
          ['other_config', 'delete', setOf(Object.keys(otherConfig))],
          ['other_config', 'insert', mapOf(otherConfig)],
        ],
      },
      this.update('Interface', link.name, { mtu_request: link.mtu }),
    );
  }

  private port(op: Change['op'], port: OvsPortObject): string | undefined {
    const bridge = this.rows.bridges.find(({ name }) => name === port.bridge);
    const known = bridge ? bridge.owner === port.alias : this.inserted.has(port.bridge);
    const row = this.portRows.get(port.name);
    const ours = row?.owner === port.alias && bridge?.ports.includes(row.uuid) === true;
    if (op === 'remove') {
      if (known && ours) append(this.detached, port.bridge, uuid(row.uuid));
      return undefined;
    }
    if (!known) return `there is no bridge ${port.bridge} of ours in Open vSwitch`;
    if (row && !ours) return this.foreign(port.name);
    this.writePort(port, row !== undefined);
    return undefined;
  }

  private writePort(port: OvsPortObject, exists: boolean): void {
    const settings = {
      interface: { type: port.tunnel?.kind ?? '', options: mapOf(optionsOf(port)) },
      port: { protected: port.tunnel !== undefined },
    };
    if (exists)
      this.operations.push(
        this.update('Interface', port.name, settings.interface),
        this.update('Port', port.name, settings.port),
      );
    else append(this.attached, port.bridge, this.insertPort(port.name, port.alias, settings));
  }

  private insertPort(
    name: string,
    alias: string,
    rows: { readonly interface: object; readonly port: object },
  ): Notation {
    const owned = { name, external_ids: ownerMap(alias) };
    const id = this.insert('Interface', { ...owned, ...rows.interface });
    return this.insert('Port', { ...owned, ...rows.port, interfaces: id });
  }

  private insert(table: string, row: Readonly<Record<string, unknown>>): Notation {
    const name = `row${(this.names += 1)}`;
    this.operations.push({ op: 'insert', table, row, 'uuid-name': name });
    return namedUuid(name);
  }

  private update(table: string, name: string, row: object): Operation {
    return { op: 'update', table, where: [['name', '==', name]], row };
  }

  private mutateBridges(mutator: 'insert' | 'delete', id: Notation): void {
    const mutations = [['bridges', mutator, setOf([id])]];
    this.operations.push({ op: 'mutate', table: 'Open_vSwitch', where: [], mutations });
  }

  private mutatePorts(name: string, mutator: 'insert' | 'delete', ports: readonly Notation[]): void {
    this.operations.push({
      op: 'mutate',
      table: 'Bridge',
      where: [['name', '==', name]],
      mutations: [['ports', mutator, setOf(ports)]],
    });
  }

  private foreign(name: string): string {
    const row = this.portRows.get(name);
    return row ? `${name}: ${describeForeign(row, this.rows)}` : `${name} is not ours`;
  }
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

/**
 * Why a transaction was not carried out, from its results; undefined when it was. An operation that matched no row counts: what it was
 * about went away meanwhile.
 */
export function failureIn(operations: readonly Operation[], results: readonly unknown[]): string | undefined {
  for (const [index, result] of results.entries()) {
    const { error, details, count } = (result ?? {}) as Record<string, unknown>;
    if (typeof error === 'string') return `${error}${typeof details === 'string' ? `: ${details}` : ''}`;
    const operation = operations[index];
    if (count === 0 && operation !== undefined)
      return `${operation.op} of ${String(operation['table'])} matched no row: somebody else removed it`;
  }
  return undefined;
}

/** `next_cfg` from the last result of a transaction; 0 when it is not there. */
export function nextConfiguration(results: readonly unknown[]): number {
  const { rows } = (results.at(-1) ?? {}) as { readonly rows?: readonly { readonly next_cfg?: unknown }[] };
  const next = rows?.[0]?.next_cfg;
  return typeof next === 'number' ? next : 0;
}
