import { diff, isEqual, objectKey, type Change, type KernelObject, type Outcome } from '@overlay/dataplane';
import type { Lease } from '@overlay/lease';
import { planPeer, type PeerResult, type Plan } from '../plan/plan.js';
import type { NodePlan } from './node-plan.js';

/** What a change of some leases does to the kernel, and the peers' results after it. */
export interface IncrementalPlan {
  readonly changes: readonly Change[];
  readonly peers: ReadonlyMap<string, PeerResult | undefined>;
}

const objectsOf = (result: PeerResult | undefined): readonly KernelObject[] =>
  result?.state === 'used' ? result.plan.objects : [];

/**
 * What the loop believes the kernel holds. The kernel itself is read again in every full pass; between them single leases are
 * applied against this picture.
 */
export class KernelState {
  private known = new Map<string, KernelObject>();
  peers = new Map<string, PeerResult>();

  /** Plans only these leases. The changes are the same as a full pass would find. */
  incremental(node: NodePlan, leases: ReadonlyMap<string, Lease | undefined>): IncrementalPlan {
    const wanted = new Map<string, KernelObject>();
    const held = new Map<string, KernelObject>();
    const peers = new Map<string, PeerResult | undefined>();
    for (const [name, lease] of leases) {
      const result = lease === undefined ? undefined : planPeer(node.input, node.backend, lease);
      peers.set(name, result);
      for (const object of objectsOf(result)) wanted.set(objectKey(object), object);
      for (const object of objectsOf(this.peers.get(name))) this.addKnown(held, objectKey(object));
    }
    for (const key of wanted.keys()) this.addKnown(held, key);
    return { changes: diff(wanted, { objects: held, foreign: new Map() }).changes, peers };
  }

  /** Takes over the results of an incremental pass. */
  commit(peers: IncrementalPlan['peers'], outcomes: readonly Outcome[]): void {
    for (const [name, result] of peers) {
      if (result === undefined) this.peers.delete(name);
      else this.peers.set(name, result);
    }
    this.record(outcomes);
  }

  /** Takes over the results of a full pass over what the kernel held. */
  replace(plan: Plan, actual: ReadonlyMap<string, KernelObject>, outcomes: readonly Outcome[]): void {
    this.peers = new Map(plan.peers);
    this.known = new Map([...actual].filter(([key]) => plan.desired.has(key)));
    this.record(outcomes);
  }

  /** How many of these changes put back something that was there before: drift that somebody else caused. */
  repairs(changes: readonly Change[]): number {
    return changes.filter(({ op, object }) => {
      const before = this.known.get(objectKey(object));
      return op !== 'remove' && before !== undefined && isEqual(object, before);
    }).length;
  }

  get size(): number {
    return this.known.size;
  }

  private addKnown(target: Map<string, KernelObject>, key: string): void {
    const object = this.known.get(key);
    if (object !== undefined) target.set(key, object);
  }

  private record(outcomes: readonly Outcome[]): void {
    for (const { ok, change } of outcomes) {
      const key = objectKey(change.object);
      if (ok && change.op !== 'remove') this.known.set(key, change.object);
      else if (ok || change.op !== 'remove') this.known.delete(key);
    }
  }
}
