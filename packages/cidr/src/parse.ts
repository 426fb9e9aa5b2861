import { maskIpv4, maskIpv6, widthOf } from './bits.js';
import { formatPrefix } from './format.js';
import { invalid } from './invalid.js';
import type {
  Address,
  Family,
  InterfaceAddress,
  Ipv4,
  Ipv4Prefix,
  Ipv6,
  Ipv6Prefix,
  Prefix,
} from './model.js';
import { scanDecimal, scanIpv4, scanIpv6 } from './scan.js';

/** What to do with address bits set after the prefix length: refuse the text, or clear them. */
export type HostBits = 'reject' | 'mask';

const EXAMPLE = { 4: '10.5.34.1', 6: 'fd00::1' } as const;

function notAnAddress(text: string, family: Family): Error {
  return invalid(
    `${JSON.stringify(text)} is not an IPv${family} address; write it like ${EXAMPLE[family]}, ` +
      'without leading zeros, spaces or a zone',
  );
}

/** Parses strict dotted-decimal text of four octets. Throws OVL_CIDR_INVALID. */
export function parseIpv4(text: string): Ipv4 {
  const bits = scanIpv4(text);
  if (bits < 0) throw notAnAddress(text, 4);
  return { family: 4, bits };
}

/** Parses IPv6 text in any form of RFC 4291 section 2.2, dotted tail included, zone excluded. Throws OVL_CIDR_INVALID. */
export function parseIpv6(text: string): Ipv6 {
  const bits = scanIpv6(text);
  if (bits === undefined) throw notAnAddress(text, 6);
  return { family: 6, bits };
}

/** Parses an address of either family; text with a colon is IPv6. Throws OVL_CIDR_INVALID. */
export function parseAddress(text: string): Address {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseLengthAfter(slash: number, text: string, family: Family): number {
  const width = widthOf(family);
  const length = slash < 0 ? -1 : scanDecimal(text, slash + 1, text.length, width);
  if (length < 0) {
    throw invalid(
      `${JSON.stringify(text)} has no valid prefix length; end it with /0 to /${width}, without leading zeros`,
    );
  }
  return length;
}

function addressPart(slash: number, text: string): string {
  return slash < 0 ? text : text.slice(0, slash);
}

function checkHostBits(text: string, address: Address, prefix: Prefix, hostBits: HostBits): void {
  if (hostBits === 'mask' || address.bits === prefix.bits) return;
  const network = formatPrefix(prefix);
  throw invalid(`${JSON.stringify(text)} has bits set after its prefix length; did you mean ${network}?`);
}

/** Parses `address/length` of IPv4. Host bits are an error unless masked on request. Throws OVL_CIDR_INVALID. */
export function parseIpv4Prefix(text: string, hostBits: HostBits = 'reject'): Ipv4Prefix {
  const slash = text.indexOf('/');
  const address = parseIpv4(addressPart(slash, text));
  const length = parseLengthAfter(slash, text, 4);
  const prefix: Ipv4Prefix = { family: 4, bits: maskIpv4(address.bits, length), length };
  checkHostBits(text, address, prefix, hostBits);
  return prefix;
}

/** Parses `address/length` of IPv6. Host bits are an error unless masked on request. Throws OVL_CIDR_INVALID. */
export function parseIpv6Prefix(text: string, hostBits: HostBits = 'reject'): Ipv6Prefix {
  const slash = text.indexOf('/');
  const address = parseIpv6(addressPart(slash, text));
  const length = parseLengthAfter(slash, text, 6);
  const prefix: Ipv6Prefix = { family: 6, bits: maskIpv6(address.bits, length), length };
  checkHostBits(text, address, prefix, hostBits);
  return prefix;
}

/** Parses `address/length` of either family; text with a colon is IPv6. Throws OVL_CIDR_INVALID. */
export function parsePrefix(text: string, hostBits: HostBits = 'reject'): Prefix {
  return text.includes(':') ? parseIpv6Prefix(text, hostBits) : parseIpv4Prefix(text, hostBits);
}

/** Parses an address with the length of its network and keeps the host bits: `10.5.34.1/24`. Throws OVL_CIDR_INVALID. */
export function parseInterfaceAddress(text: string): InterfaceAddress {
  const slash = text.indexOf('/');
  const address = parseAddress(addressPart(slash, text));
  return { address, length: parseLengthAfter(slash, text, address.family) };
}
