import { formatPrefix, parseAddress, parseIpv4 } from '@overlay/cidr';

import { formatLeaseValue, LeaseSet, parseLeaseName, parseNetworkConfig } from './index.js';
import type { LeaseEvent, LeasePolicy, RawLease } from './index.js';

const config = parseNetworkConfig('{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}');
const dualConfig = parseNetworkConfig(
  '{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/48","Backend":{"Type":"vxlan"}}',
);
const policy: LeasePolicy = { config };

function vxlan(ip: string, mac: string): string {
  return `{"PublicIP":"${ip}","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"${mac}"}}`;
}

function hostGw(ip: string, ipv6?: string): string {
  return `{"PublicIP":"${ip}","PublicIPv6":${JSON.stringify(ipv6 ?? null)},"BackendType":"host-gw"}`;
}

function raw(name: string, value: string, create: number, mod = create): RawLease {
  return { name, value, createRevision: String(create), modRevision: String(mod), etcdLease: '7' };
}

function put(name: string, value: string, create: number, mod = create): LeaseEvent {
  return { type: 'put', lease: raw(name, value, create, mod) };
}

function remove(name: string, mod: number): LeaseEvent {
  return { type: 'delete', name, modRevision: String(mod) };
}

function usedNames(set: LeaseSet): string[] {
  return [...set.used()].map((lease) => lease.name);
}

function codes(set: LeaseSet): Record<string, string> {
  return Object.fromEntries(set.rejected().map(({ name, code }) => [name, code]));
}

const A = put('10.5.1.0-24', vxlan('192.0.2.1', '02:00:00:00:00:01'), 10);
const B = put('10.5.2.0-24', vxlan('192.0.2.2', '02:00:00:00:00:02'), 11);

describe('one lease by itself', () => {
  test.each([
    ['C04 a length other than SubnetLen inside Network', '10.5.4.0-22', hostGw('192.0.2.9')],
    ['the smallest length', '10.5.4.0-30', hostGw('192.0.2.9')],
    ['a public address that is link-local', '10.5.4.0-24', hostGw('169.254.3.3')],
    ['no BackendType', '10.5.4.0-24', '{"PublicIP":"192.0.2.9"}'],
  ])('is used with %s', (_what, name, value) => {
    const set = new LeaseSet(policy);
    expect(set.applyEvents([put(name, value, 5)])).toEqual({ changed: [name], rejected: [], cleared: [] });
    expect(usedNames(set)).toEqual([name]);
  });

  test.each([
    ['C09 a foreign key', 'note', '{}', 'OVL_LEASE_KEY'],
    ['C09 a nested key', 'a/10.5.2.0-24', hostGw('192.0.2.9'), 'OVL_LEASE_KEY'],
    ['C10 a key with a prefix', 'x10.5.2.0-24', hostGw('192.0.2.9'), 'OVL_LEASE_KEY'],
    ['C10 host bits', '10.5.2.7-24', hostGw('192.0.2.9'), 'OVL_LEASE_KEY'],
    ['C11 half of IPv4', '128.0.0.0-1', hostGw('192.0.2.9'), 'OVL_LEASE_SUBNET'],
    ['C11 everything', '0.0.0.0-0', hostGw('192.0.2.9'), 'OVL_LEASE_SUBNET'],
    ['C11 the Network itself', '10.5.0.0-16', hostGw('192.0.2.9'), 'OVL_LEASE_SUBNET'],
    ['C11 outside Network', '10.6.0.0-24', hostGw('192.0.2.9'), 'OVL_LEASE_SUBNET'],
    ['a /31', '10.5.2.0-31', hostGw('192.0.2.9'), 'OVL_LEASE_SUBNET'],
    ['C08 no JSON', '10.5.2.0-24', '{', 'OVL_LEASE_VALUE'],
    [
      'C15 more than 8 KB',
      '10.5.2.0-24',
      `{"PublicIP":"192.0.2.9","x":"${'a'.repeat(8192)}"}`,
      'OVL_LEASE_VALUE',
    ],
    ['C15 nesting', '10.5.2.0-24', `{"BackendData":${'['.repeat(99)}${']'.repeat(99)}}`, 'OVL_LEASE_VALUE'],
    ['C15 1e999', '10.5.2.0-24', '{"PublicIP":"192.0.2.9","BackendData":1e999}', 'OVL_LEASE_VALUE'],
    ['C14 0.0.0.0', '10.5.2.0-24', '{}', 'OVL_LEASE_ADDRESS'],
    ['C14 loopback', '10.5.2.0-24', hostGw('127.0.0.1'), 'OVL_LEASE_ADDRESS'],
    ['C14 multicast', '10.5.2.0-24', hostGw('224.0.0.1'), 'OVL_LEASE_ADDRESS'],
    ['C14 inside the overlay', '10.5.2.0-24', hostGw('10.5.9.1'), 'OVL_LEASE_ADDRESS'],
    ['C13 no MAC', '10.5.2.0-24', '{"PublicIP":"192.0.2.9","BackendType":"vxlan"}', 'OVL_LEASE_MAC'],
    ['C13 zero MAC', '10.5.2.0-24', vxlan('192.0.2.9', '00:00:00:00:00:00'), 'OVL_LEASE_MAC'],
    ['C13 multicast MAC', '10.5.2.0-24', vxlan('192.0.2.9', '01:00:5e:00:00:01'), 'OVL_LEASE_MAC'],
    ['C13 8-byte MAC', '10.5.2.0-24', vxlan('192.0.2.9', '02:00:00:00:00:00:00:01'), 'OVL_LEASE_MAC'],
  ])('%s is rejected and touches nobody', (_what, name, value, code) => {
    const set = new LeaseSet(policy);
    set.applyEvents([A]);
    const changes = set.applyEvents([put(name, value, 20)]);
    expect(changes).toMatchObject({ changed: [], rejected: [{ name, code }], cleared: [] });
    expect(usedNames(set)).toEqual(['10.5.1.0-24']);
    expect(codes(set)).toEqual({ [name]: code });
    expect(set.applyEvents([remove(name, 21)])).toEqual({ changed: [], rejected: [], cleared: [name] });
  });

  test.each(['169.254.0.0', '127.1.0.0', '224.5.0.0', '0.5.0.0'])(
    'a Network at %s yields no usable lease (I6)',
    (base) => {
      const reserved = parseNetworkConfig(`{"Network":"${base}/16","Backend":{"Type":"host-gw"}}`);
      expect(reserved.warnings.map(({ code }) => code)).toContain('OVL_CONFIG_RESERVED_NETWORK');
      const set = new LeaseSet({ config: reserved });
      set.applyEvents([put(`${base}-24`, hostGw('192.0.2.9'), 5)]);
      expect(set.size).toBe(0);
    },
  );
});

describe('leases that exclude each other', () => {
  test.each([
    ['C12 overlap', put('10.5.0.0-20', hostGw('192.0.2.9'), 12), 'OVL_LEASE_OVERLAP'],
    ['C12 overlap from inside', put('10.5.1.128-25', hostGw('192.0.2.9'), 12), 'OVL_LEASE_OVERLAP'],
    ['C14 one public address', put('10.5.9.0-24', hostGw('192.0.2.1'), 12), 'OVL_LEASE_DUPLICATE'],
    ['C13 one MAC', put('10.5.9.0-24', vxlan('192.0.2.9', '02-00-00-00-00-01'), 12), 'OVL_LEASE_DUPLICATE'],
  ])('%s: the older one wins, and the younger takes over when it goes', (_what, younger, code) => {
    const name = younger.type === 'put' ? younger.lease.name : '';
    const set = new LeaseSet(policy);
    set.applyEvents([younger]);
    expect(set.applyEvents([A])).toMatchObject({
      changed: [name, '10.5.1.0-24'].sort(),
      rejected: [{ name, code }],
    });
    expect(usedNames(set)).toEqual(['10.5.1.0-24']);
    const change = set.applyEvents([remove('10.5.1.0-24', 30)]);
    expect(change).toEqual({ changed: [name, '10.5.1.0-24'].sort(), rejected: [], cleared: [name] });
    expect(usedNames(set)).toEqual([name]);
  });

  test('a rejected lease excludes nobody: only leases in use count', () => {
    const set = new LeaseSet(policy);
    set.applyEvents([
      A,
      put('10.5.0.0-17', hostGw('192.0.2.9'), 12),
      put('10.5.3.0-24', hostGw('192.0.2.3'), 13),
    ]);
    expect(usedNames(set)).toEqual(['10.5.1.0-24', '10.5.3.0-24']);
    set.applyEvents([remove('10.5.1.0-24', 20)]);
    expect(usedNames(set)).toEqual(['10.5.0.0-17']);
    expect(codes(set)).toEqual({ '10.5.3.0-24': 'OVL_LEASE_OVERLAP' });
  });

  test('C12 C14 I6 nothing may overlap our own subnet or use our address, however old it is', () => {
    const set = new LeaseSet(policy);
    set.applyEvents([
      A,
      B,
      put('10.5.0.0-23', hostGw('192.0.2.9'), 3),
      put('10.5.7.0-24', hostGw('192.0.2.1'), 4),
    ]);
    expect(usedNames(set)).toEqual(['10.5.0.0-23', '10.5.2.0-24', '10.5.7.0-24']);
    const own = { subnets: parseLeaseName('10.5.1.0-24'), publicIp: parseIpv4('192.0.2.1') };
    expect(set.setPolicy({ config, own }).changed).toEqual(['10.5.0.0-23', '10.5.1.0-24', '10.5.7.0-24']);
    expect(usedNames(set)).toEqual(['10.5.1.0-24', '10.5.2.0-24']);
    expect(codes(set)).toEqual({ '10.5.0.0-23': 'OVL_LEASE_OVERLAP', '10.5.7.0-24': 'OVL_LEASE_DUPLICATE' });
    expect(set.setPolicy({ config, own })).toEqual({ changed: [], rejected: [], cleared: [] });
  });
});

describe('what came before', () => {
  test('C08 a bad new value is reported and the last good one stays until the key is deleted', () => {
    const set = new LeaseSet(policy);
    set.applyEvents([A]);
    const bad = set.applyEvents([put('10.5.1.0-24', 'garbage', 10, 12)]);
    expect(bad).toMatchObject({ changed: [], rejected: [{ name: '10.5.1.0-24', code: 'OVL_LEASE_VALUE' }] });
    expect(set.get('10.5.1.0-24')?.modRevision).toBe('10');
    expect(
      set.applySnapshot({ leases: [raw('10.5.1.0-24', 'garbage', 10, 12)], revision: '13' }).changed,
    ).toEqual([]);
    expect(set.applyEvents([remove('10.5.1.0-24', 14)]).changed).toEqual(['10.5.1.0-24']);
    set.applyEvents([put('10.5.1.0-24', 'garbage', 15)]);
    expect(set.size).toBe(0);
  });

  test('a good value of a deleted key does not come back under its successor', () => {
    const set = new LeaseSet(policy);
    set.applyEvents([A]);
    expect(set.applyEvents([put('10.5.1.0-24', 'garbage', 12)]).changed).toEqual(['10.5.1.0-24']);
    expect(set.size).toBe(0);
  });

  test('a renewal changes nothing, but its revision is known', () => {
    const set = new LeaseSet(policy);
    set.applyEvents([A]);
    const renewal = put('10.5.1.0-24', vxlan('192.0.2.1', '02:00:00:00:00:01'), 10, 44);
    expect(set.applyEvents([renewal])).toEqual({ changed: [], rejected: [], cleared: [] });
    expect(set.get('10.5.1.0-24')?.modRevision).toBe('44');
    expect(set.highestRevision).toBe('44');
  });

  test('A08 events older than the snapshot or than what is known are ignored', () => {
    const set = new LeaseSet(policy);
    set.applySnapshot({ leases: [], revision: '9007199254740993' });
    set.applyEvents([A]);
    expect(set.size).toBe(0);
    const late = put('10.5.1.0-24', hostGw('192.0.2.1'), 1, Number.MAX_SAFE_INTEGER);
    expect(set.applyEvents([late]).changed).toEqual([]);
    expect(set.highestRevision).toBe('9007199254740993');
  });

  test('A17 a snapshot of a restored store is the truth although its revision is lower', () => {
    const set = new LeaseSet(policy);
    set.applySnapshot({
      leases: [raw('10.5.1.0-24', hostGw('192.0.2.1'), 10), raw('10.5.2.0-24', hostGw('192.0.2.2'), 20)],
      revision: '31',
    });
    expect(
      set.applySnapshot({ leases: [raw('10.5.1.0-24', hostGw('192.0.2.1'), 3)], revision: '6' }).changed,
    ).toEqual(['10.5.2.0-24']);
    expect(set.applyEvents([put('10.5.2.0-24', hostGw('192.0.2.2'), 7)]).changed).toEqual(['10.5.2.0-24']);
  });
});

describe('C17 the families are independent', () => {
  const name = '10.5.1.0-24&fd00:5:0:1::-64';
  test.each([
    ['whole', name, hostGw('192.0.2.1', '2001:db8::1'), 'fd00:5:0:1::/64', undefined],
    ['without an IPv6 public address', name, hostGw('192.0.2.1'), 'fd00:5:0:1::/64', undefined],
    [
      'IPv6 outside its network',
      '10.5.1.0-24&fd00:6:0:1::-64',
      hostGw('192.0.2.1'),
      undefined,
      'OVL_LEASE_SUBNET',
    ],
    ['IPv6 loopback as endpoint', name, hostGw('192.0.2.1', '::1'), undefined, 'OVL_LEASE_ADDRESS'],
    ['no IPv6 MAC for vxlan', name, vxlan('192.0.2.1', '02:00:00:00:00:01'), undefined, 'OVL_LEASE_MAC'],
  ])('%s', (_what, key, value, ipv6, code) => {
    const set = new LeaseSet({ config: dualConfig });
    set.applyEvents([put(key, value, 5)]);
    const lease = set.get(key);
    expect(lease?.subnet && formatPrefix(lease.subnet)).toBe('10.5.1.0/24');
    expect(lease?.ipv6Subnet && formatPrefix(lease.ipv6Subnet)).toBe(ipv6);
    expect(codes(set)[key]).toBe(code);
  });

  test('an IPv6 half that overlaps an older one goes alone, and comes back', () => {
    const set = new LeaseSet({ config: dualConfig });
    const younger = '10.5.2.0-24&fd00:5:0:1::-64';
    set.applyEvents([put(name, hostGw('192.0.2.1'), 5), put(younger, hostGw('192.0.2.2'), 6)]);
    expect(set.get(younger)?.ipv6Subnet).toBeUndefined();
    expect(set.find(parseAddress('fd00:5:0:1::9'))?.name).toBe(name);
    expect(set.applyEvents([remove(name, 7)])).toEqual({
      changed: [name, younger],
      rejected: [],
      cleared: [younger],
    });
    expect(set.find(parseAddress('fd00:5:0:1::9'))?.name).toBe(younger);
  });

  test('the IPv6 half of a rejected lease is not used', () => {
    const set = new LeaseSet({ config: dualConfig });
    set.applyEvents([put('10.5.0.0-22', hostGw('192.0.2.2'), 4), put(name, hostGw('192.0.2.1'), 5)]);
    expect(set.find(parseAddress('fd00:5:0:1::9'))).toBeUndefined();
  });
});

test('find gives the lease whose subnet contains the address', () => {
  const set = new LeaseSet(policy);
  set.applyEvents([A, put('10.5.16.0-20', hostGw('192.0.2.3'), 12)]);
  expect(set.find(parseAddress('10.5.1.255'))?.name).toBe('10.5.1.0-24');
  expect(set.find(parseAddress('10.5.31.7'))?.name).toBe('10.5.16.0-20');
  expect(set.find(parseAddress('10.5.2.0'))).toBeUndefined();
  expect(set.find(parseAddress('fd00::1'))).toBeUndefined();
});

test('a vxlan offer in the Overlay field claims its MAC too', () => {
  const set = new LeaseSet(policy);
  const offer = formatLeaseValue({
    publicIp: parseIpv4('192.0.2.9'),
    backendType: 'host-gw',
    overlay: {
      nodeId: 'n',
      hostname: 'h',
      version: '1',
      backends: [{ type: 'vxlan', data: { VNI: 1, VtepMAC: '02:00:00:00:00:01' } }],
    },
  });
  set.applyEvents([A, put('10.5.9.0-24', offer, 50)]);
  expect(codes(set)).toEqual({ '10.5.9.0-24': 'OVL_LEASE_DUPLICATE' });
});
