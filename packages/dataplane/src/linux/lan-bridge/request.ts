import type { MessageWriter } from '../netlink/writer.js';

/** One rtnetlink request of a batch. */
export interface Request {
  readonly type: number;
  readonly flags: number;
  readonly body: (writer: MessageWriter) => void;
  /** Refusals (errno names) that mean that there was nothing to do. */
  readonly done: ReadonlySet<string>;
  /** Sent once the kernel has put what the others gave into effect (`isReady`). */
  readonly late?: true;
  /** Sent afterwards when the kernel sees no way to the gateway. */
  readonly fallback?: Request;
}

/** It is there already. */
export const THERE: ReadonlySet<string> = new Set(['EEXIST']);
/** It is gone already: with the address or device it hung on, for instance. */
export const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ESRCH', 'ENODEV', 'EADDRNOTAVAIL']);
export const NOTHING: ReadonlySet<string> = new Set();

/** An attribute as it was read: written again, it means the same. */
export interface RawAttribute {
  readonly type: number;
  readonly value: Buffer;
}

const HEADER_BYTES = 4;

/** The attributes from byte `start` on, copied. */
export function rawAttributes(bytes: Buffer, start: number): RawAttribute[] {
  const attributes: RawAttribute[] = [];
  for (let offset = start; offset + HEADER_BYTES <= bytes.length;) {
    const length = bytes.readUInt16LE(offset);
    if (length < HEADER_BYTES || offset + length > bytes.length) break;
    attributes.push({
      type: bytes.readUInt16LE(offset + 2) & 0x3fff,
      value: Buffer.from(bytes.subarray(offset + HEADER_BYTES, offset + length)),
    });
    offset += (length + 3) & ~3;
  }
  return attributes;
}

export function writeRaw(writer: MessageWriter, { type, value }: RawAttribute): void {
  writer.attribute(type, () => {
    for (const byte of value) writer.u8(byte);
  });
}

export function attributeOf(attributes: readonly RawAttribute[], type: number): Buffer | undefined {
  return attributes.find((attribute) => attribute.type === type)?.value;
}
