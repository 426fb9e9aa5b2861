import type { Address } from '@overlay/cidr';
import { NLMSG_HEADER_BYTES } from './constants.js';

const align4 = (n: number): number => (n + 3) & ~3;

/**
 * Writes netlink messages (RFC 3549, linux/netlink.h) one after the other into one buffer, in the byte order of the
 * machine (little-endian: every platform koffi has a binary for). Attributes are padded to 4 bytes with zeros.
 */
export class MessageWriter {
  private readonly buffer: Buffer;
  private offset = 0;

  /** `limit` bytes is where `full` becomes true; one message may be up to 4 KB. */
  constructor(private readonly limit = 60 * 1024) {
    this.buffer = Buffer.alloc(limit + 4096);
  }

  get full(): boolean {
    return this.offset >= this.limit;
  }

  /** The messages so far; valid until the next `reset`. */
  bytes(): Buffer {
    return this.buffer.subarray(0, this.offset);
  }

  reset(): void {
    this.offset = 0;
  }

  message(header: { type: number; flags: number; sequence: number }, body: () => void): void {
    const start = this.offset;
    this.u32(0);
    this.u16(header.type);
    this.u16(header.flags);
    this.u32(header.sequence);
    this.u32(0);
    body();
    this.buffer.writeUInt32LE(this.offset - start, start);
  }

  /** Sets a flag on the message that starts at byte `start`. */
  addFlag(start: number, flag: number): void {
    this.buffer.writeUInt16LE(this.buffer.readUInt16LE(start + 6) | flag, start + 6);
  }

  get position(): number {
    return this.offset;
  }

  u8(value: number): void {
    this.offset = this.buffer.writeUInt8(value, this.offset);
  }

  u16(value: number): void {
    this.offset = this.buffer.writeUInt16LE(value, this.offset);
  }

  u32(value: number): void {
    this.offset = this.buffer.writeUInt32LE(value >>> 0, this.offset);
  }

  attributeU8(type: number, value: number): void {
    this.attribute(type, () => this.u8(value));
  }

  attributeU32(type: number, value: number): void {
    this.attribute(type, () => this.u32(value));
  }

  /** Network byte order, as ports are. */
  attributeU16be(type: number, value: number): void {
    this.attribute(type, () => {
      this.offset = this.buffer.writeUInt16BE(value, this.offset);
    });
  }

  /** Network byte order, as keys are. */
  attributeU32be(type: number, value: number): void {
    this.attribute(type, () => {
      this.offset = this.buffer.writeUInt32BE(value >>> 0, this.offset);
    });
  }

  attributeText(type: number, value: string, terminator: 'nul' | 'none' = 'nul'): void {
    this.attribute(type, () => {
      this.offset += this.buffer.write(value, this.offset, 'utf8');
      if (terminator === 'nul') this.u8(0);
    });
  }

  attributeMac(type: number, mac: string): void {
    this.attribute(type, () => {
      this.offset += this.buffer.write(mac.replaceAll(':', ''), this.offset, 'hex');
    });
  }

  attributeAddress(type: number, address: Address): void {
    this.attribute(type, () => {
      if (address.family === 4) this.offset = this.buffer.writeUInt32BE(address.bits, this.offset);
      else {
        this.buffer.writeBigUInt64BE(address.bits >> 64n, this.offset);
        this.offset = this.buffer.writeBigUInt64BE(address.bits & 0xffffffffffffffffn, this.offset + 8);
      }
    });
  }

  /** One attribute whose payload, possibly more attributes, is written by `body`. */
  attribute(type: number, body: () => void): void {
    const start = this.offset;
    this.u16(0);
    this.u16(type);
    body();
    this.buffer.writeUInt16LE(this.offset - start, start);
    const end = align4(this.offset);
    this.buffer.fill(0, this.offset, end);
    this.offset = end;
  }
}

/** A single message of its own. */
export function singleMessage(
  header: { type: number; flags: number; sequence: number },
  body: (writer: MessageWriter) => void,
): Buffer {
  const writer = new MessageWriter(NLMSG_HEADER_BYTES);
  writer.message(header, () => body(writer));
  return writer.bytes();
}
