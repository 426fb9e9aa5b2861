import { parseIpv4, parsePrefix } from '@overlay/cidr';
import { inbound, outbound } from './carry.js';
import { ipv4Packet, ipv6Packet } from '../../test/udp-proxy-packets.js';
import { PeerTable } from './peer-table.js';

const near = { address: parseIpv4('172.30.0.1') };
const far = { address: parseIpv4('172.30.0.2') };
const six = { address: parseIpv4('172.30.0.3') };
const peers = new PeerTable<typeof near>();
peers.set(parsePrefix('10.77.1.0/24'), near);
peers.set(parsePrefix('10.77.2.0/24'), far);
peers.set(parsePrefix('fd77:2::/64'), six);
const inSix = parsePrefix('fd77:2::/64').bits as bigint;

describe('from the device', () => {
  test('a packet goes to the peer whose subnet its destination is in, one less to live', () => {
    const packet = ipv4Packet({ ttl: 64 });
    expect(outbound(packet, packet.length, peers)).toBe(far);
    expect(packet).toEqual(ipv4Packet({ ttl: 63 }));
    expect(outbound(ipv6Packet({ destination: inSix + 5n }), 48, peers)).toBe(six);
  });

  test.each<[string, Uint8Array]>([
    ['noPeer', ipv4Packet({ destination: 0x0a4d0901 })],
    ['noPeer', ipv6Packet({ destination: 0xff02n << 112n })],
    ['ttlExceeded', ipv4Packet({ ttl: 1 })],
    ['notIp', new Uint8Array(40)],
  ])('%s', (reason, packet) => {
    const before = Uint8Array.from(packet);
    expect(outbound(packet, packet.length, peers)).toBe(reason);
    expect(packet).toEqual(before);
  });
});

describe('from a peer', () => {
  test('a packet of its own subnet is delivered, as long as its header says, one less to live', () => {
    const packet = new Uint8Array(60);
    packet.set(ipv4Packet({ ttl: 63 }));
    expect(inbound(packet, 60, near.address.bits, peers)).toBe(28);
    expect(packet.subarray(0, 28)).toEqual(ipv4Packet({ ttl: 62 }));
    expect(inbound(ipv6Packet({ source: inSix + 1n }), 48, six.address.bits, peers)).toBe(48);
  });

  test.each<[string, Uint8Array, number]>([
    ['wrongHost', ipv4Packet({}), far.address.bits],
    ['sourceUnknown', ipv4Packet({ source: 0x0a4d0901 }), near.address.bits],
    ['wrongHost', ipv6Packet({ source: inSix }), near.address.bits],
    ['ttlExceeded', ipv4Packet({ ttl: 1 }), near.address.bits],
    ['notIp', ipv4Packet({}).subarray(0, 19), near.address.bits],
  ])('%s', (reason, packet, from) => {
    expect(inbound(packet, packet.length, from, peers)).toBe(reason);
  });
});
