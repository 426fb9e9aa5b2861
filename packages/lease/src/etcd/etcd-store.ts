import type { IKeyValue, ITxnRequest } from 'etcd3';
import { formatLeaseName } from '../lease-name.js';
import { formatLeaseValue } from '../lease-value.js';
import type { LeaseAttributes, LeaseSnapshot, LeaseSubnets, RawLease } from '../model.js';
import type {
  AnsweredRequest,
  CreateOptions,
  LeaseSink,
  LeaseStore,
  RenumberAnswer,
  RenumberOutcome,
  RenumberRequest,
  RenumberStore,
  StoreHealth,
  StoreOptions,
  Subscription,
  WriteResult,
} from '../store.js';
import { EtcdError } from './errors.js';
import { grantLease, keepLeaseAlive, leaseTimeToLive, revokeLease } from './lease-calls.js';
import { listAll } from './list.js';
import type { Paths } from './paths.js';
import type { Pool } from './pool.js';
import { RenumberKeys, requestKeyOf } from './renumber-keys.js';
import * as txn from './transactions.js';
import { toRawLease } from './watch-response.js';
import { WatchLoop } from './watch-loop.js';

/** Mod revision of a key that is not there. */
const ABSENT = '0';
/** Time to find out about a write of unknown outcome. */
const LOOK_BACK_MS = 2000;

/** The leases in etcd 3. */
export class EtcdStore implements LeaseStore, RenumberStore {
  private readonly loops = new Set<WatchLoop>();
  private readonly renumberings: RenumberKeys;

  constructor(
    private readonly pool: Pool,
    private readonly paths: Paths,
    private readonly options: StoreOptions,
  ) {
    this.renumberings = new RenumberKeys(pool, paths);
  }

  async config(): Promise<{ readonly text: string; readonly modRevision: string } | undefined> {
    const kv = await this.read(this.paths.config);
    return kv && { text: kv.value.toString(), modRevision: kv.mod_revision };
  }

  async putConfig(text: string, expectedModRevision: string): Promise<boolean> {
    const write = { key: this.paths.config, value: text, etcdLease: '0' };
    const request = txn.replaceRequest(write, expectedModRevision);
    const outcome = await this.transact(write.key, expectedModRevision, request);
    return txn.written(outcome, write) !== undefined;
  }

  async list(): Promise<LeaseSnapshot> {
    const { leases, revision } = await listAll(
      (run) => this.pool.call(({ client, options }) => run(client, options)),
      this.paths,
    );
    return { leases, revision };
  }

  async get(name: string): Promise<RawLease | undefined> {
    const kv = await this.read(this.paths.subnets + name);
    return kv && toRawLease(kv, this.paths.subnets);
  }

  follow(sink: LeaseSink, nodeId?: string): Subscription {
    const { timeoutMs = 5000, relistMs = 300_000, log = () => undefined } = this.options;
    const request = nodeId === undefined ? {} : { request: requestKeyOf(this.paths, nodeId) };
    const settings = { paths: { ...this.paths, ...request }, timeoutMs, relistMs, log };
    const unsubscribe = this.pool.condition.subscribe((condition) => sink.condition?.(condition));
    const loop = new WatchLoop(this.pool, sink, settings, (closed) => {
      unsubscribe();
      this.loops.delete(closed);
    });
    this.loops.add(loop);
    return loop;
  }

  async create(subnets: LeaseSubnets, value: LeaseAttributes, options: CreateOptions): Promise<WriteResult> {
    const { subnets: directory } = this.paths;
    const write = {
      key: directory + formatLeaseName(subnets),
      value: formatLeaseValue(value),
      etcdLease: options.etcdLease,
    };
    const request = txn.createRequest(write, directory, options.listedAt);
    const outcome = await this.transact(write.key, ABSENT, request);
    const kv = txn.written(outcome, write);
    if (kv) return { ok: true, lease: toRawLease(kv, directory) };
    return { ok: false, reason: outcome.found ? 'exists' : 'changed' };
  }

  async update(lease: RawLease, value: LeaseAttributes, etcdLease = lease.etcdLease): Promise<WriteResult> {
    const { subnets: directory } = this.paths;
    const write = { key: directory + lease.name, value: formatLeaseValue(value), etcdLease };
    const request = txn.replaceRequest(write, lease.modRevision, lease.value);
    const outcome = await this.transact(write.key, lease.modRevision, request);
    const kv = txn.written(outcome, write, lease.createRevision);
    return kv ? { ok: true, lease: toRawLease(kv, directory) } : { ok: false, reason: 'changed' };
  }

  async remove(lease: RawLease): Promise<boolean> {
    const key = this.paths.subnets + lease.name;
    const request = txn.removeRequest(key, lease.modRevision);
    const outcome = await this.transact(key, lease.modRevision, request);
    return outcome.succeeded || (outcome.inDoubt && !outcome.found);
  }

  grant(ttlSeconds: number): Promise<string> {
    return grantLease(this.pool, ttlSeconds);
  }

  keepAlive(etcdLease: string): Promise<number> {
    return keepLeaseAlive(this.pool, etcdLease);
  }

  revoke(etcdLease: string): Promise<void> {
    return revokeLease(this.pool, etcdLease);
  }

  timeToLive(etcdLease: string): Promise<number | undefined> {
    return leaseTimeToLive(this.pool, etcdLease);
  }

  health(): Promise<StoreHealth> {
    return this.pool.call(async ({ client, options, endpoint }) => {
      const status = await client.maintenance.status(options);
      const alarms = status.errors.flatMap((text) => /alarm:(\w+)/.exec(text)?.[1] ?? text);
      return { endpoint, version: status.version, alarms, databaseBytes: Number(status.dbSize) };
    });
  }

  requestRenumber(nodeId: string, by: string): Promise<RenumberRequest> {
    return this.renumberings.requestRenumber(nodeId, by);
  }

  withdrawRenumber(request: RenumberRequest): Promise<boolean> {
    return this.renumberings.withdrawRenumber(request);
  }

  renumberOutcome(nodeId: string): Promise<RenumberAnswer | undefined> {
    return this.renumberings.renumberOutcome(nodeId);
  }

  answerRenumber(request: AnsweredRequest, outcome: RenumberOutcome): Promise<void> {
    return this.renumberings.answerRenumber(request, outcome);
  }

  async close(): Promise<void> {
    await Promise.all([...this.loops].map((loop) => loop.close()));
    this.pool.close();
  }

  private async read(key: string, timeoutMs?: number): Promise<IKeyValue | undefined> {
    const request = { key: Buffer.from(key) };
    const answer = await this.pool.call(
      ({ client, options }) => client.kv.range(request, options),
      timeoutMs,
    );
    return answer.kvs[0];
  }

  /**
   * Runs a compared transaction on a key last written at `expected`. It may be sent more than once: a repeat of one that was
   * carried out fails its compare, and the key it read tells so. After an unknown outcome the key is read to find out; rejects
   * with the error of the write when nothing happened to the key.
   */
  private async transact(key: string, expected: string, request: ITxnRequest): Promise<txn.Outcome> {
    try {
      return await this.pool.call(async ({ client, options, inDoubt }) =>
        txn.outcomeOf(await client.kv.txn(request, options), inDoubt),
      );
    } catch (error) {
      if (!(error instanceof EtcdError) || !error.inDoubt) throw error;
      const kv = await this.read(key, LOOK_BACK_MS);
      if ((kv?.mod_revision ?? ABSENT) === expected) throw error;
      return { succeeded: false, revision: '0', found: kv, inDoubt: true };
    }
  }
}
