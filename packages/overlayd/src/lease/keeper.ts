import { OverlayError } from '@overlay/cidr';
import type {
  Lease,
  LeaseAttributes,
  LeaseEvent,
  LeaseSnapshot,
  RawLease,
  WriteResult,
} from '@overlay/lease';
import type { Metrics } from '../http/metrics.js';
import type { Logger } from '../logger.js';
import type { Problems } from '../loop/problems.js';
import { acquireLease, type AcquireDeps, type AcquireRequest } from './acquire.js';
import { judgeOwnEvent, judgeOwnInList, judgeOwnKey, type OwnEvent } from './own-event.js';
import { keepRenewing } from './renewal.js';
import type { LeaseStatus } from './status.js';

export interface KeeperDeps extends AcquireDeps {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly problems: Problems;
  readonly nodeId: string;
  /** The lease is not ours any more: acquire again. */
  readonly onLost: (reason: string) => void;
}

/** Holds this host's lease: acquires, renews, notices its loss, gives it back. Losing it never ends the process. */
export class LeaseKeeper {
  status: LeaseStatus = { state: 'acquiring', ttlSeconds: 0 };
  private etcdLease = '0';
  private renewal = new AbortController();

  constructor(private readonly deps: KeeperDeps) {}

  /** @throws OverlayError as acquireLease */
  async acquire(request: AcquireRequest): Promise<void> {
    const acquired = await acquireLease(this.deps, request);
    const { lease, raw, etcdLease, ttlSeconds, deadlineMs } = acquired;
    this.renewal.abort();
    this.etcdLease = etcdLease;
    const state = etcdLease === '0' ? 'reserved' : 'held';
    this.status = { state, lease, raw, ttlSeconds, ...(state === 'held' ? { deadlineMs } : {}) };
    this.deps.problems.clear('lease');
    this.deps.log.info(
      `lease: ${lease.name}${state === 'reserved' ? ' (reserved)' : ` for ${ttlSeconds} s`}`,
    );
    if (state === 'held') this.renew(ttlSeconds);
  }

  /** Writes new attributes in place; the subnet stays (B11). False when the lease was lost meanwhile. */
  async republish(attributes: LeaseAttributes): Promise<boolean> {
    const { lease, raw } = this.status;
    if (lease === undefined || raw === undefined) return false;
    const written = await this.update(raw, attributes);
    if (!written.ok) {
      this.lost('the lease was changed by somebody else');
      return false;
    }
    const { modRevision } = written.lease;
    this.status = { ...this.status, raw: written.lease, lease: { ...lease, attributes, modRevision } };
    return true;
  }

  events(events: readonly LeaseEvent[]): void {
    for (const event of events) {
      const { lease } = this.status;
      const verdict =
        lease === undefined ? undefined : judgeOwnEvent({ nodeId: this.deps.nodeId, lease }, event);
      if (verdict !== undefined) this.judged(verdict);
    }
  }

  snapshot(snapshot: LeaseSnapshot): void {
    const { lease, state } = this.status;
    if (lease === undefined || state === 'lost') return;
    const self = { nodeId: this.deps.nodeId, lease };
    const verdict = judgeOwnInList(self, snapshot.leases, snapshot.revision);
    if (verdict === 'older') void this.readAgain(lease);
    else this.judged(verdict);
  }

  /** The next acquisition looks again: the config changed. */
  reacquire(): void {
    this.status = { ...this.status, state: 'acquiring' };
  }

  /** Stops renewing. The lease stays until its TTL is over, so that a restart finds it. */
  stop(): void {
    this.renewal.abort();
  }

  /** A write that names an etcd lease that is gone is a lost lease, not a failure to retry. */
  private async update(raw: RawLease, attributes: LeaseAttributes): Promise<WriteResult> {
    try {
      return await this.deps.store.update(raw, attributes, this.etcdLease);
    } catch (error) {
      if (error instanceof OverlayError && error.code === 'OVL_ETCD_LEASE_GONE')
        return { ok: false, reason: 'changed' };
      throw error;
    }
  }

  private renew(ttlSeconds: number): void {
    this.renewal = new AbortController();
    const { store, clock, metrics, problems } = this.deps;
    const deps = {
      store,
      clock,
      onRenewed: (deadlineMs: number) => {
        metrics.leaseRenewals.inc();
        problems.clear('renewal');
        this.status = { ...this.status, deadlineMs };
      },
      onLost: () => this.lost('etcd does not know the lease any more'),
      onFailure: (error: unknown) => {
        problems.setError('renewal', error);
      },
    };
    void keepRenewing(deps, this.etcdLease, ttlSeconds, this.renewal.signal);
  }

  /** etcd may have been restored: what its revisions say of our last write no longer counts (A17). */
  private async readAgain(lease: Lease): Promise<void> {
    const { store, nodeId } = this.deps;
    const read = await store.get(lease.name).then(
      (raw) => ({ raw }),
      () => undefined,
    );
    if (read === undefined || this.status.lease !== lease || this.status.state === 'lost') return;
    const { raw } = read;
    const verdict = judgeOwnKey({ nodeId, lease }, raw);
    if (verdict === 'ours' && raw !== undefined)
      this.status = { ...this.status, raw, lease: { ...lease, modRevision: raw.modRevision } };
    this.judged(verdict);
  }

  private judged(verdict: OwnEvent): void {
    if (verdict === 'ours') return this.deps.problems.clear('own-key');
    if (verdict === 'rewritten') {
      const message =
        'another program rewrites the lease of this host; is flanneld still running here? Stop it';
      return this.deps.problems.set('own-key', { code: 'OVL_LEASE_REWRITTEN', message });
    }
    this.lost(verdict === 'gone' ? 'its key was deleted' : 'another host took its key');
  }

  private lost(reason: string): void {
    if (this.status.state === 'lost') return;
    this.renewal.abort();
    this.deps.metrics.leaseLosses.inc();
    this.status = { ...this.status, state: 'lost' };
    this.deps.problems.set('lease', {
      code: 'OVL_LEASE_LOST',
      message: `the lease was lost: ${reason}; acquiring again`,
    });
    this.deps.onLost(reason);
  }
}
