import fc from 'fast-check';
import { checksum, decrementTtl, destinationOf, lengthOf, sourceOf } from './ip-header.js';
import { ipv4Packet, ipv6Packet } from '../../test/udp-proxy-packets.js';

const anyPacket = fc.record({
  source: fc.nat(0xffff_ffff),
  destination: fc.nat(0xffff_ffff),
  ttl: fc.integer({ min: 2, max: 255 }),
  options: fc.integer({ min: 0, max: 10 }),
  identification: fc.nat(0xffff),
  payload: fc.uint8Array({ maxLength: 60 }),
});

describe('an IPv4 packet', () => {
  test('after one hop equals the same packet made anew with one less to live (RFC 1624)', () => {
    fc.assert(
      fc.property(anyPacket, (fields) => {
        const packet = ipv4Packet(fields);
        expect(decrementTtl(packet)).toBe(true);
        expect(packet).toEqual(ipv4Packet({ ...fields, ttl: fields.ttl - 1 }));
      }),
    );
  });

  test('its checksum is right after every hop until it is dropped with 1 left', () => {
    const packet = ipv4Packet({ ttl: 255 });
    for (let ttl = 255; ttl > 1; ttl--) {
      expect(decrementTtl(packet)).toBe(true);
      expect([packet[8], checksum(packet, 0, 20)]).toEqual([ttl - 1, 0]);
    }
    expect(decrementTtl(packet)).toBe(false);
    expect(decrementTtl(ipv4Packet({ ttl: 0 }))).toBe(false);
  });

  test('a wrong checksum is not made right', () => {
    const packet = ipv4Packet({});
    packet[11] = (packet[11] ?? 0) ^ 0x55;
    decrementTtl(packet);
    expect(checksum(packet, 0, 20)).not.toBe(0);
  });

  test('the addresses are unsigned numbers', () => {
    const packet = ipv4Packet({ source: 0xfffefdfc, destination: 0x80000001 });
    expect([sourceOf(packet), destinationOf(packet)]).toEqual([0xfffefdfc, 0x80000001]);
  });

  test.each<[string, number, (packet: Uint8Array) => void, number]>([
    ['whole', 30, () => undefined, 30],
    ['with bytes behind it', 46, () => undefined, 30],
    ['cut short', 29, () => undefined, 0],
    ['shorter than a header', 19, () => undefined, 0],
    ['of another version', 30, (packet) => (packet[0] = 0x55), 0],
    ['whose header is too short', 30, (packet) => (packet[0] = 0x44), 0],
    ['whose header is longer than it', 30, (packet) => (packet[0] = 0x4f), 0],
    ['whose length is below its header', 30, (packet) => (packet[3] = 19), 0],
  ])('%s has length %#', (_, held, change, length) => {
    const packet = new Uint8Array(64);
    packet.set(ipv4Packet({ payload: new Uint8Array(10) }));
    change(packet);
    expect(lengthOf(packet, held)).toBe(length);
  });
});

describe('an IPv6 packet', () => {
  test('has its hop limit decremented and nothing else changed', () => {
    const packet = ipv6Packet({ hopLimit: 64 });
    expect(decrementTtl(packet)).toBe(true);
    expect(packet).toEqual(ipv6Packet({ hopLimit: 63 }));
    expect(decrementTtl(ipv6Packet({ hopLimit: 1 }))).toBe(false);
  });

  test('has the addresses of its header, and its length', () => {
    const packet = ipv6Packet({ source: 1n << 127n, destination: 0xfd00n << 112n });
    expect([sourceOf(packet), destinationOf(packet)]).toEqual([1n << 127n, 0xfd00n << 112n]);
    expect([
      lengthOf(packet, packet.length),
      lengthOf(packet, packet.length - 1),
      lengthOf(packet, 39),
    ]).toEqual([packet.length, 0, 0]);
  });
});

test('the checksum of an odd number of bytes is that with a zero byte behind', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 33 }), (bytes) => {
      expect(checksum(bytes, 0, bytes.length)).toBe(
        checksum(Uint8Array.of(...bytes, 0), 0, bytes.length + 1),
      );
    }),
  );
});
