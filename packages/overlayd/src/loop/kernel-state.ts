import { diff, isEqual, objectKey, type Change, type KernelObject, type Outcome } from '@overlay/dataplane';
import type { Lease } from '@overlay/lease';
import { mergeInto } from '../plan/merge.js';
import { planPeer, type PeerResult, type Plan, type WayHeld } from '../plan/plan.js';
import type { NodePlan } from './node-plan.js';

/** What a change of some leases does to the kernel, and the peers' results after it. */
export interface IncrementalPlan {
  readonly changes: readonly Change[];
  readonly peers: ReadonlyMap<string, PeerResult | undefined>;
}

const objectsOf = (result: PeerResult | undefined): readonly KernelObject[] =>
  result?.state === 'used' ? result.plan.objects : [];

/** Results by lease, and which leases have an object of one identity. */
class SharedResults {
  readonly all = new Map<string, PeerResult>();
  /** Nearly always one: a set only where it is more. */
  private readonly owners = new Map<string, string | Set<string>>();

  replace(results: ReadonlyMap<string, PeerResult>): void {
    this.all.clear();
    this.owners.clear();
    for (const [name, result] of results) this.set(name, result);
  }

  set(name: string, result: PeerResult | undefined): void {
    for (const object of objectsOf(this.all.get(name))) this.disown(objectKey(object), name);
    if (result === undefined) this.all.delete(name);
    else this.all.set(name, result);
    for (const object of objectsOf(result)) this.own(objectKey(object), name);
  }

  /** Objects of this identity that other leases than these have. */
  *ofOthers(key: string, leases: ReadonlyMap<string, unknown>): Iterable<KernelObject> {
    for (const name of this.ownersOf(key)) {
      if (leases.has(name)) continue;
      yield* objectsOf(this.all.get(name)).filter((object) => objectKey(object) === key);
    }
  }

  private ownersOf(key: string): Iterable<string> {
    const owners = this.owners.get(key) ?? [];
    return typeof owners === 'string' ? [owners] : owners;
  }

  private own(key: string, name: string): void {
    const owners = this.owners.get(key);
    if (owners === undefined) this.owners.set(key, name);
    else if (typeof owners !== 'string') owners.add(name);
    else if (owners !== name) this.owners.set(key, new Set([owners, name]));
  }

  private disown(key: string, name: string): void {
    const owners = this.owners.get(key);
    if (owners instanceof Set) owners.delete(name);
    if (owners === name || (owners instanceof Set && owners.size === 0)) this.owners.delete(key);
  }
}

/**
 * What the loop believes the kernel holds. The kernel itself is read again in every full pass; between them single leases are
 * applied against this picture.
 */
export class KernelState {
  private known = new Map<string, KernelObject>();
  private readonly results = new SharedResults();

  get peers(): ReadonlyMap<string, PeerResult> {
    return this.results.all;
  }

  /**
   * Plans only these leases. The changes are the same as a full pass would find: what a lease shares with another one, as both of a host
   * that renumbers do, is wanted as long as one of them needs it.
   */
  incremental(
    node: NodePlan,
    leases: ReadonlyMap<string, Lease | undefined>,
    tooEarly?: WayHeld,
  ): IncrementalPlan {
    const wanted = new Map<string, KernelObject>();
    const held = new Map<string, KernelObject>();
    const peers = new Map<string, PeerResult | undefined>();
    for (const [name, lease] of leases) {
      const result = lease === undefined ? undefined : planPeer(node, lease, tooEarly);
      peers.set(name, result);
      for (const object of objectsOf(result)) mergeInto(wanted, object);
      for (const object of objectsOf(this.peers.get(name))) this.addKnown(held, objectKey(object));
    }
    for (const key of wanted.keys()) this.addKnown(held, key);
    for (const key of new Set([...wanted.keys(), ...this.keysOf(leases.keys())]))
      for (const object of this.results.ofOthers(key, leases)) mergeInto(wanted, object);
    return { changes: diff(wanted, { objects: held, foreign: new Map() }).changes, peers };
  }

  /** Takes over the results of an incremental pass. */
  commit(peers: IncrementalPlan['peers'], outcomes: readonly Outcome[]): void {
    for (const [name, result] of peers) this.results.set(name, result);
    this.record(outcomes);
  }

  /** Takes over the results of a full pass over what the kernel held. */
  replace(plan: Plan, actual: ReadonlyMap<string, KernelObject>, outcomes: readonly Outcome[]): void {
    this.results.replace(plan.peers);
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

  private *keysOf(names: Iterable<string>): Iterable<string> {
    for (const name of names) for (const object of objectsOf(this.peers.get(name))) yield objectKey(object);
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
