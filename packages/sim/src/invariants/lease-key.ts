import { formatAddress, parsePrefix, type Prefix } from '@overlay/cidr';
import { parseLeaseValue, type RawLease } from '@overlay/lease';
import type { SimNode } from '../sim-node.js';

/** The IPv4 subnet that a key names; undefined when it names none. */
export function subnetOf(name: string): Prefix | undefined {
  try {
    return parsePrefix(name.replace(/-(?=\d+$)/, '/'));
  } catch {
    return undefined;
  }
}

/** Whose a lease is: by its node id, or, as Flannel has none, by its public address; undefined when that does not tell. */
export function ownerOf(
  { value }: Pick<RawLease, 'value'>,
  { nodeId, publicIp }: SimNode,
): 'own' | 'other' | undefined {
  try {
    const { overlay, publicIp: address } = parseLeaseValue(value);
    if (overlay !== undefined) return overlay.nodeId === nodeId ? 'own' : 'other';
    return formatAddress(address) === publicIp ? undefined : 'other';
  } catch {
    return undefined;
  }
}
