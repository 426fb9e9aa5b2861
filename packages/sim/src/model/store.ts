import {
  formatLeaseName,
  formatLeaseValue,
  type CreateOptions,
  type LeaseAttributes,
  type LeaseSink,
  type LeaseSnapshot,
  type LeaseStore,
  type LeaseSubnets,
  type RawLease,
  type RenumberAnswer,
  type RenumberRequest,
  type RenumberStore,
  type StoreHealth,
  type Subscription,
  type WriteResult,
} from '@overlay/lease';
import { CONFIG, LEASES, rawOf, SUBNETS, type ModelEtcd } from './etcd.js';
import { CallFailure, type Call } from './etcd-link.js';
import { Follower } from './follower.js';
import type { Compare, Operation, TxnAnswer } from './kv-model.js';
import type { StorePlace } from './place.js';
import { MemberPool } from './pool.js';

const ABSENT = '0';
const LOOK_BACK_MS = 2000;

interface Wanted {
  readonly key: string;
  readonly value: string;
  readonly lease: string;
}

interface Outcome {
  readonly succeeded: boolean;
  readonly revision: number;
  readonly found: RawLease | undefined;
  readonly inDoubt: boolean;
}

const equals = (key: string, target: 'Create' | 'Mod', operand: number): Compare => ({
  key,
  target,
  relation: 'Equal',
  operand,
});

/** A compared transaction that reads the key when it does not hold. */
interface Transaction {
  readonly key: string;
  readonly compares: readonly Compare[];
  readonly operation: Operation;
  /** Mod revision at which it may be carried out. */
  readonly expected: string;
}

/** The etcd store as one process has it: the transactions, and what is found out after a lost answer, are those of the real one. */
export class ModelStore implements LeaseStore, RenumberStore {
  protected readonly pool: MemberPool;
  private readonly followers = new Set<Follower>();

  constructor(protected readonly place: StorePlace) {
    this.pool = new MemberPool(place.link, place.clock, place.firstMember);
  }

  config(): Promise<{ readonly text: string; readonly modRevision: string } | undefined> {
    return this.read((etcd, revision) => {
      const [kv] = etcd.kv.range({ key: CONFIG, revision }).kvs;
      return kv && { text: kv.value, modRevision: String(kv.modRevision) };
    });
  }

  async putConfig(text: string, expected: string): Promise<boolean> {
    const wanted = { key: CONFIG, value: text, lease: ABSENT };
    const compares = [equals(CONFIG, 'Mod', Number(expected))];
    const outcome = await this.transact({ key: CONFIG, compares, operation: { put: wanted }, expected });
    return writtenBy(outcome, wanted, ABSENT) !== undefined;
  }

  list(): Promise<LeaseSnapshot> {
    return this.read((etcd, at) => {
      const { leases, revision } = etcd.list(at);
      return { leases, revision };
    });
  }

  get(name: string): Promise<RawLease | undefined> {
    return this.read(keyAt(SUBNETS + name));
  }

  follow(sink: LeaseSink): Subscription {
    const follower = new Follower(this.place, this.pool, sink, {
      reads: this.reads(),
      needsLeader: this.needsLeader(),
      stepBack: this.stepBack(),
      noticesRestore: this.noticesRestore(),
    });
    this.followers.add(follower);
    return follower;
  }

  async create(subnets: LeaseSubnets, value: LeaseAttributes, options: CreateOptions): Promise<WriteResult> {
    const { etcdLease: lease, listedAt } = options;
    const wanted = { key: SUBNETS + formatLeaseName(subnets), value: formatLeaseValue(value), lease };
    const older: Compare = { ...LEASES, target: 'Mod', relation: 'Less', operand: Number(listedAt) + 1 };
    const compares = [equals(wanted.key, 'Create', 0), older];
    const outcome = await this.transact({
      key: wanted.key,
      compares,
      operation: { put: wanted },
      expected: ABSENT,
    });
    const created = writtenBy(outcome, wanted, String(outcome.revision));
    if (created !== undefined) return { ok: true, lease: created };
    return { ok: false, reason: outcome.found ? 'exists' : 'changed' };
  }

  async update(before: RawLease, value: LeaseAttributes, lease = before.etcdLease): Promise<WriteResult> {
    const { name, modRevision: expected, createRevision } = before;
    const wanted = { key: SUBNETS + name, value: formatLeaseValue(value), lease };
    const same: Compare = { key: wanted.key, target: 'Value', relation: 'Equal', operand: before.value };
    const compares = [equals(wanted.key, 'Mod', Number(expected)), same];
    const outcome = await this.transact({ key: wanted.key, compares, operation: { put: wanted }, expected });
    const written = writtenBy(outcome, wanted, createRevision);
    return written === undefined ? { ok: false, reason: 'changed' } : { ok: true, lease: written };
  }

  async remove({ name, modRevision: expected }: RawLease): Promise<boolean> {
    const key = SUBNETS + name;
    const compares = [equals(key, 'Mod', Number(expected))];
    const outcome = await this.transact({ key, compares, operation: { delete: { key } }, expected });
    return outcome.succeeded || (outcome.inDoubt && outcome.found === undefined);
  }

  /** The process chooses the id, so that a repeat is recognised. */
  grant(ttlSeconds: number): Promise<string> {
    const { writer, clock } = this.place;
    const id = String(1 + Math.floor(clock.random() * 2 ** 48));
    return this.write((etcd, inDoubt) => {
      if (!inDoubt || etcd.timeToLive(id).ttl < 0) etcd.grant(ttlSeconds, writer, id);
      return id;
    });
  }

  keepAlive(etcdLease: string): Promise<number> {
    return this.pool.call(() => ({ kind: 'leader', act: (etcd) => etcd.keepAlive(etcdLease) }));
  }

  async revoke(etcdLease: string): Promise<void> {
    await this.write((etcd) => {
      if (etcd.timeToLive(etcdLease).ttl >= 0) etcd.revoke(etcdLease, this.place.writer);
    });
  }

  timeToLive(etcdLease: string): Promise<number | undefined> {
    return this.pool.call(() => ({
      kind: 'leader',
      act: (etcd) => {
        const { ttl } = etcd.timeToLive(etcdLease);
        return ttl < 0 ? undefined : ttl;
      },
    }));
  }

  health(): Promise<StoreHealth> {
    return Promise.resolve({ endpoint: 'model', version: '3.4.23', alarms: [], databaseBytes: 0 });
  }

  requestRenumber(): Promise<RenumberRequest> {
    return Promise.reject(new Error('requests to renumber are not modelled'));
  }

  withdrawRenumber(): Promise<boolean> {
    return Promise.resolve(false);
  }

  renumberOutcome(): Promise<RenumberAnswer | undefined> {
    return this.read(() => undefined);
  }

  answerRenumber(): Promise<void> {
    return this.read(() => undefined);
  }

  /** Its process was killed. */
  abandon(): void {
    for (const follower of this.followers) follower.abandon();
  }

  async close(): Promise<void> {
    for (const follower of this.followers) await follower.close();
  }

  /** How it reads: `local` would be serializable. */
  protected reads(): 'read' | 'local' {
    return 'read';
  }

  /** Whether a watch shall end that has no leader behind it. */
  protected needsLeader(): boolean {
    return true;
  }

  protected stepBack(): number {
    return 1;
  }

  protected noticesRestore(): boolean {
    return true;
  }

  /** The compares that it sends. */
  protected compared(compares: readonly Compare[]): readonly Compare[] {
    return compares;
  }

  /** After an unknown outcome the key is read to find out; rejects with the error of the write when nothing happened to it. */
  private async transact(transaction: Transaction): Promise<Outcome> {
    const { key, operation, expected } = transaction;
    const failure = [{ range: { key } }];
    const request = { compares: this.compared(transaction.compares), success: [operation], failure };
    try {
      return await this.write((etcd, inDoubt) => outcomeOf(etcd.txn(request, this.place.writer), inDoubt));
    } catch (error) {
      if (!(error instanceof CallFailure) || !error.inDoubt) throw error;
      const found = await this.read(keyAt(key), LOOK_BACK_MS);
      if ((found?.modRevision ?? ABSENT) === expected) throw error;
      return { succeeded: false, revision: 0, found, inDoubt: true };
    }
  }

  private write<T>(act: (etcd: ModelEtcd, inDoubt: boolean) => T): Promise<T> {
    return this.pool.call((inDoubt) => ({
      kind: 'write',
      act: (etcd) => {
        etcd.writes += 1;
        return act(etcd, inDoubt);
      },
    }));
  }

  private read<T>(act: Call<T>['act'], timeoutMs?: number): Promise<T> {
    return this.pool.call(() => ({ kind: this.reads(), act }), timeoutMs);
  }
}

const keyAt =
  (key: string): Call<RawLease | undefined>['act'] =>
  (etcd, revision) => {
    const [kv] = etcd.kv.range({ key, revision }).kvs;
    return kv && rawOf(kv);
  };

function outcomeOf({ succeeded, revision, answers }: TxnAnswer, inDoubt: boolean): Outcome {
  const [answer] = answers;
  const kv = !succeeded && answer !== undefined && 'range' in answer ? answer.range.kvs[0] : undefined;
  return { succeeded, revision, found: kv && rawOf(kv), inDoubt };
}

/** The key as we wrote it, or undefined when the write was refused; after doubt a key that holds just what we wanted is ours. */
function writtenBy(outcome: Outcome, wanted: Wanted, createRevision: string): RawLease | undefined {
  const { succeeded, revision, found, inDoubt } = outcome;
  const { key, value, lease: etcdLease } = wanted;
  if (succeeded)
    return {
      name: key.slice(SUBNETS.length),
      value,
      createRevision,
      modRevision: String(revision),
      etcdLease,
    };
  const holds = found?.value === value && found.etcdLease === etcdLease;
  return inDoubt && holds ? found : undefined;
}
