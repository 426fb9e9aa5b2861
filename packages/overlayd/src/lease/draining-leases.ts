import {
  formatLeaseName,
  parseLeaseValue,
  type LeaseAttributes,
  type LeaseEvent,
  type LeaseSnapshot,
  type LeaseStore,
  type LeaseSubnets,
} from '@overlay/lease';
import { keepKey, type DrainingLease } from './draining.js';
import { isOwnNewerWrite, judgeOwnEvent, judgeOwnInList, judgeOwnKey } from './own-event.js';

export interface DrainingDeps {
  readonly store: LeaseStore;
  readonly nodeId: string;
  /** A draining lease is not held any more: an operator released it, or another host has its subnet. */
  readonly onGone: (name: string) => void;
}

export const subnetsOf = ({ subnet, ipv6Subnet }: LeaseSubnets): LeaseSubnets => ({
  subnet,
  ...(ipv6Subnet === undefined ? {} : { ipv6Subnet }),
});

/** The leases that this host holds beside its own while it renumbers. They live on the etcd lease that the keeper renews. */
export class DrainingLeases {
  private readonly held = new Map<string, DrainingLease>();

  constructor(private readonly deps: DrainingDeps) {}

  /** In the order in which they were acquired. */
  subnets(): readonly LeaseSubnets[] {
    return [...this.held.values()].map(({ lease }) => subnetsOf(lease));
  }

  has(name: string): boolean {
    return this.held.has(name);
  }

  get size(): number {
    return this.held.size;
  }

  adopt(leases: readonly DrainingLease[]): void {
    this.held.clear();
    for (const one of leases) this.held.set(one.lease.name, one);
  }

  /** Writes what the own lease says. @throws OverlayError the store's codes */
  async republish(attributes: LeaseAttributes, etcdLease: string): Promise<void> {
    for (const [name, { raw }] of [...this.held]) {
      const kept = await keepKey(this.deps.store, raw, { attributes, etcdLease });
      if (kept !== undefined) this.held.set(name, kept);
      else await this.readAgain(name);
    }
  }

  /** Gives a lease back; a reservation stays where it is. @throws OverlayError the store's codes */
  async release(subnets: LeaseSubnets): Promise<void> {
    const { store, nodeId } = this.deps;
    const name = formatLeaseName(subnets);
    const known = this.held.get(name);
    if (known === undefined) return;
    const raw = known.raw.etcdLease === '0' ? undefined : await store.get(name);
    const ours = raw !== undefined && judgeOwnKey({ nodeId, lease: known.lease }, raw) === 'ours';
    // A write that came between leaves the key for the next try.
    if (ours && !(await store.remove(raw))) return;
    this.held.delete(name);
  }

  events(events: readonly LeaseEvent[]): void {
    for (const event of events) {
      const name = event.type === 'put' ? event.lease.name : event.name;
      const known = this.held.get(name);
      if (known === undefined) continue;
      const self = { nodeId: this.deps.nodeId, lease: known.lease };
      if (event.type === 'put' && isOwnNewerWrite(self, event.lease)) this.takeOver(known, event.lease);
      const verdict = judgeOwnEvent(self, event);
      if (verdict === 'gone' || verdict === 'taken') this.gone(name);
    }
  }

  snapshot({ leases, revision }: LeaseSnapshot): void {
    for (const [name, known] of [...this.held]) {
      const self = { nodeId: this.deps.nodeId, lease: known.lease };
      const own = leases.find((raw) => isOwnNewerWrite(self, raw));
      if (own !== undefined) this.takeOver(known, own);
      const verdict = judgeOwnInList(self, leases, revision);
      if (verdict === 'gone' || verdict === 'taken') this.gone(name);
    }
  }

  private async readAgain(name: string): Promise<void> {
    const { store, nodeId } = this.deps;
    const raw = await store.get(name);
    const known = this.held.get(name);
    if (known === undefined) return;
    if (raw !== undefined && judgeOwnKey({ nodeId, lease: known.lease }, raw) === 'ours')
      this.takeOver(known, raw);
    else this.gone(name);
  }

  private takeOver({ lease }: DrainingLease, raw: DrainingLease['raw']): void {
    const attributes = parseLeaseValue(raw.value);
    const { modRevision, etcdLease } = raw;
    this.held.set(raw.name, { raw, lease: { ...lease, attributes, modRevision, etcdLease } });
  }

  private gone(name: string): void {
    this.held.delete(name);
    this.deps.onGone(name);
  }
}
