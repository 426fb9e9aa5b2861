import { formatAddress, formatPrefix } from '@overlay/cidr';
import type { KernelObject, PartObject } from './model.js';

/** An FDB entry for it is one of many: packets for unknown destinations go to each. */
export const FLOOD = '00:00:00:00:00:00';

/**
 * The identity of a kernel object: what the kernel (or we) allow only one of. Two objects with one key are versions of the
 * same thing; a route with another metric is another route.
 */
export function objectKey(object: KernelObject): string {
  switch (object.type) {
    case 'link':
      return linkKey(object.name);
    case 'address':
      return `address:${object.link}:${formatAddress(object.address)}/${object.length}`;
    case 'route':
      return `route:${formatPrefix(object.destination)}:${object.metric}`;
    case 'neighbour':
      return `neighbour:${object.link}:${formatAddress(object.address)}`;
    case 'fdb':
      return object.mac === FLOOD
        ? `fdb:${object.link}:${object.mac}:${formatAddress(object.destination)}`
        : `fdb:${object.link}:${object.mac}`;
    case 'rule':
      return `rule:${object.family}:${object.priority}`;
    case 'sysctl':
      return `sysctl:${object.key}`;
    default:
      return partKey(object);
  }
}

function partKey(object: PartObject): string {
  switch (object.type) {
    case 'fou':
      return `fou:${object.family}:${object.port}`;
    case 'wireguard-peer':
      return `wireguard-peer:${object.link}:${object.publicKey}`;
    case 'proxy-peer':
      return `proxy-peer:${object.link}:${formatPrefix(object.subnet)}`;
    case 'ovs-port':
      return `ovs-port:${object.bridge}:${object.name}`;
    case 'bridge-port':
      return `bridge-port:${object.link}`;
    case 'hook':
      return `hook:${object.name}`;
  }
}

export function linkKey(name: string): string {
  return `link:${name}`;
}

/** Objects by identity. A later object of the same identity replaces an earlier one. */
export function byKey(objects: Iterable<KernelObject>): Map<string, KernelObject> {
  const map = new Map<string, KernelObject>();
  for (const object of objects) map.set(objectKey(object), object);
  return map;
}
