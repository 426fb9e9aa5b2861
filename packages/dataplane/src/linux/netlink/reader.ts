import type { Address } from '@overlay/cidr';
import { NLMSG_HEADER_BYTES } from './constants.js';

const align4 = (n: number): number => (n + 3) & ~3;

/** One netlink message: header fields and the bytes after the header. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** nlmsg_pid: in an answer our own port, in a notification that of the socket that made the change. */
  readonly portId: number;
  readonly payload: Buffer;
}

/** Splits what one read returned into messages; stops at a length that cannot be. */
export function readMessages(bytes: Buffer): Message[] {
  const messages: Message[] = [];
  let offset = 0;
  while (offset + NLMSG_HEADER_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(offset);
    if (length < NLMSG_HEADER_BYTES || offset + length > bytes.length) break;
    messages.push({
      type: bytes.readUInt16LE(offset + 4),
      flags: bytes.readUInt16LE(offset + 6),
      sequence: bytes.readUInt32LE(offset + 8),
      portId: bytes.readUInt32LE(offset + 12),
      payload: bytes.subarray(offset + NLMSG_HEADER_BYTES, offset + length),
    });
    offset += align4(length);
  }
  return messages;
}

/**
 * The attributes of a message by type (the nested and byte-order bits masked off; the first of a type counts). Searched when asked:
 * a dump has tens of thousands of messages, of whose attributes few are looked at.
 */
export class Attributes {
  constructor(
    private readonly bytes: Buffer,
    private readonly start: number,
  ) {}

  has(type: number): boolean {
    return this.find(type) !== -1;
  }

  get(type: number): Buffer | undefined {
    const offset = this.find(type);
    return offset === -1
      ? undefined
      : this.bytes.subarray(offset + 4, offset + this.bytes.readUInt16LE(offset));
  }

  /** Offset of the attribute's header, -1 when there is none; a truncated one ends the search. */
  private find(type: number): number {
    const { bytes } = this;
    for (let offset = this.start; offset + 4 <= bytes.length;) {
      const length = bytes.readUInt16LE(offset);
      if (length < 4 || offset + length > bytes.length) return -1;
      if ((bytes.readUInt16LE(offset + 2) & 0x3fff) === type) return offset;
      offset += align4(length);
    }
    return -1;
  }
}

/** The attributes from byte `start` on. */
export function readAttributes(bytes: Buffer, start = 0): Attributes {
  return new Attributes(bytes, start);
}

export function readText(attribute: Buffer | undefined): string {
  if (attribute === undefined) return '';
  const end = attribute.indexOf(0);
  return attribute.toString('utf8', 0, end === -1 ? attribute.length : end);
}

export function readU32(attribute: Buffer | undefined): number | undefined {
  return attribute !== undefined && attribute.length >= 4 ? attribute.readUInt32LE(0) : undefined;
}

export function readMac(attribute: Buffer | undefined): string {
  if (attribute?.length !== 6) return '';
  return attribute.toString('hex').replace(/(..)(?!$)/g, '$1:');
}

/** An IPv4 or IPv6 address by its length; undefined for anything else. */
export function readAddress(attribute: Buffer | undefined): Address | undefined {
  if (attribute?.length === 4) return { family: 4, bits: attribute.readUInt32BE(0) };
  if (attribute?.length !== 16) return undefined;
  return { family: 6, bits: (attribute.readBigUInt64BE(0) << 64n) | attribute.readBigUInt64BE(8) };
}
