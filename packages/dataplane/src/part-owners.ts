import type { DesiredState, KernelObject, KernelPart } from './model.js';

/** Whose an object is: that of the first part that claims it. Each part is asked once per type and device, not per object. */
export class PartOwners {
  private readonly known = new Map<KernelObject['type'], Map<string, KernelPart | undefined>>();

  constructor(private readonly parts: readonly KernelPart[]) {}

  /** Undefined for what is rtnetlink's. */
  ownerOf(object: KernelObject): KernelPart | undefined {
    const ofType = this.ofType(object.type);
    const where = whereOf(object);
    const owner = ofType.get(where);
    if (owner !== undefined || ofType.has(where)) return owner;
    const found = this.parts.find((part) => part.claims(object));
    ofType.set(where, found);
    return found;
  }

  /** What is wanted of each part, in the order given; parts that nothing is wanted of are absent. */
  partition(desired: DesiredState): ReadonlyMap<KernelPart, DesiredState> {
    const wanted = new Map<KernelPart, Map<string, KernelObject>>();
    for (const [key, object] of desired) {
      const owner = this.ownerOf(object);
      if (owner === undefined) continue;
      const own = wanted.get(owner);
      if (own === undefined) wanted.set(owner, new Map([[key, object]]));
      else own.set(key, object);
    }
    return wanted;
  }

  private ofType(type: KernelObject['type']): Map<string, KernelPart | undefined> {
    const known = this.known.get(type) ?? new Map<string, KernelPart | undefined>();
    this.known.set(type, known);
    return known;
  }
}

/** What beside its type tells whose an object is (`KernelPart.claims`). */
function whereOf(object: KernelObject): string {
  if (object.type === 'link') return object.kind;
  if (object.type === 'ovs-port') return object.bridge;
  return ('link' in object ? object.link : undefined) ?? '';
}
