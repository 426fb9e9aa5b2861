import type { Address, InterfaceAddress, Prefix } from './model.js';

const IPV4_MAPPED = 0xffffn;

function formatIpv4(bits: number): string {
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
}

/** Start and length of the longest run of zero groups, the first one on a tie (RFC 5952 sections 4.2.2 and 4.2.3). */
function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  groups.forEach((group, i) => {
    length = group === '0' ? length + 1 : 0;
    if (length > best.length) best = { start: i - length + 1, length };
  });
  return best;
}

function formatIpv6(bits: bigint): string {
  if (bits >> 32n === IPV4_MAPPED) return `::ffff:${formatIpv4(Number(BigInt.asUintN(32, bits)))}`;
  const hex = bits.toString(16).padStart(32, '0');
  const groups = Array.from({ length: 8 }, (_, i) => parseInt(hex.slice(i * 4, i * 4 + 4), 16).toString(16));
  const { start, length } = longestZeroRun(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** Canonical text of an address: dotted decimal, or RFC 5952 (an IPv4-mapped IPv6 address as `::ffff:1.2.3.4`). */
export function formatAddress(address: Address): string {
  return address.family === 4 ? formatIpv4(address.bits) : formatIpv6(address.bits);
}

/** Canonical text of a prefix: `10.5.34.0/24`. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix)}/${prefix.length}`;
}

/** Text of an address with the length of its network: `10.5.34.1/24`. */
export function formatInterfaceAddress(interfaceAddress: InterfaceAddress): string {
  return `${formatAddress(interfaceAddress.address)}/${interfaceAddress.length}`;
}
