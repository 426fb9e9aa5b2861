import { comparePrefix, formatPrefix, type Prefix } from '@overlay/cidr';
import { objectKey, type KernelObject } from '@overlay/dataplane';

function union(a: readonly Prefix[], b: readonly Prefix[]): readonly Prefix[] {
  const all = new Map([...a, ...b].map((prefix) => [formatPrefix(prefix), prefix]));
  return [...all.values()].sort(comparePrefix);
}

const textOf = (object: KernelObject): string =>
  JSON.stringify(object, (key, value: unknown) => {
    if (key === 'allowedIps') return undefined;
    return typeof value === 'bigint' ? value.toString() : value;
  });

/**
 * One object of two that have one identity. A host that renumbers has two leases with one MAC, address and WireGuard key: what both need
 * is there once, and a WireGuard peer has the subnets of both. Of two that differ otherwise the same one is taken in any order.
 */
export function mergeObjects(a: KernelObject, b: KernelObject): KernelObject {
  const [first, last] = textOf(a) < textOf(b) ? [a, b] : [b, a];
  if (first.type !== 'wireguard-peer' || last.type !== 'wireguard-peer') return last;
  return { ...last, allowedIps: union(first.allowedIps, last.allowedIps) };
}

/** Adds an object to a desired state. */
export function mergeInto(desired: Map<string, KernelObject>, object: KernelObject): void {
  const key = objectKey(object);
  const known = desired.get(key);
  desired.set(key, known === undefined ? object : mergeObjects(known, object));
}
