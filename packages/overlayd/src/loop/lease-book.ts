import {
  LeaseSet,
  type Lease,
  type LeaseEvent,
  type LeasePolicy,
  type LeaseSnapshot,
  type RawLease,
  type RejectedLease,
} from '@overlay/lease';
import type { LeaseSource } from './node-plan.js';

const policyText = (policy: LeasePolicy): string =>
  JSON.stringify(policy, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

/** All leases as etcd has them, judged by our rules; the own one is not a peer. */
export class LeaseBook implements LeaseSource {
  /** What the follower delivered, judged or not. */
  private readonly mirror = new Map<string, RawLease>();
  private revision = '0';
  private set: LeaseSet | undefined;
  private own: string | undefined;
  private policyText = '';
  /** A complete list has come. */
  complete = false;

  constructor(private readonly onChanged: (names: readonly string[]) => void) {}

  /** From now on judges by this policy; `own` is the name of our own lease. */
  setPolicy(policy: LeasePolicy, own: string): void {
    const text = policyText(policy);
    if (text === this.policyText) return;
    this.policyText = text;
    this.own = own;
    if (this.set !== undefined) return this.tell(this.set.setPolicy(policy).changed);
    this.set = new LeaseSet(policy);
    if (this.complete) this.set.applySnapshot({ leases: [...this.mirror.values()], revision: this.revision });
  }

  snapshot(snapshot: LeaseSnapshot): void {
    this.mirror.clear();
    for (const lease of snapshot.leases) this.mirror.set(lease.name, lease);
    this.revision = snapshot.revision;
    this.complete = true;
    if (this.set !== undefined) this.tell(this.set.applySnapshot(snapshot).changed);
  }

  events(events: readonly LeaseEvent[], revision: string): void {
    for (const event of events) {
      if (event.type === 'put') this.mirror.set(event.lease.name, event.lease);
      else this.mirror.delete(event.name);
    }
    this.revision = revision;
    if (this.set !== undefined) this.tell(this.set.applyEvents(events).changed);
  }

  *used(): Iterable<Lease> {
    for (const lease of this.all()) if (lease.name !== this.own) yield lease;
  }

  get(name: string): Lease | undefined {
    return name === this.own ? undefined : this.set?.get(name);
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

  /** Key values as etcd holds them, rejected ones too. */
  raw(name: string): RawLease | undefined {
    return this.mirror.get(name);
  }

  /** A renewal or a rewrite of the same value changes no peer and must not cost a pass (I10). */
  private tell(changed: readonly string[]): void {
    const names = changed.filter((name) => name !== this.own);
    if (names.length > 0) this.onChanged(names);
  }

  get highestRevision(): string {
    return this.revision;
  }
}
