import { formatPrefix, parseIpv4, parseIpv4Prefix, parsePrefix } from '@overlay/cidr';
import { parseNetworkConfig } from '@overlay/lease';
import { announced, factsOf } from '../../test/support/backend-cases.js';
import { bridge } from './bridge.js';
import type { HostFacts, NodeInput } from './model.js';

const OPTIONS = { Type: 'bridge', Exclude: ['172.31.0.100-172.31.0.150'] };
const backend = bridge.create(OPTIONS, 0);
const config = (network = '172.31.0.0/24') =>
  parseNetworkConfig(JSON.stringify({ Network: network, SubnetLen: 26, Backend: OPTIONS }));
const facts = (changes: Partial<HostFacts> = {}): HostFacts => ({
  ...factsOf(5),
  gateway: parseIpv4('172.31.0.2'),
  ...changes,
});
const input = (changes: Partial<HostFacts> = {}): NodeInput => ({
  facts: facts(changes),
  config: config(),
  subnets: { subnet: parseIpv4Prefix('172.31.0.64/26') },
  alias: 'overlayd:default',
});

test.each<[string, HostFacts['iface'], string]>([
  ['the underlay interface', { name: 'eth1', mtu: 9000 }, 'eth1'],
  ['afterwards the NIC behind the bridge', { name: 'ovl-lan-0', mtu: 9000, nic: 'eth1' }, 'eth1'],
  ['whichever there is, when that is gone', { name: 'ovl-lan-0', mtu: 9000 }, ''],
])('the NIC is %s', (_, iface, nic) => {
  expect(backend.planNode(input({ iface }))).toEqual([
    { type: 'link', kind: 'lan-bridge', name: 'ovl-lan-0', nic, mtu: 9000, alias: 'overlayd:default' },
  ]);
});

test('a bridge of the operator`s own is used as it is', () => {
  const own = input({ iface: { name: 'br0', mtu: 1500, isBridge: true } });
  expect(backend.planNode(own)).toEqual([]);
  expect(backend.segment?.(own)).toMatchObject({ bridge: 'br0' });
});

test('containers have the MTU of the NIC', () => {
  expect(backend.mtu(facts({ iface: { name: 'eth0', mtu: 9000 } }))).toBe(9000);
});

test('Docker is told the LAN, its router, and not to touch the bridge', () => {
  expect(backend.segment?.(input())).toEqual({
    subnet: parseIpv4Prefix('172.31.0.0/24'),
    bridge: 'ovl-lan-0',
    router: parseIpv4('172.31.0.2'),
    host: parseIpv4('172.31.0.5'),
  });
});

test('Gateway of the options goes before the default route', () => {
  const other = bridge.create({ ...OPTIONS, Gateway: '172.31.0.9' }, 0);
  expect(other.segment?.(input())?.router).toEqual(parseIpv4('172.31.0.9'));
});

test('reserved are the excluded ranges, the router and the own addresses', () => {
  const reserved = (backend.reserved?.(facts()) ?? []).map(formatPrefix);
  expect(reserved).toEqual(expect.arrayContaining(['172.31.0.100/30', '172.31.0.2/32', '172.31.0.5/32']));
});

test.each<[string, HostFacts, string, string]>([
  ['a Network that is not the LAN', facts(), '10.5.0.0/16', 'is not the LAN of eth0, 172.31.0.0/24'],
  ['a Network wider than the LAN', facts(), '172.31.0.0/16', 'is not the LAN of eth0'],
  ['no router', factsOf(5), '172.31.0.0/24', 'name it with Gateway'],
  ['no network around the address', facts({ onLink: [] }), '172.31.0.0/24', 'needs a LAN'],
  [
    'a public address that is not the NIC`s',
    facts({ publicIp: parseIpv4('192.0.2.1') }),
    '172.31.0.0/24',
    'NAT',
  ],
])('refused: %s', (_, host, network, words) => {
  expect(backend.refuse(host, false, config(network))).toContain(words);
});

test('a part of the LAN may be the Network', () => {
  const wide = facts({ onLink: [{ prefix: parsePrefix('172.31.0.0/16'), link: 'eth0' }] });
  expect(backend.refuse(wide, false, config())).toBeUndefined();
});

test('a peer on the LAN needs nothing, one behind a router is OVL_PEER_INVALID', () => {
  expect(backend.planPeer(input(), announced(backend, 9, false))).toEqual({ objects: [], direct: [] });
  const far = announced(backend, 9, false, factsOf(9, true));
  expect(() => backend.planPeer(input(), far)).toThrow(
    expect.objectContaining({ code: 'OVL_PEER_INVALID' }) as Error,
  );
});

test('Exclude that cannot be read is OVL_BACKEND_OPTION', () => {
  expect(() => bridge.create({ Type: 'bridge', Exclude: 'x' }, 0)).toThrow(
    expect.objectContaining({ code: 'OVL_BACKEND_OPTION' }) as Error,
  );
});
