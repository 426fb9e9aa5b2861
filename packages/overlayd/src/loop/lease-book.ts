import {
  formatLeaseName,
  LeaseSet,
  type Lease,
  type LeaseChanges,
  type LeaseEvent,
  type LeasePolicy,
  type LeaseSnapshot,
  type RawLease,
  type RejectedLease,
} from '@overlay/lease';
import type { LeaseSource } from './node-plan.js';
import type { Problem } from './problems.js';
import { asHeld, holdRemovals, type HeldLeases } from './removal-hold.js';

const policyText = (policy: LeasePolicy): string =>
  JSON.stringify(policy, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

const heldProblem = (count: number): Problem => ({
  code: 'OVL_LEASES_HELD',
  message:
    `the list in etcd suddenly lacks most peers; the ${count} that are missing are kept for now. ` +
    'Was etcd wiped or restored? If they are really gone: overlayctl resync',
});

/** The leases of this host: its own, and those it holds beside it while it renumbers. */
function namesOf({ own }: LeasePolicy, name: string | undefined): ReadonlySet<string> {
  return new Set([...(name === undefined ? [] : [name]), ...(own?.draining ?? []).map(formatLeaseName)]);
}

/** Where it is kept. */
export interface HeldStore {
  /** What a run before this one held. */
  read(): HeldLeases;
  save(held: HeldLeases): void;
  /** Nothing is left to be saved when it returns. */
  flush(): void;
}

/** Whose book it is, and how it waits before it believes that most peers are gone (A19). */
export interface BookOptions {
  /** Whose book it is. */
  readonly nodeId: string;
  /** A steady clock, ms, that goes on over a restart of this process: boot time. */
  readonly nowMs: () => number;
  /** How long the removals of a suspect list are held; 0 for not at all. */
  readonly holdMs: number;
  /** Removals are held now, or no more. */
  readonly onHeld: (problem: Problem | undefined) => void;
  /** What is held outlives the process. */
  readonly record?: HeldStore;
}

/** All leases as etcd has them, judged by our rules; our own are no peers'. */
export class LeaseBook implements LeaseSource {
  /** What the follower delivered, judged or not. */
  private readonly mirror = new Map<string, RawLease>();
  /** What the last list lacked and is used for now all the same. */
  private held: HeldLeases;
  private revision = '0';
  private set: LeaseSet | undefined;
  private policy: LeasePolicy | undefined;
  /** Names of the leases that we hold. */
  private own: ReadonlySet<string> = new Set();
  private policyText = '';
  /** A complete list has come. */
  complete = false;

  constructor(
    private readonly onChanged: (names: readonly string[]) => void,
    private readonly hold: BookOptions,
  ) {
    this.held = hold.record?.read() ?? new Map();
    if (this.held.size > 0) hold.onHeld(heldProblem(this.held.size));
  }

  close(): void {
    this.hold.record?.flush();
  }

  /** From now on judges by this policy; `own` is the name of our own lease, undefined while we have none. */
  setPolicy(policy: LeasePolicy, own: string | undefined): void {
    this.judgeBy(policy, namesOf(policy, own));
  }

  private judgeBy(policy: LeasePolicy, own: ReadonlySet<string>): void {
    const text = `${policyText(policy)} ${[...own].join(' ')}`;
    if (text === this.policyText) return;
    const before = this.own;
    this.policyText = text;
    this.policy = policy;
    this.own = own;
    if (this.set === undefined) {
      this.set = new LeaseSet(policy);
      if (this.complete) this.set.applySnapshot(this.list());
      return;
    }
    const { changed } = this.set.setPolicy(policy);
    // A key that was our own may be a peer's now, with the value it had all along.
    const peers = [...before].filter((name) => this.get(name) !== undefined);
    this.tell(new Set([...changed, ...peers]));
  }

  /** Another host has our subnet now: its lease is a peer's. */
  clearOwn(): void {
    if (this.policy === undefined) return;
    const { config } = this.policy;
    this.judgeBy({ config }, namesOf(this.policy, undefined));
  }

  snapshot(snapshot: LeaseSnapshot): void {
    const missing = this.missingFrom(snapshot);
    const used = [...this.used()].length;
    this.mirror.clear();
    for (const lease of snapshot.leases) this.mirror.set(lease.name, lease);
    this.revision = snapshot.revision;
    this.complete = true;
    const { holdMs, nowMs } = this.hold;
    const held = holdRemovals({ missing, used, held: this.held, nowMs: nowMs(), holdMs });
    this.take(held, (set) => set.applySnapshot(this.list()));
  }

  /** An operator's word that the last list is right: what it lacks goes now. */
  releaseHold(): void {
    if (this.held.size === 0) return;
    this.take(new Map(), (set) => set.applySnapshot(this.list()));
  }

  events(events: readonly LeaseEvent[], revision: string): void {
    for (const event of events) {
      if (event.type === 'put') this.mirror.set(event.lease.name, event.lease);
      else this.mirror.delete(event.name);
    }
    this.revision = revision;
    this.take(this.heldAfter(events), (set) => set.applyEvents(events));
  }

  *used(): Iterable<Lease> {
    for (const lease of this.all()) if (!this.isOwn(lease)) yield lease;
  }

  get(name: string): Lease | undefined {
    const lease = this.set?.get(name);
    return lease === undefined || this.isOwn(lease) ? undefined : lease;
  }

  /** Etcd tells of a lease that we acquire before we know that we have it: by then it is no peer's either. */
  private isOwn({ name, attributes }: Lease): boolean {
    return this.own.has(name) || attributes.overlay?.nodeId === this.hold.nodeId;
  }

  private isOwnKey(name: string): boolean {
    const lease = this.set?.get(name);
    return lease !== undefined && this.isOwn(lease);
  }

  /** Own lease included. */
  all(): Iterable<Lease> {
    return this.set?.used() ?? [];
  }

  rejected(): readonly RejectedLease[] {
    return this.set?.rejected() ?? [];
  }

  find(address: Parameters<LeaseSet['find']>[0]): Lease | undefined {
    return this.set?.find(address);
  }

  /** All keys as etcd holds them, our own and rejected ones too. */
  keys(): Iterable<RawLease> {
    return this.mirror.values();
  }

  /** Key values as etcd holds them, rejected ones too. */
  raw(name: string): RawLease | undefined {
    return this.mirror.get(name);
  }

  /** Peers in use, as etcd had their keys, that a list lacks. */
  private missingFrom(snapshot: LeaseSnapshot): RawLease[] {
    const listed = new Set(snapshot.leases.map(({ name }) => name));
    const missing: RawLease[] = [];
    // What is held from before is judged with the first list and policy: until then it is missing all the same.
    const isJudged = this.set !== undefined && this.complete;
    const names = isJudged ? [...this.used()].map(({ name }) => name) : this.held.keys();
    for (const name of names) {
      const known = this.mirror.get(name) ?? this.held.get(name)?.lease;
      if (known !== undefined && !listed.has(name)) missing.push(known);
    }
    return missing;
  }

  /** What the set is to know: what etcd has, and what is held. */
  private list(): LeaseSnapshot {
    const held = [...this.held.values()].map(({ lease }) => asHeld(lease));
    return { leases: [...this.mirror.values(), ...held], revision: this.revision };
  }

  /** What an event says of a key counts at once. */
  private heldAfter(events: readonly LeaseEvent[]): HeldLeases {
    if (this.held.size === 0) return this.held;
    const told = new Set(events.map((event) => (event.type === 'put' ? event.lease.name : event.name)));
    return new Map([...this.held].filter(([name]) => !told.has(name)));
  }

  /** From now on this is held. It counts before it is told and saved, whatever comes of that (F04). */
  private take(held: HeldLeases, apply: (set: LeaseSet) => LeaseChanges): void {
    const before = this.held;
    this.held = held;
    if (this.set !== undefined) this.tell(apply(this.set).changed);
    if (held.size === before.size && [...held.keys()].every((name) => before.has(name))) return;
    this.hold.onHeld(held.size === 0 ? undefined : heldProblem(held.size));
    this.hold.record?.save(held);
  }

  /** A renewal or a rewrite of the same value changes no peer and must not cost a pass (I10). */
  private tell(changed: Iterable<string>): void {
    const names = [...changed].filter((name) => !this.own.has(name) && !this.isOwnKey(name));
    if (names.length > 0) this.onChanged(names);
  }

  get highestRevision(): string {
    return this.revision;
  }
}
