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
import type { ModelEtcd, Stored } from './etcd.js';
import { CallFailure } from './etcd-link.js';
import { Follower } from './follower.js';
import type { StorePlace } from './place.js';

const ABSENT = '0';
const LOOK_BACK_MS = 2000;

interface Wanted {
  readonly name: string;
  readonly value: string;
  readonly etcdLease: string;
}

interface TxnOutcome {
  readonly written?: RawLease;
  readonly succeeded: boolean;
  readonly found: RawLease | undefined;
  readonly inDoubt: boolean;
}

const raw = (stored: Stored | undefined): RawLease | undefined => {
  if (stored === undefined) return undefined;
  const { writer: _, ...lease } = stored;
  return lease;
};

/** The etcd store as one process has it: the transactions, and what is found out after a lost answer, are those of the real one. */
export class ModelStore implements LeaseStore, RenumberStore {
  private readonly followers = new Set<Follower>();

  constructor(protected readonly place: StorePlace) {}

  config(): Promise<{ readonly text: string; readonly modRevision: string } | undefined> {
    return this.call((etcd) =>
      etcd.config === undefined ? undefined : { text: etcd.config, modRevision: '1' },
    );
  }

  putConfig(): Promise<boolean> {
    return Promise.resolve(false);
  }

  list(): Promise<LeaseSnapshot> {
    return this.call((etcd) => ({
      leases: etcd.all().map((stored) => raw(stored) ?? stored),
      revision: String(etcd.revision),
    }));
  }

  get(name: string): Promise<RawLease | undefined> {
    return this.call((etcd) => raw(etcd.get(name)));
  }

  follow(sink: LeaseSink): Subscription {
    const follower = new Follower(this.place, sink);
    this.followers.add(follower);
    return follower;
  }

  async create(subnets: LeaseSubnets, value: LeaseAttributes, options: CreateOptions): Promise<WriteResult> {
    const { etcdLease, listedAt } = options;
    const wanted = { name: formatLeaseName(subnets), value: formatLeaseValue(value), etcdLease };
    const outcome = await this.transact(wanted.name, ABSENT, (etcd) => {
      const newer = etcd.all().some(({ modRevision }) => Number(modRevision) > Number(listedAt));
      const holds = etcd.get(wanted.name) === undefined && !newer;
      return this.txn(etcd, holds, wanted);
    });
    const lease = writtenBy(outcome, wanted);
    if (lease !== undefined) return { ok: true, lease };
    return { ok: false, reason: outcome.found ? 'exists' : 'changed' };
  }

  async update(lease: RawLease, value: LeaseAttributes, etcdLease = lease.etcdLease): Promise<WriteResult> {
    const wanted = { name: lease.name, value: formatLeaseValue(value), etcdLease };
    const outcome = await this.transact(lease.name, lease.modRevision, (etcd) => {
      const present = etcd.get(lease.name);
      const holds = present?.modRevision === lease.modRevision && present.value === lease.value;
      return this.txn(etcd, holds, wanted);
    });
    const written = writtenBy(outcome, wanted);
    return written === undefined ? { ok: false, reason: 'changed' } : { ok: true, lease: written };
  }

  async remove(lease: RawLease): Promise<boolean> {
    const { succeeded, inDoubt, found } = await this.transact(lease.name, lease.modRevision, (etcd) => {
      const present = etcd.get(lease.name);
      if (!this.mayRemove(present, lease)) return { succeeded: false, found: raw(present), inDoubt: false };
      etcd.delete([lease.name], this.place.writer);
      return { succeeded: true, found: undefined, inDoubt: false };
    });
    return succeeded || (inDoubt && found === undefined);
  }

  grant(ttlSeconds: number): Promise<string> {
    return this.write((etcd) => etcd.grant(ttlSeconds, this.place.writer));
  }

  keepAlive(etcdLease: string): Promise<number> {
    return this.call((etcd) => etcd.keepAlive(etcdLease));
  }

  async revoke(etcdLease: string): Promise<void> {
    await this.write((etcd) => etcd.revoke(etcdLease, this.place.writer));
  }

  timeToLive(): Promise<number | undefined> {
    return Promise.resolve(undefined);
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
    return this.call(() => undefined);
  }

  answerRenumber(): Promise<void> {
    return this.call(() => undefined);
  }

  /** Its process was killed. */
  abandon(): void {
    for (const follower of this.followers) follower.abandon();
  }

  async close(): Promise<void> {
    for (const follower of this.followers) await follower.close();
  }

  /** The compare of a removal. */
  protected mayRemove(present: Stored | undefined, lease: RawLease): boolean {
    return present?.modRevision === lease.modRevision;
  }

  protected txn(etcd: ModelEtcd, holds: boolean, wanted: Wanted): TxnOutcome {
    const { name, value, etcdLease } = wanted;
    if (!holds) return { succeeded: false, found: raw(etcd.get(name)), inDoubt: false };
    const written = raw(etcd.put(name, value, etcdLease, this.place.writer));
    return { succeeded: true, found: undefined, inDoubt: false, ...(written && { written }) };
  }

  /** After an unknown outcome the key is read to find out; rejects with the error of the write when nothing happened to it. */
  private async transact(
    name: string,
    expected: string,
    act: (etcd: ModelEtcd) => TxnOutcome,
  ): Promise<TxnOutcome> {
    try {
      return await this.write(act);
    } catch (error) {
      if (!(error instanceof CallFailure) || !error.inDoubt) throw error;
      const found = await this.call((etcd) => raw(etcd.get(name)), LOOK_BACK_MS);
      if ((found?.modRevision ?? ABSENT) === expected) throw error;
      return { succeeded: false, found, inDoubt: true };
    }
  }

  private write<T>(act: (etcd: ModelEtcd) => T): Promise<T> {
    return this.call((etcd) => {
      etcd.writes += 1;
      return act(etcd);
    });
  }

  private call<T>(act: (etcd: ModelEtcd) => T, timeoutMs?: number): Promise<T> {
    const { link, etcd, clock } = this.place;
    return link.call(clock, () => act(etcd), timeoutMs);
  }
}

/** The key as we wrote it, or undefined when the write was refused; after doubt a key that holds just what we wanted is ours. */
function writtenBy({ written, inDoubt, found }: TxnOutcome, wanted: Wanted): RawLease | undefined {
  if (written !== undefined) return written;
  const holds = found?.value === wanted.value && found.etcdLease === wanted.etcdLease;
  return inDoubt && holds ? found : undefined;
}
