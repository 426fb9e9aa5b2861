import { parseNetworkConfig, type LeaseSnapshot, type NetworkConfig, type RawLease } from '@overlay/lease';
import { backendChange, type NodeChange } from './backend-change.js';
import { backendChangeText } from './backend-change-text.js';

const config = (backend: string, keys = ''): NetworkConfig =>
  parseNetworkConfig(`{"Network":"10.5.0.0/16","Backend":${backend}${keys && `,${keys}`}}`);
const VXLAN = '{"Type":"vxlan"}';

let host = 0;

function raw(overlay: string, name?: string, etcdLease = '7'): RawLease {
  host += 1;
  const data = `"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:0${host}"}`;
  const value = `{"PublicIP":"172.31.0.${host}","PublicIPv6":null,${data}${overlay}}`;
  return { name: name ?? `10.5.${host}.0-24`, value, createRevision: '3', modRevision: '4', etcdLease };
}

const offer = (id: string): string =>
  `{"vxlan":{${id}"Data":{"VNI":1,"VtepMAC":"02:00:00:00:00:0${host + 1}"}}}`;
const overlay = (node: string, offers: string): string =>
  `,"Overlay":{"NodeID":"id-${node}","Hostname":"${node}","Version":"0.2.0","Backends":${offers}}`;
/** A node that follows the config, one whose overlayd is too old for that, and one of Flannel. */
const ours = (node: string, name?: string): RawLease =>
  raw(overlay(node, offer('"Id":"vxlan vni 1 port 8472",')), name);
const older = (node: string): RawLease => raw(overlay(node, offer('')));
const flannel = (): RawLease => raw('');

beforeEach(() => (host = 0));

function steps(
  before: NetworkConfig,
  after: NetworkConfig,
  leases: readonly RawLease[],
): readonly NodeChange[] {
  const snapshot: LeaseSnapshot = { leases, revision: '9' };
  return backendChange(before, after, snapshot).nodes;
}

test('another backend: up, announced, peers move, the old one goes after the last peer', () => {
  const change = backendChange(config(VXLAN), config('{"Type":"gre","Key":7}'), {
    leases: [ours('a'), ours('b'), ours('c')],
    revision: '9',
  });
  expect(change).toMatchObject({ before: ['vxlan'], after: ['gre Key 7'], mtuChange: 22 });
  expect(change.nodes[0]).toEqual({
    node: 'a',
    nodeId: 'id-a',
    subnets: ['10.5.1.0/24'],
    now: ['vxlan vni 1 port 8472'],
    then: ['gre Key 7'],
    kind: 'changes',
    mustRenumber: null,
    steps: [
      'brings up gre Key 7 and announces it',
      'moves 2 peers to gre Key 7, each as it announces it',
      'removes vxlan after the last peer left it',
    ],
  });
  expect(change.notes.join('\n')).toMatch(/MTU of containers becomes 22 bytes larger[^]*no order is needed/);
  const text = backendChangeText(change, { wide: false, colour: false });
  expect(text).toMatch(/^a +10\.5\.1\.0\/24 +vxlan vni 1 port 8472 +gre Key 7 +live +-$/m);
  expect(text).toContain(
    '\n3 nodes, a, b, c:\n  1. brings up gre Key 7 and announces it\n  2. moves 2 peers',
  );
});

test('hosts of Flannel and of an older overlayd stay as they are, and the old way to them is kept', () => {
  const nodes = steps(config(VXLAN), config('{"Type":"gre"}'), [ours('a'), older('b'), flannel()]);
  const byName = Object.fromEntries(nodes.map((node) => [node.node, node]));
  expect(byName['a']?.steps).toEqual([
    'brings up gre and announces it',
    'keeps vxlan while it is the way to 172.31.0.3, b',
  ]);
  expect(byName['b']).toMatchObject({ kind: 'restart', then: ['vxlan'] });
  expect(byName['b']?.steps[0]).toContain('overlayd restarts: this version does not');
  expect(byName['172.31.0.3']).toMatchObject({ kind: 'restart', then: ['vxlan'] });
  expect(byName['172.31.0.3']?.steps).toEqual([
    'flanneld has no gre and will not start again with it: replace it by overlayd first',
    'stays as it is until flanneld restarts',
    'is reached by vxlan until then',
  ]);
  const [host] = steps(config(VXLAN), config('{"Type":"host-gw"}'), [flannel()]);
  expect(host?.steps[0]).toBe('stays as it is until flanneld restarts');
});

test.each([
  ['the same again', VXLAN, '', []],
  ['defaults written out', '{"type":"VXLAN","VNI":1,"Port":8472}', '', []],
  [
    'an option both ends need not share',
    '{"Type":"vxlan","DirectRouting":true}',
    '',
    ['changes DirectRouting of vxlan in place'],
  ],
  [
    'another VNI',
    '{"Type":"vxlan","VNI":2}',
    '',
    [
      'brings up vxlan VNI 2 and announces it',
      'moves 1 peer to vxlan VNI 2, each as it announces it',
      'removes vxlan after the last peer left it',
    ],
  ],
  [
    'a further backend',
    VXLAN,
    '"Backends":[{"Type":"wireguard","PSK":"hidden"}],"EncryptTo":"all"',
    [
      'brings up wireguard PSK *** and announces it',
      'moves 1 peer to vxlan, each as it announces it',
      'encrypts to every peer',
    ],
  ],
])('%s', (_what, backend, keys, expected) => {
  const [node] = steps(config(VXLAN), config(backend, keys), [ours('a'), ours('b')]);
  expect(node?.steps).toEqual(expected);
  expect(node?.kind).toBe(expected.length === 0 ? 'stays' : 'changes');
});

test.each([
  [
    'a default port written out',
    '{"Type":"ovs","Tunnel":"vxlan"}',
    '{"Type":"ovs","Tunnel":"vxlan","Port":4789}',
    [],
  ],
  ['a port that gre has not', '{"Type":"ovs"}', '{"Type":"ovs","Port":7}', []],
  ['null, which is absence', '{"Type":"vxlan"}', '{"Type":"vxlan","VNI":null,"MTU":null}', []],
  ['a default mode written out', '{"Type":"wireguard"}', '{"Type":"wireguard","Mode":"separate"}', []],
  [
    'another mode of one device',
    '{"Type":"wireguard","Mode":"auto"}',
    '{"Type":"wireguard","mode":"ipv4"}',
    ['changes mode of wireguard in place'],
  ],
])('%s makes no other network', (_what, before, after, expected) => {
  const [node] = steps(config(before), config(after), [ours('a'), ours('b')]);
  expect(node?.steps).toEqual(expected);
});

test('another order of the same backends moves peers and touches no device', () => {
  const before = config(VXLAN, '"Backends":[{"Type":"gre"}]');
  const after = config('{"Type":"gre"}', '"Backends":[{"Type":"vxlan"}]');
  const [node] = steps(before, after, [ours('a'), ours('b')]);
  expect(node?.steps).toEqual(['moves 1 peer to gre, each as it announces it']);
});

test.each(['{"Type":"alloc"}', '{"Type":"ovs","Stretch":true}'])('%s needs a restart', (backend) => {
  const after = config(backend);
  const [node] = steps(config(VXLAN), after, [ours('a')]);
  expect(node).toMatchObject({ kind: 'restart', steps: [expect.stringContaining('overlayd restarts')] });
  const { notes } = backendChange(config(VXLAN), after, { leases: [], revision: '9' });
  expect(notes.join()).toContain('do not reach each other');
});

test('a node whose lease does not fit must renumber, one that holds a fitting one beside it need not', () => {
  const after = parseNetworkConfig('{"Network":"10.6.0.0/16","Backend":{"Type":"vxlan"}}');
  const first = ours('b');
  const second = { ...first, name: '10.6.2.0-24' };
  const nodes = steps(config(VXLAN), after, [first, second, ours('a'), flannel()]);
  expect(nodes.map(({ node, kind, mustRenumber }) => [node, kind, mustRenumber])).toEqual([
    ['172.31.0.3', 'stays', '10.5.3.0/24 is outside 10.6.0.0/16'],
    ['a', 'stays', '10.5.2.0/24 is outside 10.6.0.0/16'],
    ['b', 'stays', null],
  ]);
  const text = backendChangeText(
    { before: [], after: [], mtuChange: 0, nodes, notes: [] },
    { wide: false, colour: false },
  );
  expect(text).toMatch(/^172\.31\.0\.3 .* - +by restarting flanneld$/m);
  expect(text).toMatch(/^a .* - +yes$/m);
  expect(text).toMatch(/^b .* - +-$/m);
});

test('a reservation nobody holds is no node, and an unknown type is told', () => {
  const reservation = { ...flannel(), value: '{"PublicIP":"172.31.0.9","PublicIPv6":null}', etcdLease: '0' };
  const change = backendChange(config(VXLAN), config('{"Type":"tincan"}'), {
    leases: [reservation],
    revision: '9',
  });
  expect(change.nodes).toEqual([]);
  expect(change.mtuChange).toBeNull();
  expect(change.notes[0]).toContain('no overlayd of this version has the backend "tincan"');
  expect(backendChangeText(change, { wide: false, colour: false })).toMatch(
    /^No node holds a lease\.\n\n- no/,
  );
});

test('the first config of a network brings its backend up', () => {
  const { nodes, mtuChange } = backendChange(undefined, config(VXLAN), {
    leases: [ours('a')],
    revision: '9',
  });
  expect(nodes[0]?.steps).toEqual(['brings up vxlan and announces it']);
  expect(mtuChange).toBe(0);
});

/** Every other host is of Flannel. */
function mixedCluster(hosts: number): LeaseSnapshot {
  const leases = Array.from({ length: hosts }, (_, index): RawLease => {
    const [high, low] = [index >> 8, index & 255];
    const value = {
      PublicIP: `172.16.${high}.${low}`,
      PublicIPv6: null,
      BackendType: 'vxlan',
      BackendData: { VNI: 1, VtepMAC: `02:00:00:00:${hex(high)}:${hex(low)}` },
    };
    const backends = { vxlan: { Id: 'vxlan vni 1 port 8472', Data: value.BackendData } };
    const node = `node-${index}.example.org`;
    const Overlay = { NodeID: `id-${index}`, Hostname: node, Version: '0.2.0', Backends: backends };
    return {
      name: `10.${high}.${low}.0-24`,
      value: JSON.stringify(index % 2 === 0 ? value : { ...value, Overlay }),
      createRevision: '3',
      modRevision: '4',
      etcdLease: '7',
    };
  });
  return { leases, revision: '9' };
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

test('the plan grows with the hosts, not with their square, and names at most ten of those that stay', () => {
  const network = (type: string): NetworkConfig =>
    parseNetworkConfig(`{"Network":"10.0.0.0/8","Backend":{"Type":"${type}"}}`);
  const plan = (hosts: number) => {
    const change = backendChange(network('vxlan'), network('gre'), mixedCluster(hosts));
    return { change, text: backendChangeText(change, { wide: true, colour: false }) };
  };
  const [one, two] = [plan(1000), plan(2000)];
  expect(two.change.nodes).toHaveLength(2000);
  const size = ({ change }: typeof one): number => JSON.stringify(change).length;
  expect(size(two) / size(one)).toBeLessThan(2.1);
  expect(two.text.length / one.text.length).toBeLessThan(2.1);
  expect(Math.max(...two.text.split('\n').map(({ length }) => length))).toBeLessThan(500);
  const live = two.change.nodes.find(({ kind }) => kind === 'changes');
  expect(live?.steps.at(-1)).toMatch(/^keeps vxlan while it is the way to ([^,]+, ){9}[^,]+ and 990 more$/);
});
