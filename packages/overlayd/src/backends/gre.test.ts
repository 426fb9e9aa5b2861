import { parseIpv4, parsePrefix, type OverlayError } from '@overlay/cidr';
import type { JsonObject } from '@overlay/lease';
import { announced, factsOf, inputOf } from '../../test/support/backend-cases.js';
import { createFrom } from './registry.js';

const gre = (options: JsonObject = {}, slot: 0 | 1 = 0) =>
  createFrom('gre', { Type: 'gre', ...options }, slot);
const linkOf = (options: JsonObject = {}, slot: 0 | 1 = 0) =>
  gre(options, slot)
    .planNode(inputOf(1, true))
    .find(({ type }) => type === 'link');

test('one multipoint device, from this host’s address, TTL 64, path MTU discovery, no key', () => {
  expect(linkOf()).toEqual({
    type: 'link',
    kind: 'gre',
    name: 'overlay.gre',
    local: parseIpv4('172.31.0.1'),
    ttl: 64,
    pathMtuDiscovery: true,
    mtu: 1476,
    alias: 'overlayd:default',
  });
});

test('Key, TTL, DF and MTU reach the device; a key of 0 is a key', () => {
  expect(linkOf({ Key: 0, TTL: 0, DF: false, MTU: 1400 })).toMatchObject({
    key: 0,
    ttl: 0,
    pathMtuDiscovery: false,
    mtu: 1372,
  });
  expect(gre({ Key: 0 }).id).toBe('gre key 0');
  expect(gre({ Key: null }).id).toBe('gre');
});

test('slot 1 is tied to the interface too, so that it can stand beside a device of the same key', () => {
  expect(linkOf({}, 1)).toMatchObject({ name: 'overlay.greb', underlay: 'eth0' });
});

test('a peer is a neighbour with its underlay address as link-layer address, and a route, per family on one device', () => {
  const { objects } = gre().planPeer(inputOf(1, true), announced(gre(), 9, true));
  expect(objects.map(({ type }) => type)).toEqual(['neighbour', 'route', 'neighbour', 'route']);
  const underlay = parseIpv4('172.31.0.9');
  for (const object of objects) {
    expect(object).toMatchObject({ link: 'overlay.gre' });
    if (object.type === 'neighbour') expect(object.mac).toEqual(underlay);
    if (object.type === 'route') expect(object.onlink).toBe(true);
  }
});

test('C17 a peer with an IPv6 subnet and no IPv6 underlay is reached in both families', () => {
  const { publicIpv6: _, ...facts } = factsOf(9);
  const { objects } = gre().planPeer(inputOf(1, true), announced(gre(), 9, true, facts));
  expect(objects).toHaveLength(4);
});

test('NAT: a public address that is not the interface’s own is refused', () => {
  const facts = { ...factsOf(1), publicIp: parseIpv4('198.51.100.7') };
  expect(gre().refuse(facts, false)).toMatch(
    /gre needs the public address \(198\.51\.100\.7\).*172\.31\.0\.1/,
  );
});

test('a keyed device is not for who announces no key', () => {
  expect(gre().accepts({ type: 'gre' })).toBe(true);
  expect(gre({ Key: 5 }).accepts({ type: 'gre' })).toBe(false);
});

describe('DirectRouting', () => {
  const backend = gre({ DirectRouting: true });
  const near = announced(backend, 9, false);

  test('a peer on the same link that takes it is one plain route, named for the firewall', () => {
    const { objects, direct } = backend.planPeer(inputOf(1, false), near);
    expect(objects).toEqual([expect.objectContaining({ type: 'route', link: 'eth0', onlink: false })]);
    expect(direct).toEqual([parseIpv4('172.31.0.9')]);
  });

  test('a peer of ours that does not announce it gets the tunnel: its firewall would drop what comes straight', () => {
    const offer = { ...near.offer, options: {} };
    const { objects, direct } = backend.planPeer(inputOf(1, false), { ...near, offer });
    expect(objects.map(({ type }) => type)).toEqual(['neighbour', 'route']);
    expect(direct).toEqual([]);
  });

  test('of who announces no options the sender decides, as in Flannel', () => {
    const { direct } = backend.planPeer(inputOf(1, false), { ...near, offer: { type: 'gre' } });
    expect(direct).toHaveLength(1);
  });

  test('a peer behind a router gets the tunnel', () => {
    const far = announced(backend, 9, false, factsOf(9, true));
    expect(backend.planPeer(inputOf(1, false), far).direct).toEqual([]);
  });
});

test.each<[string, JsonObject, string]>([
  ['Key', { Key: -1 }, 'from 0 to 4294967295'],
  ['Key', { Key: 4_294_967_296 }, 'from 0 to 4294967295'],
  ['Key', { Key: '7' }, 'a whole number'],
  ['TTL', { TTL: 256 }, 'from 0 to 255'],
  ['DF', { DF: 'no' }, 'true or false'],
  ['MTU', { MTU: -1 }, 'from 0 to 65535'],
])('a bad %s is OVL_BACKEND_OPTION and names the key and the bound (%j)', (key, options, bound) => {
  const attempt = (): unknown => gre(options);
  expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_BACKEND_OPTION' }) as OverlayError);
  expect(attempt).toThrow(key);
  expect(attempt).toThrow(bound);
});

test('the base address of each subnet is alone on the device', () => {
  const addresses = gre()
    .planNode(inputOf(1, true))
    .flatMap((object) => (object.type === 'address' ? [`${object.address.family} /${object.length}`] : []));
  expect(addresses).toEqual(['4 /32', '6 /128']);
  expect(gre().planNode(inputOf(1, true))).toContainEqual({
    type: 'address',
    link: 'overlay.gre',
    address: { family: 4, bits: parsePrefix('10.5.1.0/24').bits },
    length: 32,
  });
});

test('D17 reverse path filtering is loose on the device, and IPv6 settings are left alone where the kernel has none', () => {
  const keys = (mtu: number): readonly string[] =>
    gre({ MTU: mtu })
      .planNode(inputOf(1, false))
      .flatMap((object) => (object.type === 'sysctl' ? [`${object.key}=${object.value}`] : []));
  const loose = 'net/ipv4/conf/overlay.gre/rp_filter=2';
  expect(keys(1304)).toEqual(['net/ipv6/conf/overlay.gre/accept_ra=0', loose]);
  expect(keys(1303)).toEqual([loose]);
});
