/** Where the fields of an IPv4 header (RFC 791) and an IPv6 header (RFC 8200) are. */
const V4 = {
  TOTAL_LENGTH: 2,
  FRAGMENT: 6,
  TTL: 8,
  PROTOCOL: 9,
  CHECKSUM: 10,
  SOURCE: 12,
  DESTINATION: 16,
} as const;
const V6 = { PAYLOAD_LENGTH: 4, HOP_LIMIT: 7, SOURCE: 8, DESTINATION: 24 } as const;
export const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const FRAGMENT_OFFSET = 0x1fff;

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const u32 = (bytes: Uint8Array, at: number): number => ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0;
const u64 = (bytes: Uint8Array, at: number): bigint =>
  (BigInt(u32(bytes, at)) << 32n) | BigInt(u32(bytes, at + 4));
const u128 = (bytes: Uint8Array, at: number): bigint => (u64(bytes, at) << 64n) | u64(bytes, at + 8);

const versionOf = (packet: Uint8Array): number => (packet[0] ?? 0) >> 4;

/** As the `bits` of an address: a number for IPv4, a bigint for IPv6. */
export const sourceOf = (packet: Uint8Array): number | bigint =>
  versionOf(packet) === 4 ? u32(packet, V4.SOURCE) : u128(packet, V6.SOURCE);
/** As the `bits` of an address: a number for IPv4, a bigint for IPv6. */
export const destinationOf = (packet: Uint8Array): number | bigint =>
  versionOf(packet) === 4 ? u32(packet, V4.DESTINATION) : u128(packet, V6.DESTINATION);

/** Of an IPv4 packet. */
export const protocolOf = (packet: Uint8Array): number => packet[V4.PROTOCOL] ?? 0;
/** Of an IPv4 packet. */
export const headerBytesOf = (packet: Uint8Array): number => ((packet[0] ?? 0) & 15) * 4;
/** Whether an IPv4 packet is a fragment that does not start with the header of the next protocol. */
export const isLaterFragment = (packet: Uint8Array): boolean =>
  (u16(packet, V4.FRAGMENT) & FRAGMENT_OFFSET) !== 0;

/** Bytes of the packet as its header says; 0 when `held` bytes hold no whole IPv4 or IPv6 packet. */
export function lengthOf(packet: Uint8Array, held: number): number {
  if (held < IPV4_HEADER_BYTES) return 0;
  const version = versionOf(packet);
  if (version === 4) return lengthOf4(packet, held);
  return version === 6 && held >= IPV6_HEADER_BYTES ? lengthOf6(packet, held) : 0;
}

function lengthOf4(packet: Uint8Array, held: number): number {
  const header = headerBytesOf(packet);
  const total = u16(packet, V4.TOTAL_LENGTH);
  return header >= IPV4_HEADER_BYTES && total >= header && total <= held ? total : 0;
}

function lengthOf6(packet: Uint8Array, held: number): number {
  const total = IPV6_HEADER_BYTES + u16(packet, V6.PAYLOAD_LENGTH);
  return total <= held ? total : 0;
}

/** The Internet checksum of bytes `from` to `to` (RFC 1071); 0 over bytes that hold their own right checksum. */
export function checksum(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at + 1 < to; at += 2) sum += u16(bytes, at);
  if ((to - from) % 2 === 1) sum += (bytes[to - 1] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Takes one from the time to live (IPv6: hop limit), in place. False when nothing is left: the packet must be dropped. */
export function decrementTtl(packet: Uint8Array): boolean {
  const at = versionOf(packet) === 4 ? V4.TTL : V6.HOP_LIMIT;
  const ttl = packet[at] ?? 0;
  if (ttl <= 1) return false;
  if (at === V4.TTL) correctChecksum(packet, u16(packet, at), u16(packet, at) - 0x100);
  packet[at] = ttl - 1;
  return true;
}

/** For one 16-bit word of the header that changes (RFC 1624, equation 3). */
function correctChecksum(packet: Uint8Array, before: number, after: number): void {
  let sum = (~u16(packet, V4.CHECKSUM) & 0xffff) + (~before & 0xffff) + after;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  writeU16(packet, V4.CHECKSUM, ~sum & 0xffff);
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value & 255;
}
