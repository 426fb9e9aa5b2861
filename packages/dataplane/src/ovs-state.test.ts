import { parseAddress, parsePrefix } from '@overlay/cidr';
import { byKey } from './identity.js';
import type { KernelObject, OvsBridgeLink, OvsPortObject, Ownership } from './model.js';
import { staticEntries, tunnelKey, tunnelPorts } from './ovs-fdb.js';
import type { InterfaceRow, OvsRows } from './ovs-rows.js';
import { ovsState } from './ovs-state.js';

const ALIAS = 'overlayd:default';
const NAME = 'ovl-ovs-0';
const MAC = '7e:73:a8:ee:4d:53';

const ownership: Ownership = {
  alias: ALIAS,
  links: [NAME],
  networks: [parsePrefix('10.70.0.0/16')],
  adopt: false,
};

const bridge: OvsBridgeLink = {
  type: 'link',
  kind: 'ovs-bridge',
  name: NAME,
  mtu: 1458,
  mac: MAC,
  datapath: 'system',
  alias: ALIAS,
};
const port: OvsPortObject = {
  type: 'ovs-port',
  bridge: NAME,
  name: 'ovl-2',
  tunnel: {
    kind: 'vxlan',
    remote: parseAddress('172.31.0.2'),
    local: parseAddress('172.31.0.1'),
    key: 7,
    port: 4790,
  },
  alias: ALIAS,
};

const OPTIONS = { remote_ip: '172.31.0.2', local_ip: '172.31.0.1', key: '7', dst_port: '4790' };
const device = { mac: MAC, mtu: 1458, alias: ALIAS, up: true };
const settled = {
  otherConfig: { hwaddr: MAC, 'mac-table-size': '65536', theirs: 'x' },
  failMode: 'standalone',
  datapath: '',
};

interface Changes {
  readonly bridge?: object;
  readonly port?: object;
  readonly interface?: Partial<InterfaceRow>;
}

function rowsWith(changes: Changes = {}, owner = ALIAS): OvsRows {
  const ports = [NAME, 'ovl-2'].map((name) => ({ uuid: name, name, owner, protected: name !== NAME }));
  const tunnel = { uuid: 'i', name: 'ovl-2', owner, type: 'vxlan', options: OPTIONS, ofport: 3, error: '' };
  const internal = {
    uuid: 'j',
    name: NAME,
    owner,
    type: 'internal',
    options: {},
    mtuRequest: 1458,
    error: '',
  };
  return {
    bridges: [{ uuid: 'b', name: NAME, owner, ports: [NAME, 'ovl-2'], ...settled, ...changes.bridge }],
    ports: ports.map((row) => (row.name === NAME ? row : { ...row, ...changes.port })),
    interfaces: new Map<string, InterfaceRow>([
      [NAME, internal],
      ['ovl-2', { ...tunnel, ...changes.interface }],
    ]),
  };
}

const state = (rows: OvsRows, wanted: readonly KernelObject[] = [], devices = new Map([[NAME, device]])) =>
  ovsState({ rows, devices, fdb: [] }, ownership, byKey(wanted));

test('a bridge and its tunnel are read as they were written, and nothing is down', () => {
  const { objects, down } = state(rowsWith());
  expect([...objects.values()]).toEqual([bridge, port]);
  expect(down?.size).toBe(0);
});

test.each<[string, Changes, string]>([
  ['fail_mode', { bridge: { failMode: 'secure' } }, `link:${NAME}`],
  ['hwaddr', { bridge: { otherConfig: {} } }, `link:${NAME}`],
  ['protected', { port: { protected: false } }, `ovs-port:${NAME}:ovl-2`],
  ['a further option', { interface: { options: { ...OPTIONS, csum: 'true' } } }, `ovs-port:${NAME}:ovl-2`],
  ['an error', { interface: { error: 'File exists', ofport: -1 } }, `ovs-port:${NAME}:ovl-2`],
  ['no number', { interface: { ofport: -1 } }, `ovs-port:${NAME}:ovl-2`],
])('%s that is not as it should be is put right by a replace', (_what, changes, key) => {
  expect([...(state(rowsWith(changes)).down ?? [])]).toEqual([key]);
});

test('a bridge whose device has lost its alias, is down or is gone is ours and is put right', () => {
  const lost = { ...device, alias: '' };
  expect(state(rowsWith(), [], new Map([[NAME, lost]])).objects.get(`link:${NAME}`)).toMatchObject({
    alias: '',
  });
  for (const devices of [new Map<string, typeof device>(), new Map([[NAME, { ...device, up: false }]])])
    expect(state(rowsWith(), [], devices).down).toContain(`link:${NAME}`);
});

test('another datapath is put right', () => {
  expect(state(rowsWith(), [{ ...bridge, datapath: 'netdev' }]).down).toContain(`link:${NAME}`);
});

test.each(['', 'overlayd:other'])(
  'what the owner "%s" has is not ours, and in the way of what is wanted',
  (owner) => {
    const { objects, foreign } = state(rowsWith({}, owner), [bridge, port]);
    expect(objects.size).toBe(0);
    expect([...foreign.keys()]).toEqual([`link:${NAME}`, `ovs-port:${NAME}:ovl-2`]);
    expect(foreign.get(`ovs-port:${NAME}:ovl-2`)).toContain('a port of the bridge ovl-ovs-0');
  },
);

test('a foreign port on our bridge is not ours', () => {
  const { objects, foreign } = state(rowsWith({ port: { owner: '' } }), [bridge, port]);
  expect([...objects.keys()]).toEqual([`link:${NAME}`]);
  expect([...foreign.keys()]).toEqual([`ovs-port:${NAME}:ovl-2`]);
});

test('static MAC addresses are read by the number of their tunnel’s port; learned ones and other ports are not', () => {
  const rows = rowsWith();
  const text = [
    ' port  VLAN  MAC                Age',
    '    3     0  02:00:00:00:00:02  static',
    '    3     0  02:00:00:00:00:03  12',
    'LOCAL     0  7e:73:a8:ee:4d:53  static',
    '    9     0  02:00:00:00:00:04  static',
    '    3     5  02:00:00:00:00:05  static',
  ].join('\n');
  expect(staticEntries(text, rows.bridges[0]!, rows)).toEqual([
    { type: 'fdb', link: NAME, mac: '02:00:00:00:00:02', destination: parseAddress('172.31.0.2') },
  ]);
  expect(tunnelPorts(rows).get(tunnelKey(NAME, parseAddress('172.31.0.2')))).toBe('ovl-2');
  expect(tunnelPorts(rowsWith({ interface: { ofport: -1 } })).size).toBe(0);
});
