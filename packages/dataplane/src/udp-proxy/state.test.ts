import { parseIpv4, parsePrefix } from '@overlay/cidr';
import { byKey } from '../identity.js';
import type { Ownership, ProxyLink } from '../model.js';
import type { LinkState } from '../snapshot.js';
import { proxyState } from './state.js';

const alias = 'overlayd:default';
const ownership: Ownership = { alias, links: ['overlay.udp'], networks: [], adopt: false };
const local = parseIpv4('172.30.0.1');
const wanted: ProxyLink = {
  type: 'link',
  kind: 'udp-proxy',
  name: 'overlay.udp',
  mtu: 1472,
  local,
  port: 8285,
  alias,
};
const subnet = parsePrefix('10.77.2.0/24');
const endpoint = { address: parseIpv4('172.30.0.2'), port: 8285 };
const running = new Map([[wanted.name, { link: wanted, peers: [{ subnet, endpoint }] }]]);
const desired = byKey([wanted]);
const KEY = 'link:overlay.udp';

const present = (changes: Partial<LinkState> = {}): LinkState => ({
  index: 7,
  name: 'overlay.udp',
  kind: 'tun',
  mtu: 1472,
  mac: '',
  up: true,
  carrier: true,
  loopback: false,
  alias,
  ...changes,
});

test('a device that is carried is there with its peers', () => {
  const state = proxyState([present({ mtu: 1400 })], running, ownership, desired);
  expect([...state.objects.values()]).toEqual([
    { ...wanted, mtu: 1400 },
    { type: 'proxy-peer', link: wanted.name, subnet, endpoint },
  ]);
  expect([state.foreign.size, state.down?.size]).toEqual([0, 0]);
});

test.each([
  ['administratively down', present({ up: false }), desired],
  ['bound to another port than wanted', present(), byKey([{ ...wanted, port: 8286 }])],
  ['bound to another address than wanted', present(), byKey([{ ...wanted, local: parseIpv4('172.30.0.9') }])],
])('one that is %s is reported as down', (_, link, want) => {
  expect(proxyState([link], running, ownership, want).down).toEqual(new Set([KEY]));
});

test('one left by an earlier process is absent while it is wanted, and there when it is not', () => {
  expect(proxyState([present()], new Map(), ownership, desired).objects.size).toBe(0);
  const left = proxyState([present()], new Map(), { ...ownership, links: [] }, new Map());
  expect(left.objects.get(KEY)).toMatchObject({ kind: 'udp-proxy', name: 'overlay.udp', alias });
});

test('one of another owner is foreign where it is wanted, and otherwise nothing', () => {
  const foreign = present({ alias: 'overlayd:other' });
  expect(proxyState([foreign], new Map(), ownership, desired).foreign.get(KEY)).toContain('"overlayd:other"');
  expect(proxyState([foreign], new Map(), ownership, new Map())).toMatchObject({
    objects: new Map(),
    foreign: new Map(),
  });
});

test('a device of ours of another kind is left to who makes it', () => {
  const state = proxyState([present({ kind: 'ipip' })], new Map(), ownership, desired);
  expect([state.objects.size, state.foreign.size]).toEqual([0, 0]);
});
