import { parseIpv4, parsePrefix } from '@overlay/cidr';
import type { KernelObject, WireguardPeerObject } from '@overlay/dataplane';
import { mergeInto, mergeObjects } from './merge.js';

const peer = (prefixes: readonly string[], port = 51_820): WireguardPeerObject => ({
  type: 'wireguard-peer',
  link: 'flannel-wg',
  publicKey: 'k',
  endpoint: { address: parseIpv4('172.31.0.2'), port },
  allowedIps: prefixes.map((text) => parsePrefix(text)),
  keepaliveSeconds: 0,
});

test('a WireGuard peer with two leases has the subnets of both, sorted, each once', () => {
  const both = peer(['10.5.2.0/24', '10.6.9.0/24']);
  expect(mergeObjects(peer(['10.6.9.0/24']), peer(['10.5.2.0/24']))).toEqual(both);
  expect(mergeObjects(both, peer(['10.5.2.0/24']))).toEqual(both);
});

test('of two that differ the same one is taken in any order', () => {
  const [a, b] = [peer(['10.5.2.0/24'], 1), peer(['10.6.2.0/24'], 2)];
  expect(mergeObjects(a, b)).toEqual(mergeObjects(b, a));
  const fdb = (last: number): KernelObject => ({
    type: 'fdb',
    link: 'flannel.1',
    mac: '02:00:00:00:00:02',
    destination: parseIpv4(`172.31.0.${last}`),
  });
  expect(mergeObjects(fdb(2), fdb(3))).toEqual(mergeObjects(fdb(3), fdb(2)));
});

test('objects of other identities stay beside each other', () => {
  const desired = new Map<string, KernelObject>();
  for (const object of [peer(['10.5.2.0/24']), { ...peer(['10.5.3.0/24']), publicKey: 'other' }])
    mergeInto(desired, object);
  expect(desired.size).toBe(2);
});
