import { failureIn, nextConfiguration } from '../../ovs-operations.js';
import {
  namesOf,
  rowsOf,
  selectBridgesOf,
  selectRows,
  selectTunnelsTo,
  type Operation,
  type OvsRows,
} from '../../ovs-rows.js';
import { JsonRpc } from './json-rpc.js';

const DATABASE = 'Open_vSwitch';
/** Rows to look for one by one. */
const FEW = 32;
/** 1,000 tunnel ports take ovs-vswitchd about a second. */
const APPLY_MS = 30_000;
/** A wait operation answers by itself at its end. */
const WAIT_MARGIN_MS = 5_000;

const CURRENT: Operation = { op: 'select', table: DATABASE, where: [], columns: ['cur_cfg'] };

/** The configuration database of Open vSwitch (OVSDB, RFC 7047): what ovs-vswitchd makes and keeps. */
export class OvsDatabase {
  private readonly rpc: JsonRpc;

  constructor(socketPath: string) {
    this.rpc = new JsonRpc(() => socketPath);
  }

  /** Every bridge and port. */
  async rows(): Promise<OvsRows> {
    return rowsOf(await this.transact(selectRows()));
  }

  /** The bridges and ports of these names; beyond a few names all rows, which is one search of each table. */
  async rowsNamed(names: ReadonlySet<string>): Promise<OvsRows> {
    if (names.size > FEW) return this.rows();
    return rowsOf(await this.transact(selectRows(names)), names.size);
  }

  /** These bridges, and the ports whose tunnels lead to these addresses (as text). */
  async rowsTo(bridges: ReadonlySet<string>, remotes: ReadonlySet<string>): Promise<OvsRows> {
    if (remotes.size > FEW) return this.rows();
    const results = await this.transact([...remotes].map(selectTunnelsTo));
    // One that is not found may be written in another way.
    if (results.some((result) => namesOf([result]).length === 0)) return this.rows();
    return this.rowsNamed(new Set([...bridges, ...namesOf(results)]));
  }

  /** Whether a bridge is marked as an owner's. */
  async hasBridgeOf(owner: string): Promise<boolean> {
    return namesOf(await this.transact([selectBridgesOf(owner)])).length > 0;
  }

  /** Carries out a transaction of `transactionFor`. Returns the failure, or the configuration number that ovs-vswitchd must reach. */
  async commit(operations: readonly Operation[]): Promise<{ failure: string } | { next: number }> {
    const results = await this.transact(operations);
    const failure = failureIn(operations, results);
    return failure === undefined ? { next: nextConfiguration(results) } : { failure };
  }

  /** Waits until ovs-vswitchd has carried out a configuration; false when it does not in time. */
  async applied(next: number): Promise<boolean> {
    const deadline = performance.now() + APPLY_MS;
    for (;;) {
      const current = await this.current();
      if (current >= next) return true;
      const left = Math.ceil(deadline - performance.now());
      if (left <= 0) return false;
      await this.transact([changeFrom(current, left)], left + WAIT_MARGIN_MS);
    }
  }

  close(): void {
    this.rpc.close();
  }

  private async current(): Promise<number> {
    const [result] = await this.transact([CURRENT]);
    const { rows } = (result ?? {}) as { readonly rows?: readonly { readonly cur_cfg?: unknown }[] };
    return Number(rows?.[0]?.cur_cfg ?? 0);
  }

  private async transact(operations: readonly Operation[], timeoutMs?: number): Promise<readonly unknown[]> {
    const results = await this.rpc.call('transact', [DATABASE, ...operations], timeoutMs);
    return Array.isArray(results) ? (results as unknown[]) : [];
  }
}

/** Answers when `cur_cfg` is another, or after `timeout` ms. */
const changeFrom = (current: number, timeout: number): Operation => ({
  op: 'wait',
  table: DATABASE,
  where: [],
  columns: ['cur_cfg'],
  until: '!=',
  rows: [{ cur_cfg: current }],
  timeout,
});
