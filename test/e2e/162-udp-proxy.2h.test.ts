import { join } from 'node:path';
import { sweep, type Cluster, type LiveHost, type Overlayd, type Pod } from '@overlay/testbed';
import { PREFIX, eventually, openRig, sh, startAll } from './support/rig';
import {
  capture,
  carriesTcp,
  fullyConnected,
  liveHosts,
  lossDuring,
  podPings,
  problemOf,
  rolesOf,
} from './support/ways';

/** A kernel without foo-over-UDP: the daemons carry the packets. (With it, the virtual machine's scenarios do.) */
const name = 'tb-udp';
const MTU = 1472;

jest.setTimeout(60_000);

let cluster: Cluster;
let daemons: readonly Overlayd[];
let hosts: readonly LiveHost[];
let pods: readonly Pod[];
let before: readonly string[];

/** Devices, addresses and routes, without what differs by itself. */
const network = async (): Promise<readonly string[]> =>
  Promise.all(
    cluster.hosts.map((host) =>
      sh(host, 'ip -br link | grep -v pod; ip -br addr show eth0; ip route; ip -6 rule'),
    ),
  );

beforeAll(async () => {
  cluster = await openRig({ name, hosts: 2 }, { Network: '10.5.0.0/16', Backend: { Type: 'udp' } });
  before = await network();
  daemons = await startAll(cluster, ['--ip-forward=on']);
  hosts = await liveHosts(cluster, daemons, MTU);
  pods = hosts.map(({ pod }) => pod);
  await fullyConnected(pods);
}, 60_000);

afterAll(() => sweep(name));

test('a ping loses one of its time to live at each end of the proxy and at each host', async () => {
  const [from, to] = pods;
  const { stdout } = await from!.exec(['ping', '-n', '-c', '1', '-t', '64', '-W', '2', to!.address]);
  expect(Number(/ttl=(\d+)/.exec(stdout)?.[1])).toBe(60);
});

test('TCP both ways', async () => {
  const [one, two] = pods as [Pod, Pod];
  await carriesTcp(one, two, join(cluster.directory, 'tcp-1.log'));
  await carriesTcp(two, one, join(cluster.directory, 'tcp-2.log'));
});

test('packets of 1400 bytes and of the full MTU pass with DF, one byte more does not', async () => {
  const [one, two] = pods as [Pod, Pod];
  for (const [from, to] of [
    [one, two],
    [two, one],
  ] as const) {
    for (const bytes of [1400, MTU])
      expect(await podPings(from, to.address, ['-M', 'do', '-s', String(bytes - 28)])).toBe(true);
    expect(await podPings(from, to.address, ['-M', 'do', '-s', String(MTU - 27)])).toBe(false);
  }
});

test('on the wire it is the bare packet in UDP 8285, and 100 packets a second lose none', async () => {
  let loss = '';
  const seen = await capture(cluster.host(1), async () => {
    loss = await lossDuring(hosts, { rate: 100 }, () => Promise.resolve());
  });
  expect(loss).toMatch(/^0 of /);
  // The first byte after the UDP header is the inner version and header length.
  expect(
    await seen.count('udp src port 8285 and udp dst port 8285 and udp[8] = 0x45'),
  ).toBeGreaterThanOrEqual(1200);
  expect(await seen.count('net 10.5.0.0/16')).toBe(0);
});

test('status names the proxy and what to load', async () => {
  for (const daemon of daemons) {
    expect(await problemOf(daemon, 'OVL_UDP_PROXY')).toMatch(/this kernel lacks fou.*modprobe -a fou/);
    expect(await rolesOf(daemon)).toEqual(['udp wanted 1']);
  }
});

test('the lease is a Flannel lease of udp: no BackendType', async () => {
  const text = await cluster.etcd.etcdctl(['get', '--prefix', '--print-value-only', `${PREFIX}/subnets/`]);
  const values = text.split('\n').filter((line) => line !== '');
  expect(values).toHaveLength(2);
  for (const value of values) {
    const lease = JSON.parse(value) as Record<string, unknown>;
    expect(Object.keys(lease)).toEqual(['PublicIP', 'PublicIPv6', 'Overlay']);
  }
});

test('a restarted daemon goes on with the same device', async () => {
  const host = cluster.host(1);
  const index = (): Promise<string> => sh(host, 'ip -o link show overlay.udp | cut -d: -f1');
  const before = await index();
  await daemons[0]!.restart();
  await fullyConnected(pods);
  expect(await index()).toBe(before);
});

test('--cleanup leaves nothing', async () => {
  for (const daemon of daemons) {
    await daemon.stop();
    const { code, stdout } = await daemon.runOnce(['--cleanup']);
    expect({ code, stdout }).toMatchObject({ code: 0 });
  }
  for (const host of cluster.hosts) await sh(host, 'ip link del pods0');
  await eventually('the network as before', async () => (await network()).join() === before.join(), 2000);
});
