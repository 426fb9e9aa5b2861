import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatPrefix, parseIpv4, parsePrefix } from '@overlay/cidr';
import type { DockerReport } from '@overlay/docker';
import { formatLeaseValue } from '@overlay/lease';
import { ControlRig, type DaemonOptions } from '../../test/support/control-daemon.js';
import { addressFact } from '../../test/support/host-view.js';
import { NODE_ID, peer, rawOf } from '../../test/support/hosts.js';
import { notReady } from '../control/status.js';

const OWN = '10.5.1.0-24';
const LOST = ['10.5.1.0/24'];

let rig: ControlRig;
afterEach(() => rig.stop());

async function start(options: DaemonOptions = {}): Promise<ControlRig> {
  rig = new ControlRig(options);
  await rig.start();
  return rig;
}

const overlay = (nodeId: string, hostname = 'h2') => ({ nodeId, hostname, version: '1', backends: [] });

/** The key of the own subnet, as another node writes it. */
const theirs = (n = 2): string =>
  formatLeaseValue(peer(n, { overlay: overlay(`node-${n}`, `h${n}`) }).attributes);

const codes = (): readonly string[] => rig.daemon.problems.list().map(({ code }) => code);
const state = () => rig.daemon.keeper.status.state;

/** Until it is so; a test that waits in vain ends with what it waited for. */
async function until(what: string, check: () => boolean, ms = 3000): Promise<void> {
  const end = performance.now() + ms;
  while (!check()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Leases that leave this host no other subnet than the one it has. */
const NO_OTHER = { SubnetMin: '10.5.1.0', SubnetMax: '10.5.1.0' };

test('B03 a subnet that another node took is fenced before another one is had, and its owner named', async () => {
  await start({ network: NO_OTHER });
  rig.store.put(OWN, theirs(), '7');
  await until('the fence', () => rig.firewall.fenced.length > 0);
  expect([rig.firewall.fenced, state()]).toEqual([LOST, 'lost']);
  expect(rig.daemon.problems.get('fence')).toMatchObject({
    code: 'OVL_SUBNET_FENCED',
    message: expect.stringContaining('belongs to node node-2 (h2, 172.31.0.2)') as string,
  });
  expect(notReady(rig.daemon)).toContain('no lease is held');
  expect([...rig.daemon.book.used()].map(({ name }) => name)).toEqual([OWN]);
});

test('B03 the same when the key went first and was taken then, also in one answer of the watch', async () => {
  await start({ network: NO_OTHER });
  const { store, daemon } = rig;
  store.keys.delete(OWN);
  const lease = { ...rawOf(peer(1)), value: theirs(), modRevision: '900', createRevision: '900' };
  const gone = { type: 'delete', name: OWN, modRevision: '899' } as const;
  store.keys.set(OWN, lease);
  const batch = [gone, { type: 'put', lease }] as const;
  daemon.keeper.events(batch);
  daemon.book.events(batch, '900');
  daemon.guard.events(batch);
  await until('the fence', () => rig.firewall.fenced.length > 0);
  expect([...daemon.book.used()].map(({ name }) => name)).toEqual([OWN]);
});

/** Ten minutes pass; what is fenced then. */
async function tenMinutes(): Promise<readonly string[]> {
  await rig.daemon.guard.lane.flush();
  await rig.clock.advance(600_000);
  await rig.daemon.guard.lane.flush();
  await rig.settle();
  return rig.firewall.fenced;
}

test('B03 it takes another subnet, and stays fenced for as long as an interface has an address in the old one', async () => {
  await start();
  const bridge = addressFact('br0', '10.5.1.1/24');
  const addresses = jest.spyOn(rig.daemon.adapters.host, 'addresses').mockResolvedValue([bridge]);
  rig.store.put(OWN, theirs(), '7');
  await until('another lease', () => state() === 'held' && rig.daemon.keeper.status.lease?.name !== OWN);
  await rig.settle();
  expect([rig.firewall.fenced, codes()]).toEqual([LOST, ['OVL_SUBNET_FENCED']]);
  expect(await tenMinutes()).toEqual(LOST);
  addresses.mockResolvedValue([]);
  expect(await tenMinutes()).toEqual([]);
  expect(codes()).toEqual([]);
});

test('A22 past the deadline of the lease, with etcd away, nothing is fenced and nothing given up; the host is not ready', async () => {
  await start({ config: { subnetLeaseTtlSeconds: 60 } });
  rig.store.break('keepAlive', 'unreachable', 10_000);
  rig.store.break('get', 'unreachable', 10_000);
  await rig.clock.advance(120_000);
  rig.daemon.guard.changed();
  await rig.settle();
  expect([rig.firewall.fenced, state()]).toEqual([[], 'held']);
  expect(codes()).toContain('OVL_LEASE_EXPIRED');
  expect(notReady(rig.daemon).join()).toContain('the lease ended');
});

test('A20 a subnet that nobody took is not fenced, and taken again', async () => {
  await start();
  rig.store.delete(OWN);
  await until('the lease', () => state() === 'held');
  expect(rig.daemon.keeper.status.lease?.name).toBe(OWN);
  expect(rig.daemon.guard.fence.prefixes()).toEqual([]);
});

test('B03 the fence ends when the subnet is given back and this host has it again', async () => {
  await start({ network: NO_OTHER });
  rig.store.put(OWN, theirs(), '7');
  await until('the fence', () => rig.firewall.fenced.length > 0);
  rig.store.delete(OWN);
  await until('the lease', () => state() === 'held', 5000);
  await until('the end of the fence', () => rig.firewall.fenced.length === 0);
  expect(codes()).not.toContain('OVL_SUBNET_FENCED');
});

test('B03 a restart goes on with the fence: its subnet is in a file, and no more once it is over', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'overlayd-fence-'));
  const file = join(stateDir, 'fence.json');
  const inFile = (): unknown => (JSON.parse(readFileSync(file, 'utf8')) as { fenced: unknown }).fenced;
  const { store } = await start({ config: { stateDir } });
  store.put(OWN, theirs(), '7');
  await until('another lease', () => state() === 'held' && rig.daemon.keeper.status.lease?.name !== OWN);
  await rig.settle();
  expect(inFile()).toEqual([{ prefix: LOST[0], owner: 'node node-2 (h2, 172.31.0.2)' }]);
  await rig.stop();
  // The other host goes meanwhile: nothing but the file tells of the subnet.
  store.keys.delete(OWN);
  await start({ store, config: { stateDir } });
  expect([rig.firewall.fenced, codes()]).toEqual([LOST, ['OVL_SUBNET_FENCED']]);
  expect(await tenMinutes()).toEqual([]);
  expect([inFile(), codes()]).toEqual([[], []]);
  rmSync(stateDir, { recursive: true });
});

/** What subnet.env of an earlier run says. */
function writeSubnetEnv(gateway: string, gatewayV6?: string): void {
  const v6 = ['FLANNEL_IPV6_NETWORK=fc00:5::/48', `FLANNEL_IPV6_SUBNET=${gatewayV6}`];
  const lines = [
    'FLANNEL_NETWORK=10.5.0.0/16',
    `FLANNEL_SUBNET=${gateway}`,
    ...(gatewayV6 === undefined ? [] : v6),
    'FLANNEL_MTU=1450',
    'FLANNEL_IPMASQ=true',
  ];
  writeFileSync(rig.daemon.config.subnetFile, `${lines.join('\n')}\n`);
}

test('B03 a host that comes back after its subnet was taken, and finds no other, is fenced too: its data plane still stands', async () => {
  rig = new ControlRig({ network: NO_OTHER });
  rig.store.put(OWN, theirs(), '7');
  writeSubnetEnv('10.5.1.1/24');
  await rig.daemon.start();
  await until('the fence', () => rig.firewall.fenced.length > 0);
  expect([rig.firewall.fenced, state()]).toEqual([LOST, 'acquiring']);
  expect(codes()).toEqual(expect.arrayContaining(['OVL_SUBNET_FENCED', 'OVL_SUBNETS_EXHAUSTED']));
  expect(rig.daemon.nodeLane.node).toBeUndefined();
});

test('B03 the same when a Flannel host took it, whose lease has an address and no node id', async () => {
  rig = new ControlRig({ network: NO_OTHER });
  rig.store.put(OWN, formatLeaseValue(peer(2).attributes), '7');
  writeSubnetEnv('10.5.1.1/24');
  await rig.daemon.start();
  await until('the fence', () => rig.firewall.fenced.length > 0);
  expect([rig.firewall.fenced, state()]).toEqual([LOST, 'acquiring']);
});

test('B03 the same in dual stack where only the IPv6 half was taken', async () => {
  const onlyOne = { ...NO_OTHER, IPv6SubnetMin: 'fc00:5:0:1::', IPv6SubnetMax: 'fc00:5:0:1::' };
  rig = new ControlRig({ network: onlyOne, dualStack: true });
  rig.store.put('10.5.9.0-24&fc00:5:0:1::-64', theirs(), '7');
  writeSubnetEnv('10.5.1.1/24', 'fc00:5:0:1::1/64');
  await rig.daemon.start();
  await until('the fence', () => rig.firewall.fenced.length > 0);
  expect([rig.firewall.fenced, state()]).toEqual([['fc00:5:0:1::/64'], 'acquiring']);
});

test('B03 before there is a lease the rules of the run before this one stay, if its subnet is not the one that is fenced', async () => {
  rig = new ControlRig({ network: NO_OTHER });
  rig.store.put(OWN, theirs(), '7');
  writeSubnetEnv('10.5.77.1/24');
  const fenced = [{ prefix: '10.5.1.0/24', owner: 'node-2' }];
  const file = join(rig.daemon.config.stateDir, 'fence.json');
  writeFileSync(file, JSON.stringify({ version: 1, fenced }));
  const { stateDir, subnetFile } = rig.daemon.config;
  const again = new ControlRig({ store: rig.store, config: { stateDir, subnetFile } });
  const ensure = jest.spyOn(again.firewall, 'ensure');
  await again.daemon.start();
  await again.daemon.nodeLane.lane.flush();
  expect(again.daemon.guard.fence.prefixes()).toHaveLength(1);
  await again.daemon.firewallLane.lane.flush();
  expect(ensure).not.toHaveBeenCalled();
  await again.stop();
});

test('B08 a stale subnet.env that names the subnet of another host is named with its owner, and that subnet is cut off', async () => {
  rig = new ControlRig({});
  const { store, daemon } = rig;
  store.put('10.5.2.0-24', theirs(), '7');
  writeSubnetEnv('10.5.2.1/24');
  await rig.start();
  await until('the fence', () => rig.firewall.fenced.length > 0);
  expect(rig.firewall.fenced).toEqual(['10.5.2.0/24']);
  expect(daemon.problems.get('fence')?.message).toContain('node node-2 (h2, 172.31.0.2)');
  expect(state()).toBe('held');
});

test('B09 a host that waits for a subnet takes the one that is given back within two seconds', async () => {
  rig = new ControlRig({ network: NO_OTHER });
  const { store, daemon } = rig;
  store.put(OWN, theirs(), '7');
  await daemon.start();
  await until('the problem', () => codes().includes('OVL_SUBNETS_EXHAUSTED'));
  // As after a long wait: the next try by itself is half a minute away.
  for (let tries = 0; tries < 8; tries += 1) await daemon.nodeLane.lane.flush();
  store.delete(OWN);
  await until('the lease', () => state() === 'held', 2000);
});

test('B09 four fifths of the subnets taken is a problem with counts, and over when there are less', async () => {
  await start({ network: { SubnetMin: '10.5.1.0', SubnetMax: '10.5.5.0' } });
  expect(codes()).toEqual([]);
  for (const n of [2, 3, 4]) rig.addPeer(n);
  await rig.daemon.guard.lane.flush();
  expect(rig.daemon.problems.get('scarce')?.message).toContain('4 of 5 subnets');
  rig.store.delete('10.5.4.0-24');
  await rig.daemon.guard.lane.flush();
  expect(codes()).toEqual([]);
});

test('B09 subnets are counted again only after a change', async () => {
  await start();
  await rig.daemon.guard.lane.flush();
  const counts = jest.spyOn(rig.daemon.book, 'rejected');
  await rig.daemon.guard.lane.flush();
  expect(counts).not.toHaveBeenCalled();
  rig.addPeer(2);
  await rig.daemon.guard.lane.flush();
  expect(counts).toHaveBeenCalledTimes(1);
});

test('B09 on a LAN the addresses of hosts and of its router are not there to be leased, and a refused lease takes its subnet', async () => {
  await start({
    backend: 'bridge',
    network: { Network: '172.31.0.0/16', SubnetMin: '172.31.0.0', SubnetMax: '172.31.5.0' },
    facts: {
      gateway: parseIpv4('172.31.1.1'),
      onLink: [{ prefix: parsePrefix('172.31.0.0/16'), link: 'eth0' }],
    },
  });
  const { daemon, store } = rig;
  await until('the lease', () => state() === 'held');
  await daemon.nodeLane.lane.flush();
  const [first, second, third] = [2, 3, 4, 5].filter(
    (n) => daemon.keeper.status.lease?.name !== `172.31.${n}.0-24`,
  );
  await daemon.guard.lane.flush();
  expect(daemon.problems.get('scarce')).toBeUndefined();
  const publicIp = parseIpv4(`172.31.${third}.9`);
  store.put(
    `172.31.${first}.0-24`,
    formatLeaseValue(peer(2, { publicIp, backendType: 'bridge' }).attributes),
    '7',
  );
  store.put(`172.31.${second}.0-24`, '{', '7');
  await daemon.guard.lane.flush();
  expect(daemon.problems.get('scarce')?.message).toContain('6 of 6 subnets');
});

test('B06 a lease of another node with our public address is named here, as long as it is there', async () => {
  await start();
  const name = rig.addPeer(3, { publicIp: parseIpv4('172.31.0.1'), overlay: overlay('node-3', 'h3') });
  expect(rig.daemon.problems.get('rival')).toMatchObject({
    code: 'OVL_PUBLIC_IP_CONFLICT',
    message: expect.stringContaining('node node-3 (h3, 172.31.0.1)') as string,
  });
  rig.store.delete(name);
  expect(codes()).toEqual([]);
});

test('B06 a host whose address becomes that of another keeps to what it announced, and names the other', async () => {
  const facts = { publicIp: parseIpv4('172.31.0.1') };
  await start({ facts });
  rig.addPeer(3, { overlay: overlay('node-3', 'h3') });
  const before = rig.store.keys.get(OWN)?.value;
  Object.assign(facts, { publicIp: parseIpv4('172.31.0.3') });
  await rig.daemon.nodeLane.lane.flush();
  expect(rig.store.keys.get(OWN)?.value).toBe(before);
  expect(rig.daemon.problems.get('node')).toMatchObject({
    code: 'OVL_PUBLIC_IP_CONFLICT',
    message: expect.stringContaining('node node-3 (h3, 172.31.0.3)') as string,
  });
});

test('B06 a host that gives up an address names its other owner no more', async () => {
  const facts = { publicIp: parseIpv4('172.31.0.1') };
  await start({ facts });
  rig.addPeer(3, { publicIp: parseIpv4('172.31.0.1'), overlay: overlay('node-3', 'h3') });
  expect(rig.daemon.problems.get('rival')).toBeDefined();
  Object.assign(facts, { publicIp: parseIpv4('172.31.0.9') });
  await rig.daemon.nodeLane.lane.flush();
  expect(rig.daemon.problems.get('rival')).toBeUndefined();
});

test('B07 a lease elsewhere with our node id is named, from the first list on', async () => {
  rig = new ControlRig({});
  rig.addPeer(3, { overlay: overlay(NODE_ID, 'clone') });
  await rig.start();
  expect(rig.daemon.problems.get('rival')).toMatchObject({
    code: 'OVL_NODE_ID_DUPLICATE',
    message: expect.stringContaining('host clone (172.31.0.3)') as string,
  });
});

test('B03 what Docker still has of an earlier lease is fenced in both families when another host leases it', async () => {
  const report: DockerReport = {
    ...{ mode: 'network', reachable: true, state: 'waiting', problems: [], changes: [] },
    ...{ subnet: '10.5.7.0/24', ipv6Subnet: 'fc00:5:0:7::/64' },
  };
  const docker = {
    ensure: () => Promise.resolve(report),
    watch: () => ({ close: () => undefined }),
    cleanup: () => Promise.resolve([]),
  };
  await start({ dualStack: true, docker, config: { docker: 'network' } });
  await rig.daemon.dockerLane?.lane.flush();
  rig.addPeer(7, { overlay: overlay('node-7', 'h7') });
  await rig.settle();
  expect(rig.firewall.fenced).toEqual(['10.5.7.0/24', 'fc00:5:0:7::/64']);
});

test('B03 a loss by another host looks at the leases once, with its key and without its own', async () => {
  await start({ network: NO_OTHER });
  const looks = jest.spyOn(rig.daemon.guard.fence, 'look');
  rig.daemon.keeper.events([
    { type: 'put', lease: { ...rawOf(peer(1)), value: theirs(), modRevision: '900' } },
  ]);
  expect([looks.mock.calls.length, rig.daemon.guard.fence.prefixes().map(formatPrefix)]).toEqual([1, LOST]);
});

test('no file is written as long as nothing was ever fenced', async () => {
  await start();
  expect(existsSync(join(rig.daemon.config.stateDir, 'fence.json'))).toBe(false);
});
