import { OverlayError, type Prefix } from '@overlay/cidr';
import {
  chooseLease,
  formatLeaseName,
  formatLeaseValue,
  parseLeaseName,
  type Lease,
  type LeaseAttributes,
  type LeaseDecision,
  type LeaseSnapshot,
  type LeaseStore,
  type LeaseSubnets,
  type NetworkConfig,
  type RawLease,
  type WriteResult,
} from '@overlay/lease';
import type { Clock } from '../host/clock.js';
import { deadlineAfter } from './deadline.js';
import {
  drains,
  keepKey,
  missingSubnets,
  restoreKey,
  type DrainingLease,
  type DrainingTerms,
} from './draining.js';
import { isOurs } from './own-event.js';
import { Said } from './said.js';

export interface AcquireRequest {
  readonly config: NetworkConfig;
  readonly ttlSeconds: number;
  readonly nodeId: string;
  readonly attributes: LeaseAttributes;
  /** Subnet of the last run, from subnet.env or from before the loss. */
  readonly previous?: LeaseSubnets;
  /** Addresses of the LAN that no host may lease. */
  readonly reserved?: readonly Prefix[];
  /** Subnets of leases held so far beside the own one: written again where etcd lost them. */
  readonly draining?: readonly LeaseSubnets[];
}

export interface AcquireDeps {
  readonly store: LeaseStore;
  readonly clock: Clock;
}

export interface Acquired {
  readonly lease: Lease;
  /** The key as we wrote it: what later writes are compared with. */
  readonly raw: RawLease;
  /** `"0"`: a reservation, kept without a TTL. */
  readonly etcdLease: string;
  readonly ttlSeconds: number;
  readonly deadlineMs: number;
}

/** With the leases that stay beside it until their last container is gone. */
export interface AcquiredAll extends Acquired {
  readonly draining: readonly DrainingLease[];
  /** The key was there and named another address or host name: of this host before, or of a clone that lives (B07). */
  readonly takenOver: boolean;
}

/** How often a lost race is tried again before the caller waits: every loss means somebody else won (B01). */
const RACES = 30;
const RACE_PAUSE_MS = 40;

/** Errors of a write that may have been carried out all the same. */
const MAYBE_WRITTEN: ReadonlySet<string> = new Set(['OVL_ETCD_TIMEOUT', 'OVL_ETCD_UNREACHABLE']);

interface Term {
  readonly id: string;
  readonly ttlSeconds: number;
  readonly deadlineMs: number;
}

const FOR_EVER: Term = { id: '0', ttlSeconds: 0, deadlineMs: Infinity };

function rawOf(snapshot: LeaseSnapshot, { name }: Lease): RawLease {
  const raw = snapshot.leases.find((lease) => lease.name === name);
  if (raw === undefined)
    throw new OverlayError('OVL_INTERNAL', `lease ${name} was chosen and is not in the list`);
  return raw;
}

/** One try at a lease: owns the etcd lease it granted until a key hangs on it. */
class Attempt {
  private granted: Term | undefined;

  constructor(
    private readonly deps: AcquireDeps,
    private readonly request: AcquireRequest,
  ) {}

  async run(): Promise<AcquiredAll> {
    for (let race = 0; race < RACES; race += 1) {
      const snapshot = await this.deps.store.list();
      const decision = this.decide(snapshot);
      const acquired = await this.follow(decision, snapshot);
      if (acquired !== undefined) {
        const replaced = decision.kind === 'replace' ? decision.lease.name : undefined;
        const ours = snapshot.leases.filter((raw) => raw.name === replaced || isOurs(raw, this.request));
        const before = snapshot.leases.find(({ name }) => name === acquired.raw.name);
        return await this.settleOthers(acquired, before, ours);
      }
      await this.deps.clock.sleep(RACE_PAUSE_MS * this.deps.clock.random());
    }
    throw new OverlayError(
      'OVL_LEASE_RACE',
      `lost ${RACES} races for a subnet in a row; trying again shortly`,
    );
  }

  /** Gives back an etcd lease that no key of ours hangs on (B14). */
  async abandon(): Promise<void> {
    const term = this.granted;
    this.granted = undefined;
    if (term !== undefined) await this.deps.store.revoke(term.id).catch(() => undefined);
  }

  private decide(snapshot: LeaseSnapshot): LeaseDecision {
    const { config, nodeId, attributes, previous } = this.request;
    const { clock } = this.deps;
    return chooseLease({
      config,
      leases: snapshot.leases,
      nodeId,
      publicIp: attributes.publicIp,
      ...(attributes.publicIpv6 === undefined ? {} : { publicIpv6: attributes.publicIpv6 }),
      ...(previous === undefined ? {} : { previous }),
      ...(this.request.reserved === undefined ? {} : { reserved: this.request.reserved }),
      keepStale: snapshot.leases.some((raw) => isOurs(raw, this.request) && drains(raw.name, config)),
      random: (bound) => Math.floor(clock.random() * bound),
    });
  }

  private follow(decision: LeaseDecision, snapshot: LeaseSnapshot): Promise<Acquired | undefined> {
    switch (decision.kind) {
      case 'reuse':
        return this.reuse(rawOf(snapshot, decision.lease));
      case 'create':
        return this.create(decision.subnets, snapshot.revision);
      case 'replace':
        return this.create(decision.next, snapshot.revision);
      case 'conflict':
      case 'exhausted':
      case 'refused':
        throw new OverlayError(decision.code, decision.reason);
    }
  }

  private async reuse(raw: RawLease): Promise<Acquired | undefined> {
    const term = raw.etcdLease === '0' ? FOR_EVER : await this.termOf(raw.etcdLease);
    const same = raw.value === formatLeaseValue(this.request.attributes) && raw.etcdLease === term.id;
    const written: WriteResult = same
      ? await this.stillThere(raw)
      : await this.settled(raw.name, term, this.deps.store.update(raw, this.request.attributes, term.id));
    if (!written.ok) return undefined;
    return this.done(written.lease, term);
  }

  /** A keep-alive tells nothing of the key, which may have gone since it was listed (A21). */
  private async stillThere(raw: RawLease): Promise<WriteResult> {
    const found = await this.deps.store.get(raw.name);
    const same = found?.modRevision === raw.modRevision && found.value === raw.value;
    return same ? { ok: true, lease: raw } : { ok: false, reason: 'changed' };
  }

  /** The etcd lease a key hangs on already, if it has the TTL we want; else a new one. */
  private async termOf(id: string): Promise<Term> {
    const sentMs = this.deps.clock.bootMs();
    const ttlSeconds = await this.deps.store.keepAlive(id);
    if (ttlSeconds !== this.request.ttlSeconds) return this.grant();
    return { id, ttlSeconds, deadlineMs: deadlineAfter(sentMs, ttlSeconds) };
  }

  private async create(subnets: LeaseSubnets, listedAt: string): Promise<Acquired | undefined> {
    const term = await this.grant();
    const { attributes } = this.request;
    const creation = this.deps.store.create(subnets, attributes, { listedAt, etcdLease: term.id });
    const written = await this.settled(formatLeaseName(subnets), term, creation);
    return written.ok ? this.done(written.lease, term) : undefined;
  }

  /** A write whose answer was lost may have happened: it is looked up, and its etcd lease is left to its TTL (A27). */
  private async settled(name: string, term: Term, write: Promise<WriteResult>): Promise<WriteResult> {
    try {
      return await write;
    } catch (error) {
      if (!(error instanceof OverlayError && MAYBE_WRITTEN.has(error.code))) throw error;
      // It may arrive later still. A revocation that came after it would take the key from under whoever took it up (I1).
      this.granted = undefined;
      const found = await this.deps.store.get(name).catch(() => {
        throw error;
      });
      const isOurs =
        found?.etcdLease === term.id && found.value === formatLeaseValue(this.request.attributes);
      if (isOurs) return { ok: true, lease: found };
      throw error;
    }
  }

  /** What becomes of our other keys; the etcd leases that our keys moved off go last, for keys may share one. */
  private async settleOthers(
    acquired: Acquired,
    before: RawLease | undefined,
    ours: readonly RawLease[],
  ): Promise<AcquiredAll> {
    const others = ours.filter(({ name }) => name !== acquired.raw.name);
    const draining = await this.keepDraining(others, acquired);
    const used = new Set(['0', acquired.etcdLease, ...draining.map(({ raw }) => raw.etcdLease)]);
    await this.giveBack(others, used);
    const kept = new Set(draining.map(({ raw }) => raw.name));
    const moved = [...others.filter(({ name }) => kept.has(name)), ...(before === undefined ? [] : [before])];
    for (const id of new Set(moved.map(({ etcdLease }) => etcdLease)))
      if (!used.has(id)) await this.deps.store.revoke(id).catch(() => undefined);
    const takenOver = before !== undefined && !new Said().add(this.request.attributes).includes(before);
    return { ...acquired, draining, takenOver };
  }

  private stays(raw: RawLease): boolean {
    return isOurs(raw, this.request) && drains(raw.name, this.request.config);
  }

  /** Puts the leases that stay onto the etcd lease that is renewed, and writes those again that etcd lost. */
  private async keepDraining(
    others: readonly RawLease[],
    { etcdLease }: Acquired,
  ): Promise<readonly DrainingLease[]> {
    const { config, attributes, draining: wanted = [] } = this.request;
    const { store } = this.deps;
    const terms: DrainingTerms = { attributes, etcdLease };
    const kept: (DrainingLease | undefined)[] = [];
    for (const raw of others.filter((one) => this.stays(one))) kept.push(await keepKey(store, raw, terms));
    const lost = etcdLease === '0' ? [] : missingSubnets(wanted, others);
    for (const subnets of lost)
      if (drains(formatLeaseName(subnets), config)) kept.push(await restoreKey(store, subnets, terms));
    return kept.filter((one) => one !== undefined);
  }

  /**
   * Gives back our other leases: the replaced one, now that the new subnet is ours (C03), and what an earlier try left behind.
   * Of two leases with one public address peers would use the older. `used`: etcd leases that keys which stay hang on.
   */
  private async giveBack(leases: readonly RawLease[], used: ReadonlySet<string>): Promise<void> {
    const { store } = this.deps;
    for (const raw of leases) {
      if (raw.etcdLease === '0' || this.stays(raw)) continue;
      const removed = await store.remove(raw);
      if (removed && !used.has(raw.etcdLease)) await store.revoke(raw.etcdLease).catch(() => undefined);
    }
  }

  private async grant(): Promise<Term> {
    const { clock, store } = this.deps;
    if (this.granted !== undefined) return this.granted;
    const { ttlSeconds } = this.request;
    const sentMs = clock.bootMs();
    const id = await store.grant(ttlSeconds);
    this.granted = { id, ttlSeconds, deadlineMs: deadlineAfter(sentMs, ttlSeconds) };
    return this.granted;
  }

  private done(raw: RawLease, term: Term): Acquired {
    if (this.granted?.id === term.id) this.granted = undefined;
    const { name, createRevision, modRevision, etcdLease } = raw;
    const { attributes } = this.request;
    const lease: Lease = {
      ...parseLeaseName(name),
      name,
      attributes,
      createRevision,
      modRevision,
      etcdLease,
    };
    return { lease, raw, etcdLease: term.id, ttlSeconds: term.ttlSeconds, deadlineMs: term.deadlineMs };
  }
}

/**
 * Acquires a lease: our public address's, then the previous subnet, then a free one; a lost race is tried again. One that the config has
 * outgrown stays beside it while its network is honoured.
 * @throws OverlayError the store's codes, OVL_LEASE_RACE, OVL_SUBNETS_EXHAUSTED, OVL_PUBLIC_IP_CONFLICT, OVL_MIXED_STACK
 */
export async function acquireLease(deps: AcquireDeps, request: AcquireRequest): Promise<AcquiredAll> {
  const attempt = new Attempt(deps, request);
  try {
    return await attempt.run();
  } finally {
    await attempt.abandon();
  }
}
