import { ipv4, parseAddress, parsePrefix } from '@overlay/cidr';
import { byKey, diff, spreadMetric } from '../src/index.js';
import type {
  Difference,
  KernelObject,
  Outcome,
  OvsBridgeLink,
  OvsPortObject,
  Ownership,
} from '../src/index.js';
import { JsonRpc } from '../src/linux/ovs/json-rpc.js';
import { openOvsRig, type OvsRig } from './ovs-rig.js';

const ALIAS = 'overlayd:default';
const BRIDGE = 'ovl-ovs-0';

const ownership: Ownership = {
  alias: ALIAS,
  links: [BRIDGE],
  networks: [parsePrefix('10.70.0.0/16'), parsePrefix('fc00:70::/48')],
  adopt: false,
};

const bridge: OvsBridgeLink = {
  type: 'link',
  kind: 'ovs-bridge',
  name: BRIDGE,
  mtu: 1458,
  mac: '7e:73:a8:ee:4d:53',
  datapath: 'netdev',
  alias: ALIAS,
};

const own: KernelObject = {
  type: 'address',
  link: BRIDGE,
  address: parseAddress('10.70.255.224'),
  length: 32,
};

const port = (n: number, changes: Partial<OvsPortObject> = {}): OvsPortObject => ({
  type: 'ovs-port',
  bridge: BRIDGE,
  name: `ovl-${n.toString(16).padStart(8, '0')}`,
  tunnel: { kind: 'gre', remote: ipv4(0xac1f0000 + n), key: 1 },
  alias: ALIAS,
  ...changes,
});

/** Everything one peer costs; `n` below 65536. */
function peer(n: number): readonly KernelObject[] {
  const destination = parsePrefix(`10.70.${n & 255}.${(n >> 8) << 5}/27`);
  const address = ipv4(Number(destination.bits));
  const mac = `02:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;
  const metric = spreadMetric(destination);
  return [
    port(n),
    { type: 'fdb', link: BRIDGE, mac, destination: ipv4(0xac1f0000 + n) },
    { type: 'neighbour', link: BRIDGE, address, mac },
    { type: 'route', kind: 'unicast', destination, gateway: address, link: BRIDGE, onlink: true, metric },
  ];
}

const peers = (count: number): KernelObject[] => Array.from({ length: count }, (_, i) => peer(i + 1)).flat();

/** Counts the rows that the database sends. */
function countRows() {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own object below
  const { call } = JsonRpc.prototype;
  const rows = { count: 0, stop: () => spy.mockRestore() };
  const spy = jest.spyOn(JsonRpc.prototype, 'call').mockImplementation(async function (
    this: JsonRpc,
    ...args
  ) {
    const result = await call.apply(this, args);
    if (Array.isArray(result))
      for (const one of result as { rows?: unknown[] }[]) rows.count += one.rows?.length ?? 0;
    return result;
  });
  return rows;
}

jest.setTimeout(60_000);

describe('Open vSwitch, user-space datapath', () => {
  let rig: OvsRig;
  afterEach(() => rig.close());

  async function difference(objects: readonly KernelObject[]): Promise<Difference> {
    const wanted = byKey(objects);
    return diff(wanted, await rig.kernel.read(ownership, wanted));
  }

  /** One pass; the outcomes that failed. */
  async function pass(objects: readonly KernelObject[]): Promise<Outcome[]> {
    const outcomes = await rig.kernel.apply((await difference(objects)).changes);
    return outcomes.filter(({ ok }) => !ok);
  }

  it('a bridge with a tunnel, its address and a peer is made in one pass, and a second pass changes nothing', async () => {
    rig = await openOvsRig();
    const wanted = [bridge, own, ...peer(2)];
    expect(await pass(wanted)).toEqual([]);
    expect((await difference(wanted)).changes).toEqual([]);
    expect(rig.ctl(`get bridge ${BRIDGE} external_ids fail_mode datapath_type`)).toBe(
      `{overlay="${ALIAS}"}\nstandalone\nnetdev\n`,
    );
    expect(rig.ctl('get interface ovl-00000002 type options:remote_ip options:key')).toBe(
      'gre\n"172.31.0.2"\n"1"\n',
    );
    expect(rig.ctl('get port ovl-00000002 protected').trim()).toBe('true');
    const link = rig.run(`ip -d link show ${BRIDGE}`);
    for (const text of ['mtu 1458', '7e:73:a8:ee:4d:53', `alias ${ALIAS}`, ',UP'])
      expect(link).toContain(text);
    expect(rig.appctl(`fdb/show ${BRIDGE}`)).toMatch(/02:00:00:00:00:02\s+static/);
  });

  it('1,000 tunnel ports are made in one pass, a second pass changes nothing, and they go in one', async () => {
    rig = await openOvsRig();
    const wanted = [bridge, own, ...peers(1000)];
    expect(await pass(wanted)).toEqual([]);
    expect((await difference(wanted)).changes).toEqual([]);
    expect(rig.ctl(`list-ports ${BRIDGE}`).trim().split('\n')).toHaveLength(1000);
    expect(await pass([bridge, own])).toEqual([]);
    expect(rig.ctl(`list-ports ${BRIDGE}`)).toBe('');
  });

  it('a peer that comes or goes costs the same rows however many there are, as does a look where nothing is ours', async () => {
    rig = await openOvsRig();
    await pass([bridge, own, ...peers(200)]);
    const rows = countRows();
    try {
      const added = peer(201).map((object) => ({ op: 'add', object }) as const);
      expect((await rig.kernel.apply(added)).filter(({ ok }) => !ok)).toEqual([]);
      const removed = peer(201).map((object) => ({ op: 'remove', object }) as const);
      expect((await rig.kernel.apply(removed)).filter(({ ok }) => !ok)).toEqual([]);
      expect(rows.count).toBeLessThan(40);
      expect((await difference([bridge, own, ...peers(200)])).changes).toEqual([]);
      expect(rows.count).toBeGreaterThan(400);
      rows.count = 0;
      await rig.kernel.read({ ...ownership, alias: 'overlayd:other' }, new Map());
      expect(rows.count).toBe(0);
    } finally {
      rows.stop();
    }
  });

  it('what differs is changed in place: the tunnels stay and keep their numbers', async () => {
    rig = await openOvsRig();
    await pass([bridge, own, ...peer(2), ...peer(3)]);
    const number = rig.ctl('get interface ovl-00000002 ofport');
    rig.ctl(`set interface ovl-00000002 options:csum=true -- set port ovl-00000003 protected=false`);
    rig.ctl(
      `set bridge ${BRIDGE} fail_mode=secure other_config:hwaddr=02:00:00:00:00:77 external_ids:more=x`,
    );
    const moved = port(3, { tunnel: { kind: 'gre', remote: parseAddress('172.31.9.9'), key: 1 } });
    const wanted = [{ ...bridge, mtu: 1400 }, own, ...peer(2), moved];
    for (let i = 0; i < 2; i++) expect(await pass(wanted)).toEqual([]);
    expect((await difference(wanted)).changes).toEqual([]);
    expect(rig.ctl('get interface ovl-00000002 ofport options')).toBe(
      `${number}{key="1", remote_ip="172.31.0.2"}\n`,
    );
    expect(rig.ctl('get interface ovl-00000003 options:remote_ip').trim()).toBe('"172.31.9.9"');
    expect(rig.ctl(`get bridge ${BRIDGE} external_ids:more`).trim()).toBe('x');
    expect(rig.run(`ip link show ${BRIDGE}`)).toContain('mtu 1400');
    expect(rig.run(`ip link show ${BRIDGE}`)).toContain(bridge.mac);
  });

  it('a bridge and ports that are not ours are conflicts, and nothing of them is touched', async () => {
    rig = await openOvsRig();
    await pass([bridge, own]);
    rig.ctl(
      `add-br theirs -- set bridge theirs datapath_type=netdev -- add-port theirs ovl-00000002 -- set interface ovl-00000002 type=gre options:remote_ip=192.0.2.1`,
    );
    rig.ctl(`add-port ${BRIDGE} hand -- set interface hand type=gre options:remote_ip=192.0.2.2`);
    const before = rig.ctl('show');
    const { conflicts } = await difference([bridge, own, ...peer(2)]);
    expect(conflicts.map(({ key }) => key)).toContain(`ovs-port:${BRIDGE}:ovl-00000002`);
    expect(conflicts[0]!.reason).toContain('a port of the bridge theirs');
    await pass([bridge, own, ...peer(2)]);
    expect(rig.ctl('show')).toBe(before);
    const refused = await rig.kernel.apply([{ op: 'add', object: port(2) }]);
    expect(refused).toMatchObject([{ ok: false, code: 'EEXIST' }]);
    expect(rig.ctl('show')).toBe(before);
  });

  it('a foreign bridge of our name is one conflict for all that would be on it', async () => {
    rig = await openOvsRig();
    rig.ctl(`add-br ${BRIDGE} -- set bridge ${BRIDGE} datapath_type=netdev`);
    const before = rig.ctl('show');
    const { changes, conflicts } = await difference([bridge, own, ...peer(2)]);
    expect(changes).toEqual([]);
    expect(conflicts).toHaveLength(6);
    expect(conflicts[0]!.reason).toContain('no owner');
    expect(rig.ctl('show')).toBe(before);
  });

  it('a port that Open vSwitch cannot make fails with its words, alone, and is tried again', async () => {
    rig = await openOvsRig();
    await pass([bridge, own, ...peer(2)]);
    const twin = port(7, { tunnel: { kind: 'gre', remote: ipv4(0xac1f0002), key: 1 } });
    const wanted = [bridge, own, ...peer(2), twin, ...peer(3)];
    expect(await pass(wanted)).toMatchObject([{ code: 'OVL_OVS_PORT', change: { object: twin } }]);
    expect(await pass(wanted)).toMatchObject([{ code: 'OVL_OVS_PORT', change: { object: twin } }]);
    expect(await pass([bridge, own, ...peer(2), ...peer(3)])).toEqual([]);
  });

  it('a bridge that its datapath cannot make leaves nothing behind', async () => {
    rig = await openOvsRig();
    if (rig.run('ls /sys/module').includes('openvswitch')) return;
    const failed = await pass([{ ...bridge, datapath: 'system' }, port(2)]);
    expect(failed.map(({ change }) => change.object.type)).toEqual(['link', 'ovs-port']);
    expect(failed[0]).toMatchObject({ code: 'OVL_OVS_DATAPATH' });
    expect(rig.ctl('show')).not.toContain('Bridge');
  });

  it('a device of the host becomes a port, is brought up, and goes with its port alone', async () => {
    rig = await openOvsRig();
    rig.run('ip link add vh type veth peer name ovl-ovs-p0');
    const device: KernelObject = { type: 'ovs-port', bridge: BRIDGE, name: 'ovl-ovs-p0', alias: ALIAS };
    expect(await pass([bridge, device])).toEqual([]);
    expect((await difference([bridge, device])).changes).toEqual([]);
    expect(rig.run('ip link show ovl-ovs-p0')).toContain(',UP');
    rig.run('ip link set ovl-ovs-p0 down');
    expect(await pass([bridge, device])).toEqual([]);
    expect(rig.run('ip link show ovl-ovs-p0')).toContain(',UP');
    expect(rig.ctl('get port ovl-ovs-p0 protected').trim()).toBe('false');
    expect(await pass([bridge])).toEqual([]);
    expect(rig.run('ip link show ovl-ovs-p0')).toContain('ovl-ovs-p0');
  });

  it('while ovsdb-server is away nothing is touched; when it is back, it is as it was', async () => {
    rig = await openOvsRig();
    const wanted = [bridge, own, ...peer(2)];
    await pass(wanted);
    await rig.stopDatabase();
    const { changes, conflicts } = await difference(wanted);
    expect(changes).toEqual([]);
    expect(conflicts[0]!.reason).toContain('openvswitch-switch');
    expect(await rig.kernel.apply([{ op: 'add', object: port(3) }])).toMatchObject([
      { ok: false, code: 'OVL_OVS_UNAVAILABLE' },
    ]);
    await rig.startDatabase();
    expect((await difference(wanted)).changes).toEqual([]);
    expect(await pass([...wanted, ...peer(3)])).toEqual([]);
  });

  it('what a restart of ovs-vswitchd loses comes back: the device, its address, static MACs, neighbours, routes', async () => {
    rig = await openOvsRig();
    const wanted = [bridge, own, ...peer(2)];
    await pass(wanted);
    await rig.stopSwitch();
    expect((await difference(wanted)).changes).toEqual([]);
    await rig.startSwitch();
    for (let i = 0; i < 2; i++) expect(await pass(wanted)).toEqual([]);
    expect((await difference(wanted)).changes).toEqual([]);
    expect(rig.appctl(`fdb/show ${BRIDGE}`)).toMatch(/02:00:00:00:00:02\s+static/);
  });

  it('clean-up leaves Open vSwitch as it was, also when ovs-vswitchd does not run', async () => {
    rig = await openOvsRig();
    rig.ctl('add-br theirs -- set bridge theirs datapath_type=netdev');
    const before = rig.ctl('show');
    await pass([bridge, own, ...peer(2)]);
    expect(await pass([])).toEqual([]);
    expect(rig.ctl('show')).toBe(before);
    expect(rig.run('ip link')).not.toContain(BRIDGE);
    await pass([bridge, own, ...peer(2)]);
    await rig.stopSwitch();
    expect(await pass([])).toEqual([]);
    expect(rig.ctl('show')).toBe(before);
  });

  it('a host without Open vSwitch: silence when nothing is wanted of it, one clear reason when something is', async () => {
    rig = await openOvsRig({ running: false });
    expect(await difference([])).toEqual({ changes: [], conflicts: [] });
    const { changes, conflicts } = await difference([bridge, own, ...peer(2)]);
    expect(changes).toEqual([]);
    expect(conflicts).toHaveLength(6);
    expect(conflicts[0]!.reason).toMatch(
      /does not answer .*install it .*start ovsdb-server and ovs-vswitchd/,
    );
  });
});
