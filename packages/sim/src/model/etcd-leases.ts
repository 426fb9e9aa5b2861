import type { Scheduler } from '../scheduler.js';
import { refusal } from './kv-model.js';

/** One and a half election timeouts of the default 1 s, in whole seconds. */
const SHORTEST_TTL = 2;

export interface EtcdLease {
  readonly id: string;
  readonly ttlSeconds: number;
  readonly expiresMs: number;
  readonly owner: string;
}

export type SavedLeases = ReadonlyMap<string, EtcdLease>;

/** etcd's leases (its package lease), on etcd's own clock. What hangs on them is known to the keys. */
export class EtcdLeases {
  private leases = new Map<string, EtcdLease>();

  constructor(
    private readonly scheduler: Scheduler,
    /** Whether etcd runs now: without a leader nothing expires. */
    private readonly runs: () => boolean,
    private readonly over: (lease: EtcdLease) => void,
  ) {}

  has(id: string): boolean {
    return this.leases.has(id);
  }

  /** Returns the seconds it lives. @throws OverlayError when there is one with that id */
  grant(id: string, wantedSeconds: number, owner: string): number {
    if (this.leases.has(id)) throw refusal('leaseExists');
    const ttlSeconds = Math.max(wantedSeconds, SHORTEST_TTL);
    this.leases.set(id, { id, ttlSeconds, owner, expiresMs: this.scheduler.nowMs + ttlSeconds * 1000 });
    this.watchExpiry(id, ttlSeconds * 1000);
    return ttlSeconds;
  }

  /** 0 when the lease is not known. */
  keepAlive(id: string): number {
    const lease = this.leases.get(id);
    if (lease === undefined) return 0;
    this.leases.set(id, { ...lease, expiresMs: this.scheduler.nowMs + lease.ttlSeconds * 1000 });
    return lease.ttlSeconds;
  }

  /** What was granted and what is left of it, in whole seconds; -1 and 0 for one that is not known. */
  timeToLive(id: string): { readonly ttl: number; readonly grantedTtl: number } {
    const lease = this.leases.get(id);
    if (lease === undefined) return { ttl: -1, grantedTtl: 0 };
    const ttl = Math.floor((lease.expiresMs - this.scheduler.nowMs) / 1000);
    return { ttl, grantedTtl: lease.ttlSeconds };
  }

  /** @throws OverlayError for one that is not known */
  forget(id: string): void {
    if (!this.leases.delete(id)) throw refusal('leaseGone');
  }

  save(): SavedLeases {
    return new Map(this.leases);
  }

  restore(saved: SavedLeases): void {
    this.leases = new Map(saved);
  }

  /** A new leader gives every lease its whole time again. */
  refreshAll(): void {
    for (const { id, ttlSeconds } of [...this.leases.values()]) {
      this.keepAlive(id);
      this.watchExpiry(id, ttlSeconds * 1000);
    }
  }

  private watchExpiry(id: string, ms: number): void {
    this.scheduler.at(ms, () => {
      const lease = this.leases.get(id);
      if (lease === undefined || !this.runs()) return;
      const leftMs = lease.expiresMs - this.scheduler.nowMs;
      if (leftMs > 0) return this.watchExpiry(id, leftMs);
      this.leases.delete(id);
      this.over(lease);
    });
  }
}
