import { mapOf, readMap, readNumber, readSet, readText, readUuids, type Notation } from './ovs-notation.js';

/** One operation of a transaction (RFC 7047 section 5.2). */
export type Operation = Readonly<Record<string, unknown>> & { readonly op: string };

/** Key in `external_ids` that says whose a row is; its value is the alias of our links. */
export const OWNER = 'overlay';

interface Row {
  readonly uuid: string;
  readonly name: string;
  /** `external_ids:overlay`; empty when it is not set. */
  readonly owner: string;
}

export interface BridgeRow extends Row {
  /** Identities of its ports. */
  readonly ports: readonly string[];
  /** As written: empty means `system`. */
  readonly datapath: string;
  readonly failMode: string;
  readonly otherConfig: Readonly<Record<string, string>>;
}

export interface PortRow extends Row {
  readonly protected: boolean;
}

export interface InterfaceRow extends Row {
  readonly type: string;
  readonly options: Readonly<Record<string, string>>;
  readonly mtuRequest?: number;
  /** Number of the port in the bridge; -1 when it could not be made, absent when ovs-vswitchd has not looked at it. */
  readonly ofport?: number;
  /** Why ovs-vswitchd could not make it; empty when it could. */
  readonly error: string;
}

/** What of the Open_vSwitch database concerns bridges and their ports, whoever made them. */
export interface OvsRows {
  readonly bridges: readonly BridgeRow[];
  readonly ports: readonly PortRow[];
  /** By name. Every port here has one interface of its own name. */
  readonly interfaces: ReadonlyMap<string, InterfaceRow>;
}

/** What a select asks of rows: clauses that must all hold (RFC 7047 section 5.1, `<condition>`). */
type Where = readonly (readonly [column: string, operator: '==' | 'includes', value: Notation])[];

const TABLES: readonly (readonly [table: string, columns: readonly string[]])[] = [
  ['Bridge', ['ports', 'datapath_type', 'fail_mode', 'other_config']],
  ['Port', ['protected']],
  ['Interface', ['type', 'options', 'mtu_request', 'ofport', 'error']],
];

/** The transaction whose results `rowsOf` reads; of the bridges, ports and interfaces of these names, of all without. */
export function selectRows(names?: Iterable<string>): readonly Operation[] {
  const wheres: Where[] = names === undefined ? [[]] : [...names].map((name) => [['name', '==', name]]);
  return TABLES.flatMap(([table, columns]) =>
    wheres.map((where) => ({
      op: 'select',
      table,
      where,
      columns: ['_uuid', 'name', 'external_ids', ...columns],
    })),
  );
}

/** Selects the names of the bridges that an owner marked as its own. */
export function selectBridgesOf(owner: string): Operation {
  const where: Where = [['external_ids', 'includes', mapOf({ [OWNER]: owner })]];
  return { op: 'select', table: 'Bridge', where, columns: ['name'] };
}

/** Selects the names of the interfaces of tunnels to an address, as it is written there. */
export function selectTunnelsTo(remote: string): Operation {
  const where: Where = [['options', 'includes', mapOf({ remote_ip: remote })]];
  return { op: 'select', table: 'Interface', where, columns: ['name'] };
}

export function namesOf(results: readonly unknown[]): readonly string[] {
  return results.flatMap(tableOf).map((row) => readText(row['name']));
}

/** @param count of the names that the rows were selected by; 1 for all rows */
export function rowsOf(results: readonly unknown[], count = 1): OvsRows {
  const [bridges, ports, interfaces] = [0, 1, 2].map((table) =>
    results.slice(table * count, (table + 1) * count).flatMap(tableOf),
  ) as [Columns[], Columns[], Columns[]];
  return {
    bridges: bridges.map((row) => ({
      ...identity(row),
      ports: readUuids(row['ports']),
      datapath: readText(row['datapath_type']),
      failMode: readText(readSet(row['fail_mode'])[0]),
      otherConfig: readMap(row['other_config']),
    })),
    ports: ports.map((row) => ({ ...identity(row), protected: row['protected'] === true })),
    interfaces: new Map(interfaces.map((row) => [readText(row['name']), interfaceRow(row)])),
  };
}

type Columns = Readonly<Record<string, unknown>>;

function tableOf(result: unknown): readonly Columns[] {
  const rows = (result as { readonly rows?: unknown } | null)?.rows;
  return Array.isArray(rows) ? (rows as Columns[]) : [];
}

function identity(row: Columns): Row {
  return {
    uuid: readUuids(row['_uuid'])[0] ?? '',
    name: readText(row['name']),
    owner: readMap(row['external_ids'])[OWNER] ?? '',
  };
}

function interfaceRow(row: Columns): InterfaceRow {
  const mtuRequest = readNumber(row['mtu_request']);
  const ofport = readNumber(row['ofport']);
  return {
    ...identity(row),
    type: readText(row['type']),
    options: readMap(row['options']),
    error: readText(readSet(row['error'])[0]),
    ...(mtuRequest === undefined ? {} : { mtuRequest }),
    ...(ofport === undefined ? {} : { ofport }),
  };
}
