import { OverlayError } from '@overlay/cidr';
import type { LeaseEvent, LeaseSnapshot, RawLease } from '@overlay/lease';
import type { Scheduler } from '../scheduler.js';

/** A key with who wrote it last. */
export interface Stored extends RawLease {
  readonly writer: string;
}

interface EtcdLease {
  readonly id: string;
  readonly ttlSeconds: number;
  readonly expiresMs: number;
  readonly owner: string;
}

/** One change of one key; `after` is absent when it was deleted. */
export interface EtcdWrite {
  /** Who asked; `etcd` for what expired. */
  readonly writer: string;
  readonly name: string;
  readonly before: Stored | undefined;
  readonly after: Stored | undefined;
}

export interface Commit {
  readonly revision: number;
  readonly events: readonly LeaseEvent[];
  /** Set when it is the network config that changed. */
  readonly config?: string;
}

export interface Listing extends LeaseSnapshot {
  readonly configText: string | undefined;
  readonly term: number;
}

/** What a backup holds. */
export interface Saved {
  readonly keys: ReadonlyMap<string, Stored>;
  readonly leases: ReadonlyMap<string, EtcdLease>;
  readonly revision: number;
  readonly configText: string | undefined;
}

export interface EtcdHooks {
  readonly written: (write: EtcdWrite) => void;
  /** A lease of `owner` is over, with these keys on it. */
  readonly expired: (owner: string, id: string, ttlSeconds: number, keys: readonly string[]) => void;
}

const gone = (): OverlayError => new OverlayError('OVL_ETCD_LEASE_GONE', 'the requested lease is not there');
const noSpace = (): OverlayError =>
  new OverlayError('OVL_ETCD_NOSPACE', 'the database is full: mvcc: database space exceeded');

/** etcd, as one member with a quorum: one revision for all keys, leases on its own clock, a history that can be compacted. */
export class ModelEtcd {
  up = true;
  /** How often it was started. */
  starts = 0;
  /** The NOSPACE alarm: puts and grants fail, keep-alives and deletes work. */
  full = false;
  revision = 10;
  term = 5;
  compacted = 0;
  /** Calls that a node made and that may change something, keep-alives aside. */
  writes = 0;
  private keys = new Map<string, Stored>();
  private leases = new Map<string, EtcdLease>();
  private history: Commit[] = [];
  private configText: string | undefined;
  private nextLease = 7_587_883_212_297_104_000n;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly hooks: EtcdHooks,
  ) {}

  /** Called after every commit. */
  onCommit(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  all(): readonly Stored[] {
    return [...this.keys.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): Stored | undefined {
    return this.keys.get(name);
  }

  list(): Listing {
    const { revision, configText, term } = this;
    return { leases: this.all(), revision: String(revision), configText, term };
  }

  get config(): string | undefined {
    return this.configText;
  }

  /** Commits from a revision on. */
  since(revision: number): readonly Commit[] {
    let at = this.history.length;
    while (at > 0 && (this.history[at - 1]?.revision ?? 0) >= revision) at -= 1;
    return this.history.slice(at);
  }

  put(name: string, value: string, etcdLease: string, writer: string): Stored {
    if (this.full) throw noSpace();
    if (etcdLease !== '0' && !this.leases.has(etcdLease)) throw gone();
    const before = this.keys.get(name);
    this.revision += 1;
    const modRevision = String(this.revision);
    const createRevision = before?.createRevision ?? modRevision;
    const after: Stored = { name, value, etcdLease, createRevision, modRevision, writer };
    this.keys.set(name, after);
    this.hooks.written({ writer, name, before, after });
    const { writer: _, ...lease } = after;
    this.commit({ revision: this.revision, events: [{ type: 'put', lease }] });
    return after;
  }

  delete(names: readonly string[], writer: string): void {
    const present = names.filter((name) => this.keys.has(name));
    if (present.length === 0) return;
    this.revision += 1;
    const modRevision = String(this.revision);
    for (const name of present) {
      const before = this.keys.get(name);
      this.keys.delete(name);
      this.hooks.written({ writer, name, before, after: undefined });
    }
    const events = present.map((name) => ({ type: 'delete', name, modRevision }) as const);
    this.commit({ revision: this.revision, events });
  }

  putConfig(text: string): void {
    this.configText = text;
    this.revision += 1;
    this.commit({ revision: this.revision, events: [], config: text });
  }

  grant(ttlSeconds: number, owner: string): string {
    if (this.full) throw noSpace();
    this.nextLease += 1n;
    const id = this.nextLease.toString();
    this.leases.set(id, { id, ttlSeconds, owner, expiresMs: this.scheduler.nowMs + ttlSeconds * 1000 });
    this.watchExpiry(id, ttlSeconds * 1000);
    return id;
  }

  /** 0 when the lease is not known. */
  keepAlive(id: string): number {
    const lease = this.leases.get(id);
    if (lease === undefined) return 0;
    this.leases.set(id, { ...lease, expiresMs: this.scheduler.nowMs + lease.ttlSeconds * 1000 });
    return lease.ttlSeconds;
  }

  revoke(id: string, writer: string): void {
    this.leases.delete(id);
    this.delete(this.keysOn(id), writer);
  }

  compact(): void {
    this.compacted = this.revision;
    this.history = [];
  }

  save(): Saved {
    const { revision, configText } = this;
    return { keys: new Map(this.keys), leases: new Map(this.leases), revision, configText };
  }

  /** Starts from a backup: the revision goes back, and nobody is told. The raft term begins anew. */
  restore(saved: Saved): void {
    this.keys = new Map(saved.keys);
    this.leases = new Map(saved.leases);
    this.revision = saved.revision;
    this.configText = saved.configText;
    this.history = [];
    this.compacted = saved.revision;
    this.term = 2;
    this.refreshAll();
  }

  stop(): void {
    this.up = false;
  }

  /** A new leader gives every lease its whole time again. */
  start(): void {
    this.up = true;
    this.starts += 1;
    this.term += 1;
    this.refreshAll();
  }

  private refreshAll(): void {
    for (const { id, ttlSeconds } of [...this.leases.values()]) {
      this.keepAlive(id);
      this.watchExpiry(id, ttlSeconds * 1000);
    }
  }

  private keysOn(id: string): readonly string[] {
    return [...this.keys.values()].filter(({ etcdLease }) => etcdLease === id).map(({ name }) => name);
  }

  private watchExpiry(id: string, ms: number): void {
    this.scheduler.at(ms, () => {
      const lease = this.leases.get(id);
      if (lease === undefined || !this.up) return;
      const leftMs = lease.expiresMs - this.scheduler.nowMs;
      if (leftMs > 0) return this.watchExpiry(id, leftMs);
      const keys = this.keysOn(id);
      this.leases.delete(id);
      if (keys.length > 0) this.hooks.expired(lease.owner, id, lease.ttlSeconds, keys);
      this.delete(keys, 'etcd');
    });
  }

  private commit(commit: Commit): void {
    this.history.push(commit);
    for (const listener of this.listeners) listener();
  }
}
