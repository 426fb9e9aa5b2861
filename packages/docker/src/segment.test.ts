import { parseIpv4, parseIpv4Prefix, parseIpv6Prefix } from '@overlay/cidr';
import { mergeDaemonJson } from './daemon-json.js';
import { defaultBridge } from './default-bridge.js';
import type { DockerWish } from './model.js';
import { decideNetwork, type DockerNetwork } from './network-decision.js';
import { networkSpec } from './network-spec.js';

const LAN: DockerWish = {
  mode: 'network',
  instance: 'default',
  network: 'overlay',
  subnet: parseIpv4Prefix('192.168.28.64/26'),
  mtu: 1500,
  ipMasq: true,
  restart: 'never',
  segment: {
    subnet: parseIpv4Prefix('192.168.28.0/24'),
    bridge: 'ovl-lan-0',
    router: parseIpv4('192.168.28.2'),
    host: parseIpv4('192.168.28.5'),
  },
};
const STRETCH: DockerWish = {
  ...LAN,
  subnet: parseIpv4Prefix('10.5.34.0/24'),
  ipv6Subnet: parseIpv6Prefix('fd00:5:0:34::/64'),
  segment: { subnet: parseIpv4Prefix('10.5.0.0/16'), ipv6Subnet: parseIpv6Prefix('fd00:5::/48') },
};

test('on the LAN`s bridge Docker gets the LAN, our range of it, its router, and leaves the bridge`s addresses alone', () => {
  const spec = networkSpec(LAN);
  expect(spec.bridge).toBe('ovl-lan-0');
  expect(spec.pools).toEqual([
    {
      subnet: '192.168.28.0/24',
      gateway: '192.168.28.2',
      ipRange: '192.168.28.64/26',
      auxiliary: { host: '192.168.28.5' },
    },
  ]);
  expect(spec.options).toMatchObject({
    'com.docker.network.bridge.name': 'ovl-lan-0',
    'com.docker.network.bridge.inhibit_ipv4': 'true',
    'com.docker.network.bridge.enable_ip_masquerade': 'false',
  });
});

test('in a stretched segment the first address of our own range is the bridge`s', () => {
  const { bridge, pools, options } = networkSpec(STRETCH);
  expect(bridge).toBe('ovl-br-default');
  expect(options).not.toHaveProperty(['com.docker.network.bridge.inhibit_ipv4']);
  expect(pools).toEqual([
    { subnet: '10.5.0.0/16', gateway: '10.5.34.1', ipRange: '10.5.34.0/24' },
    { subnet: 'fd00:5::/48', gateway: 'fd00:5:0:34::1', ipRange: 'fd00:5:0:34::/64' },
  ]);
});

const made = (wish: DockerWish): DockerNetwork => {
  const { name, pools, options, labels } = networkSpec(wish);
  return { id: 'a'.repeat(64), name, driver: 'bridge', internal: false, pools, options, labels };
};

test.each<[string, DockerWish, string]>([
  ['another range', { ...LAN, subnet: parseIpv4Prefix('192.168.28.128/26') }, 'ip-range'],
  ['another router', { ...LAN, segment: { ...LAN.segment!, router: parseIpv4('192.168.28.1') } }, 'gateway'],
  [
    'a segment no more',
    { ...LAN, subnet: parseIpv4Prefix('192.168.28.0/24'), segment: undefined! },
    'ip-range',
  ],
])('a network of ours is replaced for %s', (_, wish, difference) => {
  const decision = decideNetwork([made(LAN)], networkSpec(wish));
  expect(decision).toMatchObject({
    kind: 'replace',
    differences: expect.arrayContaining([expect.stringContaining(difference) as string]) as string[],
  });
});

test('a network that is as wished is kept', () => {
  for (const wish of [LAN, STRETCH]) expect(decideNetwork([made(wish)], networkSpec(wish)).kind).toBe('keep');
});

test('daemon.json names the LAN`s bridge, range and router, has no bip and never masquerades', () => {
  for (const ipMasq of [true, false]) {
    const { text, problems } = mergeDaemonJson(undefined, { ...LAN, ipMasq }, []);
    expect(problems).toEqual([]);
    expect(JSON.parse(text ?? '')).toEqual({
      bridge: 'ovl-lan-0',
      'fixed-cidr': '192.168.28.64/26',
      'default-gateway': '192.168.28.2',
      mtu: 1500,
      'ip-masq': false,
    });
  }
});

test('back to a routed network, the bridge in daemon.json is known as ours and goes', () => {
  const first = mergeDaemonJson(undefined, LAN, []);
  const { segment: _, ...routed } = LAN;
  const { text } = mergeDaemonJson(
    first.text,
    { ...routed, subnet: parseIpv4Prefix('10.5.34.0/24') },
    [],
    first.record,
  );
  expect(JSON.parse(text ?? '')).toMatchObject({ bip: '10.5.34.1/24', 'fixed-cidr': '10.5.34.0/24' });
  expect(JSON.parse(text ?? '')).not.toHaveProperty('bridge');
  expect(JSON.parse(text ?? '')).not.toHaveProperty('default-gateway');
});

test('a bip of the administrator`s beside that bridge is OVL_DOCKER_BIP_CONFLICT, and nothing is written', () => {
  const merge = mergeDaemonJson('{"bip": "172.17.0.1/16"}', LAN, []);
  expect(merge.problems[0]?.code).toBe('OVL_DOCKER_BIP_CONFLICT');
  expect(merge.changedKeys).toEqual([]);
});

test('stretched, docker0 has the first address of the range with the length of the segment', () => {
  const { text } = mergeDaemonJson(undefined, STRETCH, []);
  expect(JSON.parse(text ?? '')).toMatchObject({ bip: '10.5.34.1/16', 'fixed-cidr': '10.5.34.0/24' });
});

test('the default network counts by the range it gives out', () => {
  const network: DockerNetwork = {
    ...made(LAN),
    name: 'bridge',
    pools: [{ subnet: '192.168.28.0/24', ipRange: '192.168.28.64/26' }],
  };
  expect(defaultBridge(network, LAN)).toEqual({
    bridge: 'ovl-lan-0',
    subnet: '192.168.28.64/26',
    differences: [],
  });
});
