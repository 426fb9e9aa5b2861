import { parseNetworkConfig, type RawLease } from '@overlay/lease';
import { changeLine } from '../commands/lease-watch.js';
import { configChange, configChangeText } from './config-change.js';
import { entryOfRow } from './entry.js';
import { findLease } from './find.js';
import { misfit, subnetsOf } from './fit.js';
import { viewOfSnapshot } from './from-etcd.js';
import { leaseChanges } from './lease-changes.js';
import { leaseFacts, leaseTable } from './lease-table.js';
import { findNode, findNodes, nodesOf, nodeTable } from './nodes.js';

const CONFIG = parseNetworkConfig('{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}');
const STYLE = { wide: false, colour: false };

function raw(name: string, value: string, etcdLease = '7'): RawLease {
  return { name, value, createRevision: '3', modRevision: '4', etcdLease };
}
const vxlan = (ip: string, mac: string, extra = ''): string =>
  `{"PublicIP":"${ip}","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"${mac}"}${extra}}`;

const LEASES = [
  raw('10.5.34.0-24', vxlan('172.31.0.1', '7e:73:a8:ee:4d:53')),
  raw(
    '10.5.7.0-24',
    vxlan(
      '172.31.0.2',
      '7e:73:a8:ee:4d:54',
      ',"Overlay":{"NodeID":"n2","Hostname":"host2","Version":"0.1.0","Backends":{}}',
    ),
  ),
  raw('10.5.9.0-24', '{"PublicIP":"172.31.0.9","PublicIPv6":null}', '0'),
  raw('garbage', 'x'),
  raw('10.9.1.0-24', vxlan('172.31.0.5', '7e:73:a8:ee:4d:55')),
];
const VIEW = viewOfSnapshot({ leases: LEASES, revision: '9' }, CONFIG);

test('without a daemon the leases are judged by the config: valid, reserved or rejected with the reason, by subnet', () => {
  expect(VIEW.leases.map(({ name, state }) => [name, state])).toEqual([
    ['10.5.7.0-24', 'valid'],
    ['10.5.9.0-24', 'reserved'],
    ['10.5.34.0-24', 'valid'],
    ['10.9.1.0-24', 'rejected'],
    ['garbage', 'rejected'],
  ]);
  expect(VIEW.leases[3]?.reason).toContain('10.5.0.0/16');
});

test('without a config nothing but an unreadable key is rejected', () => {
  const { leases } = viewOfSnapshot({ leases: LEASES, revision: '9' }, undefined);
  expect(leases.filter(({ state }) => state === 'rejected').map(({ name }) => name)).toEqual(['garbage']);
});

test('the table of leases', () => {
  const leases = VIEW.leases.map((lease, at) => ({
    ...lease,
    own: at === 0,
    expiresInSeconds: at === 0 ? 86_000 : null,
  }));
  expect(leaseTable(leases, STYLE)).toBe(
    [
      'SUBNET         NODE        PUBLIC-IP   BACKEND  EXPIRES  STATE',
      '10.5.7.0/24 *  host2       172.31.0.2  vxlan    23h 53m  valid',
      '10.5.9.0/24    172.31.0.9  172.31.0.9  -        never    reserved',
      '10.5.34.0/24   172.31.0.1  172.31.0.1  vxlan    -        valid',
      '10.9.1.0/24    172.31.0.5  172.31.0.5  vxlan    -        rejected',
      'garbage        -           -           -        -        rejected',
      '',
    ].join('\n'),
  );
  expect(leaseTable(leases, { ...STYLE, wide: true })).toContain('7e:73:a8:ee:4d:54/1  4         0.1.0');
  expect(leaseTable([], STYLE)).toBe('No leases.\n');
});

test('what a node receives by, and that it must renumber, is in the wide table, in full, and in the nodes', () => {
  const offers =
    '{"gre":{"Id":"gre key 7"},"vxlan":{"Id":"vxlan vni 1 port 8472","Data":{"VtepMAC":"02:00:00:00:00:09"}}}';
  const overlay = `,"Overlay":{"NodeID":"n7","Hostname":"host7","Version":"0.2.0","Backends":${offers},"MustRenumber":true}`;
  const lease = raw('10.5.7.0-24', vxlan('172.31.0.7', '02:00:00:00:00:09', overlay));
  const { leases } = viewOfSnapshot({ leases: [lease], revision: '9' }, CONFIG);
  expect(leases[0]).toMatchObject({ backends: ['gre key 7', 'vxlan vni 1 port 8472'], mustRenumber: true });
  expect(leaseTable(leases, { ...STYLE, wide: true })).toContain('  gre key 7, vxlan vni 1 port 8472  yes ');
  const text = leaseFacts(leases[0]!);
  expect(text).toMatch(/^receives by: +gre key 7\n +vxlan vni 1 port 8472$/m);
  expect(text).toMatch(/^must renumber: +yes: overlayctl node renumber$/m);
  const nodes = nodeTable(nodesOf(leases), STYLE);
  expect(nodes).toMatch(/^host7 +172\.31\.0\.7 +10\.5\.7\.0\/24 +gre vxlan +valid, must renumber$/m);
  expect(nodeTable(nodesOf(leases), { ...STYLE, wide: true })).toContain('gre key 7, vxlan vni 1 port 8472');
});

test('one lease in full leaves out what is unknown', () => {
  const text = leaseFacts(VIEW.leases[1]!);
  expect(text).toContain('public address: 172.31.0.9\n');
  expect(text).not.toContain('etcd lease');
  expect(leaseFacts(VIEW.leases[2]!)).not.toMatch(/receives by|must renumber/);
});

test('a lease is found by its subnet, its key, its IPv4 half, and an unreadable key as it stands', () => {
  const dual = { name: '10.5.1.0-24&fc00::-64' };
  const all = [...LEASES, dual];
  expect(findLease(all, '10.5.34.0/24').name).toBe('10.5.34.0-24');
  expect(findLease(all, '10.5.34.0-24').name).toBe('10.5.34.0-24');
  expect(findLease(all, '10.5.1.0/24')).toBe(dual);
  expect(findLease(all, '10.5.1.0/24,fc00::/64')).toBe(dual);
  expect(findLease(all, 'garbage').name).toBe('garbage');
  expect(() => findLease(all, '10.5.2.0/24')).toThrow(
    expect.objectContaining({ code: 'OVL_NOT_FOUND' }) as Error,
  );
  expect(() => findLease(all, '10.5.2.1/24')).toThrow(
    expect.objectContaining({ code: 'OVL_CIDR_INVALID' }) as Error,
  );
  expect(() => findLease(all, 'nonsense')).toThrow(
    expect.objectContaining({ code: 'OVL_LEASE_KEY' }) as Error,
  );
});

test('nodes gather their leases by node id, else by public address, and are found by any of their names', () => {
  const two = raw(
    '10.5.8.0-24',
    vxlan(
      '172.31.0.3',
      '7e:73:a8:ee:4d:56',
      ',"Overlay":{"NodeID":"n2","Hostname":"host2","Version":"0.1.0","Backends":{}}',
    ),
  );
  const nodes = nodesOf(viewOfSnapshot({ leases: [...LEASES, two], revision: '9' }, CONFIG).leases);
  expect(nodes.map(({ node, leases }) => [node, leases.length])).toEqual([
    ['172.31.0.1', 1],
    ['172.31.0.5', 1],
    ['172.31.0.9', 1],
    ['garbage', 1],
    ['host2', 2],
  ]);
  for (const name of ['host2', 'n2', '10.5.8.0/24', '10.5.7.0-24']) {
    expect(findNodes(nodes, name).map(({ node }) => node)).toEqual(['host2']);
    expect(findNode(nodes, name).node).toBe('host2');
  }
  const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });
  expect(() => findNode(nodes, 'host3')).toThrow(code('OVL_NOT_FOUND') as Error);
  expect(() => findNode([...nodes, ...nodes], 'host2')).toThrow(code('OVL_CONFLICT') as Error);
});

test('changes between two views', () => {
  const [first, second, ...rest] = VIEW.leases;
  const after = {
    ...VIEW,
    revision: '10',
    leases: [{ ...first!, state: 'rejected' }, ...rest, { ...second!, name: 'new' }],
  };
  const changes = leaseChanges(VIEW, after);
  expect(changes.map(({ type, lease }) => [type, lease.name])).toEqual([
    ['changed', '10.5.7.0-24'],
    ['added', 'new'],
    ['removed', '10.5.9.0-24'],
  ]);
  expect(changeLine(changes[1]!, STYLE)).toBe('added    10.5.9.0/24  172.31.0.9  172.31.0.9  -  reserved\n');
});

test.each([
  ['10.5.34.0-24', undefined],
  ['10.5.0.0-24', '10.5.0.0/24 is before the first subnet, 10.5.1.0'],
  ['10.5.34.0-25', '10.5.34.0/25 is no /24'],
  ['10.6.1.0-24', '10.6.1.0/24 is outside 10.5.0.0/16'],
  ['10.5.34.0-24&fc00::-64', 'has an IPv6 subnet, and IPv6 is off'],
])('%s with a /16 in /24s: %s', (name, reason) => {
  expect(misfit(subnetsOf(name)!, CONFIG)).toBe(reason);
});

test('a new config tells the changed keys and the leases that no longer fit', () => {
  const after = parseNetworkConfig(
    '{"Network":"10.5.0.0/16","SubnetMin":"10.5.8.0","Backend":{"Type":"host-gw"}}',
  );
  const { changes, misfits } = configChange(CONFIG, after, LEASES);
  expect(changes).toEqual([
    { key: 'BackendType', before: 'vxlan', after: 'host-gw' },
    { key: 'SubnetMin', before: '10.5.1.0', after: '10.5.8.0' },
    { key: 'Backend', before: { Type: 'vxlan' }, after: { Type: 'host-gw' } },
  ]);
  expect(misfits.map(({ name }) => name)).toEqual(['10.5.7.0-24', '10.9.1.0-24']);
});

test('leases are cut off only when nothing in the new config honours them', () => {
  const lost = (keys: string, before = CONFIG): string[] =>
    configChange(before, parseNetworkConfig(`{${keys},"Backend":{"Type":"vxlan"}}`), LEASES).lost.map(
      ({ name }) => name,
    );
  expect(lost('"Network":"10.5.0.0/16","SubnetLen":26,"SubnetMin":"10.5.8.0"')).toEqual([]);
  expect(lost('"Network":"10.6.0.0/16","FormerNetworks":["10.5.0.0/16"]')).toEqual([]);
  expect(lost('"Network":"10.6.0.0/16","FormerNetworks":["10.5.0.0/19"]')).toEqual(['10.5.34.0-24']);
  expect(lost('"Network":"10.6.0.0/16"')).toEqual(['10.5.34.0-24', '10.5.7.0-24', '10.5.9.0-24']);
  const first = configChange(undefined, CONFIG, LEASES);
  expect(first.lost.map(({ name }) => name)).toEqual(['10.9.1.0-24']);
  const text = configChangeText({ ...first, misfits: first.lost }, STYLE);
  expect(text).toMatch(
    /1 lease no longer fits, so the nodes must renumber:\nLEASE +NO LONGER FITS\n10\.9\.1\.0-24 /,
  );
  expect(text).toMatch(/1 lease would be cut off, .*\nLEASE +CUT OFF\n10\.9\.1\.0-24 /);
});

test('backend data of a row is JSON where it is JSON', () => {
  const row = { backendData: '{"VNI":1}', backends: [] as readonly string[] } as Parameters<
    typeof entryOfRow
  >[0];
  expect(entryOfRow(row).backendData).toEqual({ VNI: 1 });
  expect(entryOfRow({ ...row, backendData: '' }).backendData).toBeNull();
  expect(entryOfRow({ ...row, backendData: 'text' }).backendData).toBe('text');
});

test('a daemon that tells no backends tells the one of the lease', () => {
  const none: readonly string[] = [];
  const row = { backend: 'vxlan', backends: none, mustRenumber: false } as Parameters<typeof entryOfRow>[0];
  expect(entryOfRow({ ...row, backendData: '' })).toMatchObject({ backends: ['vxlan'], mustRenumber: false });
  const told = { ...row, backendData: '', backends: ['gre', 'vxlan vni 1'], mustRenumber: true };
  expect(entryOfRow(told)).toMatchObject({ backends: ['gre', 'vxlan vni 1'], mustRenumber: true });
});
