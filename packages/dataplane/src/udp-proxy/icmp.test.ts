import fc from 'fast-check';
import { networkUnreachable } from './icmp.js';
import { checksum } from './ip-header.js';
import { ipv4Packet, ipv6Packet } from '../../test/udp-proxy-packets.js';

const icmp = (type: number): Uint8Array =>
  ipv4Packet({ protocol: 1, payload: Uint8Array.of(type, 0, 0, 0, 0, 0, 0, 0) });

describe('network unreachable', () => {
  test('goes to the sender, quotes header and 8 bytes, and has a right ICMP checksum', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 }), fc.uint8Array({ maxLength: 100 }), (options, payload) => {
        const packet = ipv4Packet({ options, payload });
        const answer = networkUnreachable(packet, packet.length);
        expect(answer?.to).toEqual({ family: 4, bits: 0x0a4d0102 });
        const bytes = answer!.packet;
        const quoted = 20 + options * 4 + Math.min(8, payload.length);
        expect(bytes.length).toBe(28 + quoted);
        expect([...bytes.subarray(0, 20)]).toEqual([
          0x45,
          0,
          0,
          bytes.length,
          0,
          0,
          0,
          0,
          64,
          1,
          0,
          0,
          0,
          0,
          0,
          0,
          10,
          77,
          1,
          2,
        ]);
        expect([...bytes.subarray(20, 22), ...bytes.subarray(24, 28)]).toEqual([3, 0, 0, 0, 0, 0]);
        expect(bytes.subarray(28)).toEqual(packet.subarray(0, quoted));
        expect(checksum(bytes, 20, bytes.length)).toBe(0);
      }),
    );
  });

  test.each([3, 4, 5, 11, 12])('no error answers the ICMP error of type %i', (type) => {
    expect(networkUnreachable(icmp(type), 28)).toBeUndefined();
  });

  test.each([0, 8, 13])('ICMP of type %i is answered', (type) => {
    expect(networkUnreachable(icmp(type), 28)).toBeDefined();
  });

  test.each<[string, Uint8Array]>([
    ['a later fragment', ipv4Packet({ fragment: 0x2001 })],
    ['a packet to a group', ipv4Packet({ destination: 0xe0000001 })],
    ['a packet from nowhere', ipv4Packet({ source: 0 })],
    ['a packet from this host', ipv4Packet({ source: 0x7f000001 })],
    ['ICMP without a type', ipv4Packet({ protocol: 1, payload: new Uint8Array(0) })],
    ['IPv6', ipv6Packet({})],
  ])('%s is not answered', (_, packet) => {
    expect(networkUnreachable(packet, packet.length)).toBeUndefined();
  });

  test('the first fragment is answered', () => {
    expect(networkUnreachable(ipv4Packet({ fragment: 0x2000 }), 28)).toBeDefined();
  });
});
