import type { Address } from '@overlay/cidr';
import { prefixOf } from '@overlay/cidr';

import { ClaimIndex } from './claim-index.js';
import type { Candidate, Verdict } from './lease-candidate.js';
import { compareAge, isProblem, readCandidate } from './lease-candidate.js';
import type { LeasePolicy, Problem } from './lease-rules.js';
import { problem } from './lease-rules.js';
import type { Lease, LeaseEvent, LeaseSnapshot, RawLease, RejectedLease } from './model.js';
import { prefixBits } from './prefix-trie.js';
import { compareRevision } from './revision.js';
import { WorkQueue } from './work-queue.js';

/** What a change of the input did, names sorted. */
export interface LeaseChanges {
  /** Leases that came into use, went out of use, or are used with another value than before. A renewal changes nothing. */
  readonly changed: readonly string[];
  /** Keys that are now rejected, or for another reason than before. */
  readonly rejected: readonly RejectedLease[];
  /** Keys that were rejected and are now used or gone. */
  readonly cleared: readonly string[];
}

interface Entry {
  readonly latest: RawLease;
  /** Why the latest value cannot be used; a `good` older one then stays (C08). */
  readonly fault?: Problem;
  readonly good?: Candidate;
}

/** What the outside sees of one key. */
interface View {
  readonly lease?: Lease;
  readonly value?: string;
  readonly rejected?: RejectedLease;
}

/**
 * The leases of a network as one host may use them. A reducer: what it holds depends only on the policy and on the snapshots
 * and events given, not on their order, repetition or batching (I11). Methods change it in place and return what changed, so
 * that one event costs about log n.
 *
 * A bad key or value affects no other lease (I5). Where leases exclude each other (overlapping subnets, one public address,
 * one VTEP MAC) the older one, by create revision, is used. A key whose new value cannot be read keeps its last good one until
 * it is deleted. The IPv6 half of a lease can be rejected alone; the lease is then used without it.
 */
export class LeaseSet {
  private readonly entries = new Map<string, Entry>();
  /** Deletions since the last snapshot: a late older put must not bring a key back. */
  private readonly deleted = new Map<string, string>();
  private readonly index = new ClaimIndex();
  private before = new Map<string, View>();
  private dirty = new WorkQueue<Candidate>(compareAge);
  private snapshotRevision = '0';
  private highest = '0';
  private usedCount = 0;

  constructor(private policy: LeasePolicy) {}

  /** Number of leases in use. */
  get size(): number {
    return this.usedCount;
  }

  /** The highest revision seen in a snapshot or event, decimal. A later snapshot below it means etcd was restored. */
  get highestRevision(): string {
    return this.highest;
  }

  /** Takes a complete list as the whole truth: keys it lacks are gone, even if it is older than what was seen. */
  applySnapshot(snapshot: LeaseSnapshot): LeaseChanges {
    const listed = new Set(snapshot.leases.map((lease) => lease.name));
    for (const name of this.entries.keys()) if (!listed.has(name)) this.replace(name, undefined);
    for (const raw of snapshot.leases) this.replace(raw.name, this.entryFor(raw));
    this.deleted.clear();
    this.snapshotRevision = snapshot.revision;
    this.see(snapshot.revision);
    return this.settle();
  }

  /** Takes events in any order; those older than what is known are ignored. */
  applyEvents(events: readonly LeaseEvent[]): LeaseChanges {
    for (const event of events) {
      if (event.type === 'put') this.put(event.lease);
      else this.delete(event.name, event.modRevision);
    }
    return this.settle();
  }

  /** The config or our own lease changed: judges every key again. */
  setPolicy(policy: LeasePolicy): LeaseChanges {
    this.policy = policy;
    for (const [name, entry] of [...this.entries]) this.replace(name, this.judgeAgain(entry));
    return this.settle();
  }

  /** Leases in use, ordered by IPv4 subnet; without the IPv6 subnet where that half is rejected. */
  *used(): Iterable<Lease> {
    for (const candidate of this.index.tries.ipv4.all()) {
      if (candidate.verdict.used) yield usedLease(candidate);
    }
  }

  /** The lease of that name if it is in use. */
  get(name: string): Lease | undefined {
    const good = this.entries.get(name)?.good;
    return good?.verdict.used === true ? usedLease(good) : undefined;
  }

  /** Every key that is not used, or not wholly, ordered by name. */
  rejected(): RejectedLease[] {
    const rejected = [...this.entries.keys()].flatMap((name) => this.view(name).rejected ?? []);
    return rejected.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The lease in use whose subnet contains the address. */
  find(address: Address): Lease | undefined {
    const bits = prefixBits(prefixOf(address, address.family === 4 ? 32 : 128));
    const half = address.family === 4 ? 'ipv4' : 'ipv6';
    const found = this.index.tries[half].covering(bits).findLast(({ verdict }) => {
      return half === 'ipv4' ? verdict.used : verdict.ipv6Used;
    });
    return found && usedLease(found);
  }

  private put(raw: RawLease): void {
    this.see(raw.modRevision);
    const known = this.entries.get(raw.name);
    if (compareRevision(raw.modRevision, this.snapshotRevision) <= 0) return;
    if (compareRevision(raw.modRevision, this.deleted.get(raw.name) ?? '0') <= 0) return;
    if (known === undefined || compareRevision(raw.modRevision, known.latest.modRevision) > 0) {
      this.replace(raw.name, this.entryFor(raw));
    } else {
      this.replace(raw.name, this.withOlderGood(known, raw));
    }
  }

  private delete(name: string, modRevision: string): void {
    this.see(modRevision);
    if (compareRevision(modRevision, this.snapshotRevision) <= 0) return;
    if (compareRevision(modRevision, this.deleted.get(name) ?? '0') > 0) this.deleted.set(name, modRevision);
    const known = this.entries.get(name);
    if (known === undefined || compareRevision(known.latest.modRevision, modRevision) > 0) return;
    this.replace(name, undefined);
  }

  private see(revision: string): void {
    if (compareRevision(revision, this.highest) > 0) this.highest = revision;
  }

  private entryFor(raw: RawLease): Entry {
    const known = this.entries.get(raw.name);
    if (known !== undefined && sameRaw(known.latest, raw)) return known;
    const read = readCandidate(raw, this.policy);
    if (!isProblem(read)) return { latest: raw, good: read };
    const older = known?.good;
    if (older?.raw.createRevision !== raw.createRevision) return { latest: raw, fault: read };
    return { latest: raw, fault: read, good: older };
  }

  /** An event that arrives late can still be the last good value before a bad one. */
  private withOlderGood(known: Entry, raw: RawLease): Entry {
    const sooner =
      known.good !== undefined && compareRevision(raw.modRevision, known.good.raw.modRevision) <= 0;
    if (known.fault === undefined || sooner || raw.createRevision !== known.latest.createRevision)
      return known;
    const read = readCandidate(raw, this.policy);
    return isProblem(read) ? known : { ...known, good: read };
  }

  private judgeAgain(entry: Entry): Entry {
    const read = readCandidate(entry.latest, this.policy);
    if (!isProblem(read)) return { latest: entry.latest, good: read };
    const older = entry.good && entry.fault && readCandidate(entry.good.raw, this.policy);
    return { latest: entry.latest, fault: read, ...(older && !isProblem(older) && { good: older }) };
  }

  private replace(name: string, entry: Entry | undefined): void {
    const known = this.entries.get(name);
    if (known === entry) return;
    this.remember(name);
    if (known?.good !== entry?.good) this.exchange(known?.good, entry?.good);
    if (entry === undefined) this.entries.delete(name);
    else this.entries.set(name, entry);
  }

  private exchange(old: Candidate | undefined, next: Candidate | undefined): void {
    if (old !== undefined) {
      this.index.remove(old);
      this.dirty.delete(old);
      if (old.verdict.used) this.release(old);
    }
    if (next === undefined) return;
    this.index.add(next);
    this.dirty.add(next);
  }

  private release(candidate: Candidate): void {
    this.usedCount -= 1;
    for (const other of this.index.younger(candidate)) this.dirty.add(other);
  }

  /** Judges what may have changed, oldest first, so that every verdict rests on settled ones. */
  private settle(): LeaseChanges {
    for (let next = this.dirty.take(); next !== undefined; next = this.dirty.take()) {
      const verdict = this.judge(next);
      const { used, ipv6Used } = next.verdict;
      this.remember(next.raw.name);
      next.verdict = verdict;
      this.usedCount += Number(verdict.used) - Number(used);
      if (verdict.used === used && verdict.ipv6Used === ipv6Used) continue;
      for (const other of this.index.younger(next)) this.dirty.add(other);
    }
    return this.report();
  }

  private judge(candidate: Candidate): Verdict {
    const objection = this.index.objection(candidate, 'ipv4');
    if (objection !== undefined) return { used: false, ipv6Used: false, problem: objection };
    if (candidate.ipv6 === undefined) return { used: true, ipv6Used: false };
    const ipv6Objection = this.index.objection(candidate, 'ipv6');
    if (ipv6Objection === undefined) return { used: true, ipv6Used: true };
    const reason = `used for IPv4 only: ${ipv6Objection.reason}`;
    return { used: true, ipv6Used: false, problem: problem(ipv6Objection.code, reason) };
  }

  private remember(name: string): void {
    if (!this.before.has(name)) this.before.set(name, this.view(name));
  }

  private view(name: string): View {
    const entry = this.entries.get(name);
    if (entry === undefined) return {};
    const why = entry.fault ?? entry.good?.verdict.problem;
    return {
      ...(why && { rejected: { name, ...why } }),
      ...(entry.good?.verdict.used === true && { lease: usedLease(entry.good), value: entry.good.raw.value }),
    };
  }

  private report(): LeaseChanges {
    const changed: string[] = [];
    const rejected: RejectedLease[] = [];
    const cleared: string[] = [];
    for (const [name, old] of [...this.before].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const now = this.view(name);
      if (!sameUse(old, now)) changed.push(name);
      if (now.rejected === undefined && old.rejected !== undefined) cleared.push(name);
      if (now.rejected !== undefined && now.rejected.reason !== old.rejected?.reason)
        rejected.push(now.rejected);
    }
    this.before = new Map();
    return { changed, rejected, cleared };
  }
}

function usedLease({ lease, ipv6, verdict }: Candidate): Lease {
  if (ipv6 === undefined || verdict.ipv6Used) return lease;
  const { name, subnet, attributes, createRevision, modRevision, etcdLease } = lease;
  return { name, subnet, attributes, createRevision, modRevision, etcdLease };
}

function sameUse(a: View, b: View): boolean {
  return a.value === b.value && (a.lease?.ipv6Subnet === undefined) === (b.lease?.ipv6Subnet === undefined);
}

function sameRaw(a: RawLease, b: RawLease): boolean {
  return (
    a.modRevision === b.modRevision &&
    a.createRevision === b.createRevision &&
    a.value === b.value &&
    a.etcdLease === b.etcdLease
  );
}
