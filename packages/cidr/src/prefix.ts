import { compareAddress } from './address.js';
import { addressOfBits, checkLength, ipv4, ipv6, maskIpv4, maskIpv6, widthOf } from './bits.js';
import type { AddressOf } from './bits.js';
import { formatAddress, formatPrefix } from './format.js';
import { invalid, outOfRange } from './invalid.js';
import type { Address, Ipv4, Ipv4Prefix, Ipv6, Ipv6Prefix, Prefix } from './model.js';

/** The prefix of the given length that holds the address: host bits are cleared. Throws OVL_CIDR_INVALID for a bad length. */
export function prefixOf(address: Ipv4, length: number): Ipv4Prefix;
export function prefixOf(address: Ipv6, length: number): Ipv6Prefix;
export function prefixOf(address: Address, length: number): Prefix;
export function prefixOf(address: Address, length: number): Prefix {
  checkLength(length, address.family);
  return address.family === 4
    ? { family: 4, bits: maskIpv4(address.bits, length), length }
    : { family: 6, bits: maskIpv6(address.bits, length), length };
}

function exactPrefix(address: Address, length: number): Prefix {
  const prefix = prefixOf(address, length);
  if (prefix.bits === address.bits) return prefix;
  throw invalid(
    `${formatAddress(address)}/${length} has bits set after its prefix length; did you mean ${formatPrefix(prefix)}?`,
  );
}

/** An IPv4 prefix from its network bits. Throws OVL_CIDR_INVALID for host bits, bits or lengths outside their bounds. */
export function ipv4Prefix(bits: number, length: number): Ipv4Prefix {
  return exactPrefix(ipv4(bits), length) as Ipv4Prefix;
}

/** An IPv6 prefix from its network bits. Throws OVL_CIDR_INVALID for host bits, bits or lengths outside their bounds. */
export function ipv6Prefix(bits: bigint, length: number): Ipv6Prefix {
  return exactPrefix(ipv6(bits), length) as Ipv6Prefix;
}

/** Whether the address, or the whole of the other prefix, lies in the prefix. Never across families. */
export function contains(prefix: Prefix, item: Address | Prefix): boolean {
  if ('length' in item && item.length < prefix.length) return false;
  if (prefix.family === 4) return item.family === 4 && maskIpv4(item.bits, prefix.length) === prefix.bits;
  return item.family === 6 && maskIpv6(item.bits, prefix.length) === prefix.bits;
}

/** Whether the prefixes share an address. Of two prefixes that do, one contains the other. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return a.length <= b.length ? contains(a, b) : contains(b, a);
}

/** Order of prefixes: by network address, and of two with the same one the wider first. For Array.sort. */
export function comparePrefix(a: Prefix, b: Prefix): number {
  return compareAddress(a, b) || a.length - b.length;
}

/** Whether both are the same network with the same length. */
export function equalPrefix(a: Prefix, b: Prefix): boolean {
  return a.length === b.length && a.family === b.family && a.bits === b.bits;
}

/** How many addresses the prefix holds. */
function sizeOf(prefix: Prefix): bigint {
  return 1n << BigInt(widthOf(prefix.family) - prefix.length);
}

/** The address all host bits of which are zero. */
export function networkAddress<P extends Prefix>(prefix: P): AddressOf<P> {
  return { family: prefix.family, bits: prefix.bits } as AddressOf<P>;
}

/** The lowest address in the prefix, which is its network address. */
export function firstAddress<P extends Prefix>(prefix: P): AddressOf<P> {
  return networkAddress(prefix);
}

/** The highest address in the prefix (the broadcast address of an IPv4 subnet). */
export function lastAddress<P extends Prefix>(prefix: P): AddressOf<P> {
  return nthAddress(prefix, sizeOf(prefix) - 1n);
}

/** The address `n` above the network address: 1 is the gateway of a subnet. Throws OVL_CIDR_RANGE outside the prefix. */
export function nthAddress<P extends Prefix>(prefix: P, n: number | bigint): AddressOf<P> {
  if ((typeof n === 'number' && !Number.isSafeInteger(n)) || n < 0 || n >= sizeOf(prefix)) {
    throw outOfRange(
      `${formatPrefix(prefix)} has no address number ${n.toString()}; it holds ${sizeOf(prefix).toString()}`,
    );
  }
  return addressOfBits(prefix.family, BigInt(prefix.bits) + BigInt(n)) as AddressOf<P>;
}

/** The prefix of the same length right above; undefined at the end of the address space. */
export function nextPrefix<P extends Prefix>(prefix: P): P | undefined {
  const bits = BigInt(prefix.bits) + sizeOf(prefix);
  if (bits >> BigInt(widthOf(prefix.family)) !== 0n) return undefined;
  return { ...prefix, bits: prefix.family === 4 ? Number(bits) : bits };
}

function* from<P extends Prefix>(first: P, whole: P): Generator<P> {
  for (
    let part: P | undefined = first;
    part !== undefined && contains(whole, part);
    part = nextPrefix(part)
  ) {
    yield part;
  }
}

/**
 * The prefixes of the new length that make up the prefix, in order, produced as they are asked for.
 * Throws OVL_CIDR_RANGE, at once, when the new length is shorter than the prefix, and OVL_CIDR_INVALID when it is no length at all.
 */
export function split<P extends Prefix>(prefix: P, newLength: number): Iterable<P> {
  checkLength(newLength, prefix.family);
  if (newLength < prefix.length) {
    throw outOfRange(
      `${formatPrefix(prefix)} cannot be split into /${newLength}; give a length of ${prefix.length} or more`,
    );
  }
  return from({ ...prefix, length: newLength }, prefix);
}
