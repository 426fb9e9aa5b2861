import type { Ipv4 } from '@overlay/cidr';
import {
  IPV4_HEADER_BYTES,
  checksum,
  destinationOf,
  headerBytesOf,
  isLaterFragment,
  protocolOf,
  sourceOf,
  writeU16,
} from './ip-header.js';

const PROTOCOL_ICMP = 1;
const ICMP_HEADER_BYTES = 8;
const DESTINATION_UNREACHABLE = 3;
/** RFC 792: the header and the first 64 bits of what could not be delivered. */
const QUOTED_BYTES = 8;
const TTL = 64;
/** Types that report an error (RFC 1122, 3.2.2): nobody answers these. */
const ERROR_TYPES = new Set([3, 4, 5, 11, 12]);

export interface IcmpAnswer {
  readonly to: Ipv4;
  readonly packet: Uint8Array;
}

/**
 * ICMP "network unreachable" (RFC 792, type 3 code 0) for an IPv4 packet of `length` bytes, as an IPv4 packet to its source. Its own source
 * and header checksum are 0: a raw socket with its header included has the kernel fill them (raw(7)). Undefined where RFC 1122, 3.2.2
 * forbids one (an ICMP error, a later fragment, a packet from or to what is no single host), and for IPv6.
 */
export function networkUnreachable(packet: Uint8Array, length: number): IcmpAnswer | undefined {
  const source = sourceOf(packet);
  if (typeof source !== 'number' || !isHost(source) || !mayAnswer(packet, length)) return undefined;
  const quoted = Math.min(length, headerBytesOf(packet) + QUOTED_BYTES);
  const answer = new Uint8Array(IPV4_HEADER_BYTES + ICMP_HEADER_BYTES + quoted);
  answer[0] = 0x45;
  writeU16(answer, 2, answer.length);
  answer[8] = TTL;
  answer[9] = PROTOCOL_ICMP;
  answer.set(packet.subarray(12, 16), 16);
  answer[IPV4_HEADER_BYTES] = DESTINATION_UNREACHABLE;
  answer.set(packet.subarray(0, quoted), IPV4_HEADER_BYTES + ICMP_HEADER_BYTES);
  writeU16(answer, IPV4_HEADER_BYTES + 2, checksum(answer, IPV4_HEADER_BYTES, answer.length));
  return { to: { family: 4, bits: source }, packet: answer };
}

function mayAnswer(packet: Uint8Array, length: number): boolean {
  if (isLaterFragment(packet) || !isHost(Number(destinationOf(packet)))) return false;
  const header = headerBytesOf(packet);
  const type = header < length ? packet[header] : undefined;
  return protocolOf(packet) !== PROTOCOL_ICMP || (type !== undefined && !ERROR_TYPES.has(type));
}

/** Neither 0.0.0.0/8 nor 127.0.0.0/8 nor multicast or above. */
function isHost(address: number): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}
