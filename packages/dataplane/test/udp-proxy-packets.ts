/** Packets for tests, made from RFC 791 and RFC 8200 without the code under test. */

interface V4Fields {
  readonly source?: number;
  readonly destination?: number;
  readonly ttl?: number;
  /** 32-bit words of options. */
  readonly options?: number;
  readonly identification?: number;
  readonly protocol?: number;
  /** In units of 8 bytes. */
  readonly fragment?: number;
  readonly payload?: Uint8Array;
}

export function ipv4Packet(fields: V4Fields): Uint8Array {
  const {
    source = 0x0a4d0102,
    destination = 0x0a4d0203,
    ttl = 64,
    options = 0,
    payload = new Uint8Array(8),
  } = fields;
  const header = 20 + options * 4;
  const packet = new Uint8Array(header + payload.length);
  const view = new DataView(packet.buffer);
  packet[0] = 0x40 | (header / 4);
  view.setUint16(2, packet.length);
  view.setUint16(4, fields.identification ?? 7);
  view.setUint16(6, fields.fragment ?? 0);
  packet[8] = ttl;
  packet[9] = fields.protocol ?? 17;
  view.setUint32(12, source);
  view.setUint32(16, destination);
  for (let at = 20; at < header; at++) packet[at] = at * 7;
  packet.set(payload, header);
  let sum = 0;
  for (let at = 0; at < header; at += 2) sum += view.getUint16(at);
  view.setUint16(10, 0xffff - (sum % 0xffff));
  return packet;
}

export function ipv6Packet(fields: {
  readonly source?: bigint;
  readonly destination?: bigint;
  readonly hopLimit?: number;
}): Uint8Array {
  const packet = new Uint8Array(48);
  const view = new DataView(packet.buffer);
  packet[0] = 0x60;
  view.setUint16(4, 8);
  packet[6] = 17;
  packet[7] = fields.hopLimit ?? 64;
  for (const [at, bits] of [
    [8, fields.source ?? 1n],
    [24, fields.destination ?? 2n],
  ] as const) {
    view.setBigUint64(at, bits >> 64n);
    view.setBigUint64(at + 8, BigInt.asUintN(64, bits));
  }
  return packet;
}
