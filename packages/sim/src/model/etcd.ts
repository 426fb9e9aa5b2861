import type { LeaseEvent, LeaseSnapshot, RawLease } from '@overlay/lease';
import type { Scheduler } from '../scheduler.js';
import { EtcdLeases, type SavedLeases } from './etcd-leases.js';
import { Leadership } from './leadership.js';
import { ModelKv, type SavedKeys } from './kv.js';
import { Members } from './members.js';
import { refusal, type Commit, type KeyValue, type KvEvent } from './kv-model.js';
import type { Operation, PutRequest, TxnAnswer, TxnRequest } from './kv-model.js';

/** Where leases stand. */
export const SUBNETS = 'subnets/';
/** All keys that begin with `SUBNETS`. */
export const LEASES = { key: SUBNETS, end: 'subnets0' };
export const CONFIG = 'config';

/** A key with who wrote it last. */
export interface Stored extends RawLease {
  readonly writer: string;
}

/** One change of one key; `after` is absent when it was deleted. */
export interface EtcdWrite {
  /** Who asked; `etcd` for what expired. */
  readonly writer: string;
  readonly name: string;
  readonly before: Stored | undefined;
  readonly after: Stored | undefined;
}

export interface Listing extends LeaseSnapshot {
  readonly configText: string | undefined;
  readonly term: number;
}

/** What a backup holds. */
export interface Saved {
  readonly kv: SavedKeys;
  readonly leases: SavedLeases;
}

export interface EtcdHooks {
  readonly written: (write: EtcdWrite) => void;
  /** A lease of `owner` is over, with these keys on it. */
  readonly expired: (owner: string, id: string, ttlSeconds: number, keys: readonly string[]) => void;
}

const storedOf = ({ key, value, lease, createRevision, modRevision, writer }: KeyValue): Stored => ({
  name: key.slice(SUBNETS.length),
  value,
  etcdLease: lease,
  createRevision: String(createRevision),
  modRevision: String(modRevision),
  writer,
});

/** As a store hands it out. */
export const rawOf = (kv: KeyValue): RawLease => {
  const { writer: _, ...lease } = storedOf(kv);
  return lease;
};

/** What a commit says of leases. */
export function leaseEvents({ revision, events }: Commit): readonly LeaseEvent[] {
  return events.flatMap(({ key, after }): readonly LeaseEvent[] => {
    if (!key.startsWith(SUBNETS)) return [];
    const name = key.slice(SUBNETS.length);
    return after === undefined
      ? [{ type: 'delete', name, modRevision: String(revision) }]
      : [{ type: 'put', lease: rawOf(after) }];
  });
}

const isPut = (operation: Operation): operation is PutRequest => 'put' in operation;

/** etcd as a cluster: what its members agree on of keys and leases, the alarm of a full disk, backups. */
export class ModelEtcd {
  up = true;
  /** How often it was started. */
  starts = 0;
  /** The NOSPACE alarm: puts and grants fail, keep-alives and deletes work. */
  full = false;
  term = 5;
  /** Calls that a node made and that may change something, keep-alives aside. */
  writes = 0;
  readonly kv: ModelKv;
  readonly members: Members;
  readonly leadership: Leadership;
  private readonly leases: EtcdLeases;
  private nextLease = 7_587_883_212_297_104_000n;
  private writer = '';
  private readonly listeners = new Set<(commit: Commit) => void>();

  constructor(
    scheduler: Scheduler,
    private readonly hooks: EtcdHooks,
    revision = 10,
    compacted = 0,
  ) {
    this.kv = new ModelKv(revision, (commit) => this.committed(commit), compacted);
    this.members = new Members(scheduler, () => this.revision);
    this.leadership = new Leadership(
      scheduler,
      this.members,
      () => this.up,
      () => this.elected(),
    );
    this.leases = new EtcdLeases(
      scheduler,
      () => this.serves,
      ({ id, owner, ttlSeconds }) => {
        const keys = this.keysOn(id);
        const names = keys.map((key) => key.slice(SUBNETS.length));
        if (keys.length > 0) this.hooks.expired(owner, id, ttlSeconds, names);
        this.drop(keys, 'etcd');
      },
    );
  }

  /** It runs, and its members can agree on something. */
  get serves(): boolean {
    return this.up && this.leadership.isLed;
  }

  /** Called after every commit. */
  onCommit(listener: (commit: Commit) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get revision(): number {
    return this.kv.revision;
  }

  all(): readonly Stored[] {
    return this.kv.range(LEASES).kvs.map(storedOf);
  }

  get(name: string): Stored | undefined {
    const kv = this.kv.get(SUBNETS + name);
    return kv && storedOf(kv);
  }

  /** All leases and the config of one revision; now unless given. @throws OverlayError when that was compacted */
  list(revision = this.revision): Listing {
    const { kvs } = this.kv.range({ ...LEASES, revision });
    const [config] = this.kv.range({ key: CONFIG, revision }).kvs;
    const { term } = this;
    return { leases: kvs.map(rawOf), revision: String(revision), configText: config?.value, term };
  }

  get config(): string | undefined {
    return this.kv.get(CONFIG)?.value;
  }

  /** @throws OverlayError of `REFUSALS` */
  txn({ compares, success, failure }: TxnRequest, writer: string): TxnAnswer {
    // A full disk refuses by what could be written, before it compares.
    if (this.full && [...success, ...failure].some(isPut)) throw refusal('noSpace');
    const succeeded = this.kv.holds(compares);
    const operations = succeeded ? success : failure;
    for (const { put } of operations.filter(isPut))
      if (put.lease !== '0' && !this.leases.has(put.lease)) throw refusal('leaseGone');
    const answers = this.run(operations, writer);
    return { succeeded, answers, revision: this.revision };
  }

  put(name: string, value: string, etcdLease: string, writer: string): void {
    const put = { key: SUBNETS + name, value, lease: etcdLease };
    this.txn({ compares: [], success: [{ put }], failure: [] }, writer);
  }

  delete(names: readonly string[], writer: string): void {
    this.drop(
      names.map((name) => SUBNETS + name),
      writer,
    );
  }

  putConfig(text: string): void {
    this.run([{ put: { key: CONFIG, value: text, lease: '0' } }], 'operator');
  }

  /** Returns its id. @throws OverlayError of `REFUSALS` */
  grant(ttlSeconds: number, owner: string, id = this.newLease()): string {
    if (this.full) throw refusal('noSpace');
    this.leases.grant(id, ttlSeconds, owner);
    return id;
  }

  /** 0 when the lease is not known. */
  keepAlive(id: string): number {
    return this.leases.keepAlive(id);
  }

  timeToLive(id: string): ReturnType<EtcdLeases['timeToLive']> & { readonly keys: readonly string[] } {
    return { ...this.leases.timeToLive(id), keys: this.keysOn(id) };
  }

  /** @throws OverlayError when there is no such lease */
  revoke(id: string, writer: string): void {
    this.leases.forget(id);
    this.drop(this.keysOn(id), writer);
  }

  save(): Saved {
    return { kv: this.kv.save(), leases: this.leases.save() };
  }

  /** Starts from a backup: the revision goes back, and nobody is told. The raft term begins anew. */
  restore(saved: Saved): void {
    this.kv.restore(saved.kv);
    this.leases.restore(saved.leases);
    this.term = 2;
    this.members.recoverAll();
    this.leadership.reset();
    this.leases.refreshAll();
  }

  stop(): void {
    this.up = false;
  }

  start(): void {
    this.up = true;
    this.starts += 1;
    this.elected();
    this.leadership.finish();
  }

  private elected(): void {
    this.term += 1;
    this.leases.refreshAll();
  }

  private newLease(): string {
    this.nextLease += 1n;
    return this.nextLease.toString();
  }

  private keysOn(id: string): readonly string[] {
    const { kvs } = this.kv.range({ key: '', end: '\u{10ffff}' });
    return kvs.filter(({ lease }) => lease === id).map(({ key }) => key);
  }

  /** Deletes keys in one revision. */
  private drop(keys: readonly string[], writer: string): void {
    this.run(
      keys.map((key) => ({ delete: { key } })),
      writer,
    );
  }

  private run(operations: readonly Operation[], writer: string): TxnAnswer['answers'] {
    this.writer = writer;
    return this.kv.run(operations, writer);
  }

  private committed(commit: Commit): void {
    for (const event of commit.events) this.tellWritten(event);
    this.members.committed(commit.revision);
    for (const listener of this.listeners) listener(commit);
  }

  private tellWritten({ key, before, after }: KvEvent): void {
    if (!key.startsWith(SUBNETS)) return;
    this.hooks.written({
      writer: this.writer,
      name: key.slice(SUBNETS.length),
      before: before && storedOf(before),
      after: after && storedOf(after),
    });
  }
}
