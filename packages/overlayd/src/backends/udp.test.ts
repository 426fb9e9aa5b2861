import { formatAddress, formatPrefix, type OverlayError } from '@overlay/cidr';
import type { KernelFeature, KernelObject } from '@overlay/dataplane';
import type { JsonObject } from '@overlay/lease';
import { announced, factsOf, inputOf } from '../../test/support/backend-cases.js';
import type { HostFacts } from './model.js';
import { createFrom } from './registry.js';

const udp = (options: JsonObject = {}, slot: 0 | 1 = 0) =>
  createFrom('udp', { Type: 'udp', ...options }, slot);
const lacks = (...features: KernelFeature[]): HostFacts => ({ ...factsOf(1), missing: new Set(features) });
const routes = (objects: readonly KernelObject[]): readonly string[] =>
  objects.flatMap((object) =>
    object.type === 'route'
      ? [
          `${formatPrefix(object.destination)} ${object.gateway === undefined ? '-' : formatAddress(object.gateway)} ${object.link ?? ''}`,
        ]
      : [],
  );

test('the kernel carries it: a port that takes IPv4 apart and an ipip device that fills it', () => {
  const objects = udp().planNode(inputOf(1, false));
  expect(objects[0]).toEqual({ type: 'fou', family: 4, port: 8285, protocol: 4 });
  expect(objects[1]).toMatchObject({
    kind: 'ipip',
    name: 'overlay.udp',
    underlay: 'eth0',
    mtu: 1472,
    encapsulation: { sourcePort: 8285, destinationPort: 8285 },
  });
});

test('IPv6 goes in a sit device over the IPv4 underlay, on the next port', () => {
  const objects = udp().planNode(inputOf(1, true));
  expect(objects).toContainEqual({ type: 'fou', family: 4, port: 8286, protocol: 41 });
  const encapsulation = { sourcePort: 8286, destinationPort: 8286 };
  expect(objects).toContainEqual(
    expect.objectContaining({ kind: 'sit', name: 'overlay-v6.udp', encapsulation }),
  );
  expect(routes(udp().planPeer(inputOf(1, true), announced(udp(), 9, true)).objects)).toEqual([
    '10.5.9.0/24 172.31.0.9 overlay.udp',
    'fc00:5:0:9::/64 ::ac1f:9 overlay-v6.udp',
  ]);
});

test('its lease is Flannel’s: no type, no data; any lease without an id is taken', () => {
  expect(udp().publish(factsOf(1), true)).toEqual({ type: '' });
  expect(udp().accepts({ type: 'udp' })).toBe(true);
});

describe('a kernel without foo-over-UDP', () => {
  test.each<KernelFeature>(['fou', 'ipip'])('without %s a proxy carries IPv4', (feature) => {
    const input = inputOf(1, false, lacks(feature));
    expect(udp().planNode(input)[0]).toMatchObject({ kind: 'udp-proxy', name: 'overlay.udp', port: 8285 });
    const { objects } = udp().planPeer(input, announced(udp(), 9, false));
    expect(objects.map(({ type }) => type)).toEqual(['proxy-peer', 'route']);
    expect(objects[0]).toMatchObject({ endpoint: { port: 8285 } });
    expect(routes(objects)).toEqual(['10.5.9.0/24 - overlay.udp']);
  });

  test('without sit the kernel carries IPv4 and a proxy IPv6', () => {
    const links = udp()
      .planNode(inputOf(1, true, lacks('sit')))
      .flatMap((object) => (object.type === 'link' ? [`${object.name} ${object.kind}`] : []));
    expect(links).toEqual(['overlay.udp ipip', 'overlay-v6.udp udp-proxy']);
  });

  test('OVL_UDP_PROXY says which modules to load, and only about the families in use', () => {
    const said = udp().warning?.(lacks('fou', 'ipip'), false);
    expect(said?.code).toBe('OVL_UDP_PROXY');
    expect(said?.message).toContain('modprobe -a fou ipip');
    expect(udp().warning?.(lacks('sit'), false)).toBeUndefined();
    expect(udp().warning?.(lacks('sit'), true)?.message).toContain('modprobe -a sit');
  });

  test('it is refused only if there is no TUN device either', () => {
    expect(udp().refuse(lacks('fou'), true)).toBeUndefined();
    expect(udp().refuse(lacks('tun'), true)).toBeUndefined();
    expect(udp().refuse(lacks('fou', 'tun'), false)).toMatch(/modprobe fou.*modprobe tun.*another backend/);
  });
});

test('NAT is no obstacle', () => {
  const publicIp = factsOf(77).publicIp;
  expect(udp().refuse({ ...factsOf(1), publicIp }, false)).toBeUndefined();
});

test('Port 0 is the default; PortV6 follows Port', () => {
  expect(udp({ Port: 0 }).id).toBe('udp port 8285 ipv6 port 8286');
  expect(udp({ Port: 9000 }).id).toBe('udp port 9000 ipv6 port 9001');
  expect(udp({ Port: 65_535 }).id).toBe('udp port 65535 ipv6 port 65534');
});

test.each<[string, JsonObject, string]>([
  ['Port', { Port: 65_536 }, 'from 0 to 65535'],
  ['PortV6', { PortV6: -1 }, 'from 0 to 65535'],
  ['PortV6', { Port: 9000, PortV6: 9000 }, 'must differ from Port (9000)'],
])('a bad %s is OVL_BACKEND_OPTION and names the key and the bound (%j)', (key, options, bound) => {
  const attempt = (): unknown => udp(options);
  expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_BACKEND_OPTION' }) as OverlayError);
  expect(attempt).toThrow(key);
  expect(attempt).toThrow(bound);
});
