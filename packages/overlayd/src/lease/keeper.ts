import { OverlayError } from '@overlay/cidr';
import {
  formatLeaseValue,
  parseLeaseValue,
  type Lease,
  type LeaseAttributes,
  type LeaseEvent,
  type LeaseSnapshot,
  type LeaseSubnets,
  type RawLease,
} from '@overlay/lease';
import { acquireLease, type AcquiredAll, type AcquireRequest } from './acquire.js';
import { expired } from './deadline.js';
import { DrainingLeases, subnetsOf } from './draining-leases.js';
import type { KeeperDeps } from './keeper-deps.js';
import {
  isOwnNewerWrite,
  judgeOwnEvent,
  judgeOwnInList,
  judgeOwnKey,
  lossOf,
  type Loss,
  type OwnEvent,
  REASONS,
  REWRITTEN,
} from './own-event.js';
import { keepRenewing } from './renewal.js';
import { ReadAgain } from './read-again.js';
import type { LeaseStatus } from './status.js';
import { Tenure } from './tenure.js';

/** Holds this host's lease: acquires, renews, notices its loss, gives it back. Losing it never ends the process. */
export class LeaseKeeper {
  status: LeaseStatus = { state: 'acquiring', ttlSeconds: 0 };
  private etcdLease = '0';
  private renewal = new AbortController();
  private readonly life = new AbortController();
  private wantsNew = false;
  /** etcd may have been restored: what its revisions say of our last write no longer counts (A17). */
  private readonly doubt: ReadAgain;
  private readonly tenure = new Tenure();
  private lostToClone = false;
  /** While an acquisition runs: what came meanwhile. It gives back the old key itself, which is no loss. */
  private meanwhile: (() => void)[] | undefined;

  /** Leases held beside it while this host renumbers. */
  readonly draining: DrainingLeases;

  constructor(private readonly deps: KeeperDeps) {
    const { store, clock, nodeId, onDrainingGone: onGone } = deps;
    this.draining = new DrainingLeases({ store, nodeId, onGone });
    this.doubt = new ReadAgain({
      ...{ store, clock },
      current: () => (this.settled() ? undefined : this.status.lease),
      busy: () => this.meanwhile !== undefined,
      onRead: (lease, raw) => this.readAgain(lease, raw),
    });
  }

  /** Whether to acquire: there is no lease, it was lost, or another one is wanted. */
  needsLease(): boolean {
    const { lease, state } = this.status;
    return lease === undefined || state === 'lost' || this.wantsNew;
  }

  /** A lease held before stays held, and is renewed, until the new one is there. @throws OverlayError as acquireLease */
  async acquire(request: AcquireRequest): Promise<void> {
    this.meanwhile = [];
    this.tenure.says(request.attributes);
    try {
      const { lease } = this.status;
      const draining = [...this.draining.subnets(), ...(lease === undefined ? [] : [subnetsOf(lease)])];
      this.adopt(await acquireLease(this.deps, { ...request, draining }));
    } finally {
      const judgements = this.meanwhile;
      this.meanwhile = undefined;
      for (const judge of judgements) judge();
    }
  }

  /**
   * Writes new attributes in place; the subnet stays (B11). False when the lease was lost meanwhile.
   * @throws OverlayError the store's codes: whether it was written is then found out by the next call
   */
  async republish(attributes: LeaseAttributes): Promise<boolean> {
    const { lease, raw } = this.status;
    if (lease === undefined || raw === undefined || this.status.state === 'lost') return false;
    this.tenure.says(attributes);
    try {
      await this.draining.republish(attributes, this.etcdLease);
      const written = await this.deps.store.update(raw, attributes, this.etcdLease);
      if (written.ok) this.takeOver(lease, written.lease);
      return written.ok || (await this.republishOverOwn(lease, attributes));
    } catch (error) {
      if (!(error instanceof OverlayError && error.code === 'OVL_ETCD_LEASE_GONE')) throw error;
      this.lost('etcd does not know the lease any more', 'gone');
      return false;
    }
  }

  events(events: readonly LeaseEvent[]): void {
    if (this.meanwhile !== undefined) return void this.meanwhile.push(() => this.events(events));
    this.ownEvents(events);
    // With the etcd lease all keys go at once: those are to be written again with the own one.
    if (this.status.state !== 'lost') this.draining.events(events);
  }

  private ownEvents(events: readonly LeaseEvent[]): void {
    for (const event of events) {
      const { lease, state } = this.status;
      if (lease === undefined || state === 'lost') return;
      const self = { nodeId: this.deps.nodeId, lease };
      if (event.type === 'put' && isOwnNewerWrite(self, event.lease)) this.recognise(lease, event.lease);
      const verdict = judgeOwnEvent(self, event);
      if (verdict !== undefined) this.judged(verdict, event.type === 'put' ? event.lease : undefined);
    }
  }

  snapshot(snapshot: LeaseSnapshot): void {
    if (this.meanwhile !== undefined) return void this.meanwhile.push(() => this.snapshot(snapshot));
    const { lease, state } = this.status;
    if (lease === undefined || state === 'lost') return;
    this.ownInList(lease, snapshot);
    if (this.status.state !== 'lost') this.draining.snapshot(snapshot);
  }

  private ownInList(lease: Lease, snapshot: LeaseSnapshot): void {
    const self = { nodeId: this.deps.nodeId, lease };
    const own = snapshot.leases.find((raw) => isOwnNewerWrite(self, raw));
    if (own !== undefined) this.recognise(lease, own);
    const verdict = judgeOwnInList(self, snapshot.leases, snapshot.revision);
    const key = snapshot.leases.find(({ name }) => name === lease.name);
    if (verdict === 'older') void this.doubt.start(this.life.signal);
    else this.judged(verdict, key);
  }

  /** The next acquisition looks again: the config changed. Until it succeeds the lease is held as before. */
  reacquire(): void {
    this.wantsNew = true;
  }

  /** No other lease is wanted after all. */
  keepLease(): void {
    this.wantsNew = false;
  }

  /** The subnet to ask for when there is none: the last one, but not a clone's. */
  wish(recorded: LeaseSubnets | undefined): LeaseSubnets | undefined {
    return this.lostToClone ? undefined : (this.status.lease ?? recorded);
  }

  /** Stops renewing. The lease stays until its TTL is over, so that a restart finds it. */
  stop(): void {
    this.renewal.abort();
    this.life.abort();
  }

  private adopt(acquired: AcquiredAll): void {
    const { lease, raw, etcdLease, ttlSeconds, deadlineMs, draining } = acquired;
    this.renewal.abort();
    this.wantsNew = false;
    this.tenure.begins(acquired.takenOver, this.deps.clock.bootMs());
    this.lostToClone = false;
    this.etcdLease = etcdLease;
    this.draining.adopt(draining);
    const state = etcdLease === '0' ? 'reserved' : 'held';
    this.status = { state, lease, raw, ttlSeconds, ...(state === 'held' ? { deadlineMs } : {}) };
    for (const source of ['lease', 'renewal', 'own-key']) this.deps.problems.clear(source);
    this.deps.log.info(
      `lease: ${lease.name}${state === 'reserved' ? ' (reserved)' : ` for ${ttlSeconds} s`}`,
    );
    if (state === 'held' && !this.life.signal.aborted) this.renew(ttlSeconds);
  }

  /** The key as it is now in etcd, written by us: what later writes are compared with. */
  private takeOver(lease: Lease, raw: RawLease): void {
    const attributes = parseLeaseValue(raw.value);
    this.status = { ...this.status, raw, lease: { ...lease, attributes, modRevision: raw.modRevision } };
  }

  /** A value of our key under our node id: our own, or one that is written back, unless it is another machine's to keep (B07). */
  private recognise(lease: Lease, raw: RawLease): void {
    const writer = this.tenure.writerOf(raw, lease, this.status, this.deps.clock.bootMs());
    if (writer === 'original') return this.lost(REASONS.cloned, 'cloned', raw);
    this.takeOver(lease, raw);
    if (writer === 'said') return;
    const who = writer === 'clone' ? 'a clone of this machine wrote' : 'etcd has an earlier value of';
    this.deps.log.warn(`${who} the lease ${raw.name}; it is written back`);
    this.deps.onRewritten?.();
  }

  /**
   * etcd says that the key is not as we last knew it. Our own write whose answer was lost looks like that too: only reading
   * tells (A27). Over it we write once more.
   */
  private async republishOverOwn(lease: Lease, attributes: LeaseAttributes): Promise<boolean> {
    const { store, nodeId } = this.deps;
    const raw = await store.get(lease.name);
    const verdict = judgeOwnKey({ nodeId, lease }, raw);
    if (raw === undefined || verdict !== 'ours') {
      const loss = verdict === 'ours' ? 'gone' : verdict;
      this.lost(REASONS[loss], loss, raw);
      return false;
    }
    this.recognise(lease, raw);
    if (this.settled()) return false;
    if (raw.value === formatLeaseValue(attributes)) return true;
    const written = await store.update(raw, attributes, this.etcdLease);
    if (written.ok) this.takeOver(lease, written.lease);
    else this.lost(REASONS.rewritten, 'rewritten');
    return written.ok;
  }

  private renew(ttlSeconds: number): void {
    const renewal = new AbortController();
    this.renewal = renewal;
    const { store, clock, metrics, problems } = this.deps;
    const deps = {
      store,
      clock,
      onRenewed: (deadlineMs: number, sentMs: number) => {
        metrics.leaseRenewals.inc();
        this.tenure.renewed(sentMs, this.status.ttlSeconds);
        for (const source of ['renewal', 'lease']) problems.clear(source);
        this.status = { ...this.status, deadlineMs };
      },
      seesKey: () => this.seesKey(renewal.signal),
      deadlineMs: () => this.status.deadlineMs,
      onLost: () => this.renewedInVain(renewal.signal),
      onFailure: (error: unknown, sentMs: number | undefined) => {
        problems.setError('renewal', error);
        if (sentMs !== undefined) this.checkDeadline(sentMs);
      },
    };
    void keepRenewing(deps, this.etcdLease, ttlSeconds, renewal.signal);
  }

  private renewedInVain(signal: AbortSignal): void {
    if (this.meanwhile !== undefined) return void this.meanwhile.push(() => this.renewedInVain(signal));
    if (!signal.aborted) this.lost('etcd does not know the lease any more', 'gone');
  }

  /** The etcd lease lives: what of the key that it is for? Nobody else may have it now (A21). */
  private async seesKey(signal: AbortSignal): Promise<OwnEvent> {
    const name = this.status.lease?.name;
    const raw = name === undefined ? undefined : await this.deps.store.get(name);
    const { lease } = this.status;
    return signal.aborted || lease === undefined || lease.name !== name ? 'gone' : this.proves(lease, raw);
  }

  /** Judges the key as read for the etcd lease that is renewed: both together say that the lease is ours. */
  private proves(lease: Lease, raw: RawLease | undefined): OwnEvent {
    const self = { nodeId: this.deps.nodeId, lease };
    const verdict = judgeOwnKey(self, raw);
    const elsewhere = verdict === 'ours' && raw?.etcdLease !== this.etcdLease;
    // An acquisition gives back the old key itself, which is no loss.
    if (this.meanwhile === undefined) {
      if (raw !== undefined && isOwnNewerWrite(self, raw)) this.recognise(lease, raw);
      if (elsewhere) this.lost('its key hangs on another etcd lease', 'gone');
      else this.judged(verdict, raw);
    }
    return elsewhere ? 'gone' : verdict;
  }

  /** Past the deadline nobody knows whether the subnet is still ours: that is no loss (A22), and no certainty (I1). */
  private checkDeadline(bootMs: number): void {
    const { clock, problems } = this.deps;
    const problem = expired(this.status, { bootMs, wallMs: clock.wallMs() });
    if (problem !== undefined && !problems.has('lease')) problems.set('lease', problem);
  }

  private readAgain(lease: Lease, raw: RawLease | undefined): void {
    const verdict = judgeOwnKey({ nodeId: this.deps.nodeId, lease }, raw);
    if (verdict === 'ours' && raw !== undefined) this.recognise(lease, raw);
    this.judged(verdict, raw);
  }

  private settled(): boolean {
    return this.life.signal.aborted || this.status.state === 'lost';
  }

  /** `key`: as it is now. */
  private judged(verdict: OwnEvent, key: RawLease | undefined): void {
    if (verdict === 'ours') return this.deps.problems.clear('own-key');
    if (verdict === 'rewritten') return this.deps.problems.set('own-key', REWRITTEN);
    this.lost(REASONS[verdict], verdict, key);
  }

  private lost(reason: string, loss: Loss, key?: RawLease): void {
    if (this.status.state === 'lost') return;
    this.renewal.abort();
    this.deps.metrics.leaseLosses.inc();
    this.status = { ...this.status, state: 'lost' };
    this.lostToClone = loss === 'cloned';
    this.deps.problems.set('lease', lossOf(reason));
    this.deps.onLost(reason, loss, key);
  }
}
