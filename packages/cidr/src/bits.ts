import { invalid } from './invalid.js';
import type { Address, Family, Ipv4, Ipv6, Prefix } from './model.js';

/** The address type of a prefix type. */
export type AddressOf<P extends Prefix> = P extends { readonly family: 4 } ? Ipv4 : Ipv6;

const IPV4_MAX = 0xffff_ffff;
const IPV6_MAX = (1n << 128n) - 1n;
const IPV6_HOST_MASKS = Array.from({ length: 129 }, (_, length) => (1n << BigInt(128 - length)) - 1n);

/** Bits in an address of the family: 32 or 128. */
export function widthOf(family: Family): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/** An IPv4 address from an unsigned 32-bit number. Throws OVL_CIDR_INVALID for anything else. */
export function ipv4(bits: number): Ipv4 {
  if (!Number.isInteger(bits) || bits < 0 || bits > IPV4_MAX) {
    throw invalid(`${bits} is not an IPv4 address; give an integer from 0 to 4294967295`);
  }
  return { family: 4, bits };
}

/** An IPv6 address from an unsigned 128-bit integer. Throws OVL_CIDR_INVALID for anything else. */
export function ipv6(bits: bigint): Ipv6 {
  if (bits < 0n || bits > IPV6_MAX) {
    throw invalid(`${bits.toString()} is not an IPv6 address; give an integer from 0 to 2^128 - 1`);
  }
  return { family: 6, bits };
}

/** The address of the family with these bits. Throws OVL_CIDR_INVALID when they do not fit. */
export function addressOfBits(family: Family, bits: bigint): Address {
  return family === 4 ? ipv4(Number(bits)) : ipv6(bits);
}

/** The bits of an IPv4 address with everything after the prefix length cleared. */
export function maskIpv4(bits: number, length: number): number {
  return length === 0 ? 0 : (bits & (IPV4_MAX << (32 - length))) >>> 0;
}

/** The bits of an IPv6 address with everything after the prefix length cleared. */
export function maskIpv6(bits: bigint, length: number): bigint {
  return bits & ~(IPV6_HOST_MASKS[length] ?? 0n);
}

/** Throws OVL_CIDR_INVALID unless the prefix length is an integer from 0 to 32 (IPv4) or 128 (IPv6). */
export function checkLength(length: number, family: Family): void {
  const width = widthOf(family);
  if (!Number.isInteger(length) || length < 0 || length > width) {
    throw invalid(`prefix length ${length} is not allowed for IPv${family}; give 0 to ${width}`);
  }
}
