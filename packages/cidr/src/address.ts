import { addressOfBits, checkLength, ipv4, ipv6 } from './bits.js';
import { netmaskBits } from './ip-num.js';
import { invalid } from './invalid.js';
import type { Address, Family, Ipv4, Ipv6 } from './model.js';

/** Order of addresses: IPv4 before IPv6, then by value. Negative, zero or positive, for Array.sort. */
export function compareAddress(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.bits < b.bits ? -1 : Number(a.bits > b.bits);
}

/** Whether both are the same address of the same family (an IPv4-mapped IPv6 address is not the IPv4 one). */
export function equalAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.bits === b.bits;
}

/** The address in network byte order: 4 or 16 bytes. */
export function addressToBytes(address: Address): Uint8Array {
  const bytes = new Uint8Array(address.family === 4 ? 4 : 16);
  const view = new DataView(bytes.buffer);
  if (address.family === 4) {
    view.setUint32(0, address.bits);
  } else {
    view.setBigUint64(0, address.bits >> 64n);
    view.setBigUint64(8, BigInt.asUintN(64, address.bits));
  }
  return bytes;
}

/** The address held in 4 or 16 bytes of network byte order. Throws OVL_CIDR_INVALID for any other number of bytes. */
export function addressFromBytes(bytes: Uint8Array): Address {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return ipv4(view.getUint32(0));
  if (bytes.length === 16) return ipv6((view.getBigUint64(0) << 64n) | view.getBigUint64(8));
  throw invalid(`${bytes.length} bytes are not an address; give 4 (IPv4) or 16 (IPv6)`);
}

/** The netmask of a prefix length as an address (24 is 255.255.255.0). Throws OVL_CIDR_INVALID for a bad length. */
export function netmask(length: number, family: 4): Ipv4;
export function netmask(length: number, family: 6): Ipv6;
export function netmask(length: number, family: Family): Address;
export function netmask(length: number, family: Family): Address {
  checkLength(length, family);
  return addressOfBits(family, netmaskBits(length, family));
}
