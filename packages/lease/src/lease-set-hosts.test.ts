import { parseIpv4, parseIpv4Prefix } from '@overlay/cidr';

import { LeaseSet, parseNetworkConfig } from './index.js';
import type { LeasePolicy, RawLease } from './index.js';

const MAC = '02:00:00:00:00:01';
const config = parseNetworkConfig(
  '{"Network":"10.6.0.0/16","FormerNetworks":["10.5.0.0/16","10.7.0.0/24"],"Backend":{"Type":"vxlan"}}',
);

interface Written {
  readonly ip?: string;
  readonly node?: string;
  readonly mac?: string;
}

let revision = 10;

/** A lease with one MAC in Flannel's field and in two offers of ours. */
function lease(name: string, { ip = '192.0.2.1', node = 'n1', mac = MAC }: Written = {}): RawLease {
  const vxlan = (vni: number): string => `{"VNI":${vni},"VtepMAC":"${mac}"}`;
  const offers = `{"vxlan":{"Id":"b","Data":${vxlan(2)}},"vxlan/2":{"Id":"a","Data":${vxlan(1)}}}`;
  const value =
    `{"PublicIP":"${ip}","PublicIPv6":null,"BackendType":"vxlan","BackendData":${vxlan(1)},` +
    `"Overlay":{"NodeID":"${node}","Hostname":"h","Version":"1","Backends":${offers}}}`;
  const createRevision = String((revision += 1));
  return { name, value, createRevision, modRevision: createRevision, etcdLease: '7' };
}

function setOf(leases: readonly RawLease[], own?: LeasePolicy['own']): LeaseSet {
  const set = new LeaseSet({ config, ...(own && { own }) });
  set.applySnapshot({ leases, revision: '99' });
  return set;
}

const used = (set: LeaseSet): string[] => [...set.used()].map(({ name }) => name);
const codes = (set: LeaseSet): string[] => set.rejected().map(({ name, code }) => `${name} ${code}`);

test('C13 one MAC in several vxlan offers of one lease is one claim, which another host cannot make', () => {
  const first = lease('10.6.1.0-24');
  const thief = lease('10.6.2.0-24', { ip: '192.0.2.2', node: 'n2' });
  const set = setOf([first, thief]);
  expect(used(set)).toEqual(['10.6.1.0-24']);
  expect(codes(set)).toEqual(['10.6.2.0-24 OVL_LEASE_DUPLICATE']);
  const changes = set.applyEvents([{ type: 'delete', name: '10.6.1.0-24', modRevision: '100' }]);
  expect(changes.changed).toEqual(['10.6.1.0-24', '10.6.2.0-24']);
});

test('C13 an offer with a bad MAC beside a good one makes the lease unusable', () => {
  const bad = lease('10.6.1.0-24');
  const value = bad.value.replace(
    `"vxlan/2":{"Id":"a","Data":{"VNI":1,"VtepMAC":"${MAC}"}}`,
    '"vxlan/2":{"Data":{}}',
  );
  expect(codes(setOf([{ ...bad, value }]))).toEqual(['10.6.1.0-24 OVL_LEASE_MAC']);
});

test('a lease in a former network is used like one in the network', () => {
  const old = lease('10.5.9.0-24');
  const other = lease('10.6.1.0-24', { ip: '192.0.2.2', node: 'n2', mac: '02:00:00:00:00:02' });
  const set = setOf([old, other]);
  expect(used(set)).toEqual(['10.5.9.0-24', '10.6.1.0-24']);
  const inside = { ip: '10.6.9.7', node: 'n3', mac: '02:00:00:00:00:03' };
  expect(codes(setOf([old, lease('10.5.9.128-25', { ...inside, ip: '192.0.2.3' })]))).toEqual([
    '10.5.9.128-25 OVL_LEASE_OVERLAP',
  ]);
  expect(codes(setOf([lease('10.6.3.0-24', inside)]))).toEqual(['10.6.3.0-24 OVL_LEASE_ADDRESS']);
});

test('C03 hosts may have their addresses in a former network, which was the LAN, but not among their containers', () => {
  const host = { node: 'n3', mac: '02:00:00:00:00:03' };
  expect(used(setOf([lease('10.6.3.0-24', { ...host, ip: '10.5.9.7' })]))).toEqual(['10.6.3.0-24']);
  expect(codes(setOf([lease('10.5.9.0-24', { ...host, ip: '10.5.9.7' })]))).toEqual([
    '10.5.9.0-24 OVL_LEASE_ADDRESS',
  ]);
});

test.each([
  ['outside of every network', '10.8.1.0-24'],
  ['C11 as large as a former network', '10.7.0.0-24'],
  ['C11 around the network, in nothing', '10.0.0.0-8'],
])('%s: %s is rejected', (_what, name) => {
  expect(codes(setOf([lease(name)]))).toEqual([`${name} OVL_LEASE_SUBNET`]);
});

test('C11 a former network around the network does not let a lease cover the network', () => {
  const around = parseNetworkConfig(
    '{"Network":"10.6.0.0/16","FormerNetworks":["10.0.0.0/8"],"Backend":{"Type":"vxlan"}}',
  );
  const set = new LeaseSet({ config: around });
  const leases = [lease('10.6.0.0-15'), lease('10.6.0.0-16'), lease('10.9.0.0-24')];
  set.applySnapshot({ leases, revision: '99' });
  expect(used(set)).toEqual(['10.9.0.0-24']);
});

test('a host that renumbers holds two leases with one address and one MAC; a clone of it and a stranger cannot', () => {
  const leases = [
    lease('10.5.9.0-24'),
    lease('10.6.1.0-24'),
    lease('10.6.2.0-24', { ip: '192.0.2.2' }),
    lease('10.6.3.0-24', { node: 'n2' }),
    lease('10.6.4.0-24', { node: '', mac: '02:00:00:00:00:04' }),
  ];
  const set = setOf(leases);
  expect(used(set)).toEqual(['10.5.9.0-24', '10.6.1.0-24']);
  expect(codes(set)).toEqual(
    ['10.6.2.0-24', '10.6.3.0-24', '10.6.4.0-24'].map((name) => `${name} OVL_LEASE_DUPLICATE`),
  );
});

test('two leases of one host may still not overlap', () => {
  expect(codes(setOf([lease('10.6.0.0-23'), lease('10.6.1.0-24')]))).toEqual([
    '10.6.1.0-24 OVL_LEASE_OVERLAP',
  ]);
});

test('our draining subnet is ours: nobody else may be in it, and our lease of it is no duplicate', () => {
  const own = {
    subnets: { subnet: parseIpv4Prefix('10.6.1.0/24') },
    draining: [{ subnet: parseIpv4Prefix('10.5.9.0/24') }],
    publicIp: parseIpv4('192.0.2.1'),
  };
  const stranger = { ip: '192.0.2.2', node: 'n2', mac: '02:00:00:00:00:02' };
  const leases = [lease('10.5.9.0-25', stranger), lease('10.5.9.0-24'), lease('10.6.1.0-24')];
  expect(codes(setOf(leases, own))).toEqual(['10.5.9.0-25 OVL_LEASE_OVERLAP']);
  const { draining: _draining, ...alone } = own;
  expect(codes(setOf(leases.slice(1), alone))).toEqual(['10.5.9.0-24 OVL_LEASE_DUPLICATE']);
});
