import type { MessageWriter } from '../netlink/writer.js';

/** NLA_F_NESTED: newer kernels insist on it (uapi/linux/netlink.h). */
const NESTED = 0x8000;

/** An attribute that holds attributes. */
export function writeNest(writer: MessageWriter, type: number, body: () => void): void {
  writer.attribute(type | NESTED, body);
}

/** In the byte order of the machine. */
export function writeU16(writer: MessageWriter, type: number, value: number): void {
  writer.attribute(type, () => writer.u16(value));
}

export function writeBytes(writer: MessageWriter, type: number, bytes: Uint8Array): void {
  writer.attribute(type, () => bytes.forEach((byte) => writer.u8(byte)));
}

/** The items of an array: attributes of any type, one after the other. A truncated one ends it. */
export function readItems(bytes: Buffer | undefined): Buffer[] {
  const items: Buffer[] = [];
  for (let offset = 0; bytes !== undefined && offset + 4 <= bytes.length;) {
    const length = bytes.readUInt16LE(offset);
    if (length < 4 || offset + length > bytes.length) break;
    items.push(bytes.subarray(offset + 4, offset + length));
    offset += (length + 3) & ~3;
  }
  return items;
}
