import { sweep, type Cluster, type Host, type LiveHost, type Overlayd } from '@overlay/testbed';
import { PREFIX, eventually, openRig, pings, putConfig, sh } from './support/rig';
import {
  capture,
  fullyConnected,
  liveHosts,
  lossDuring,
  problemOf,
  rolesOf,
  settles,
  waitForProblem,
} from './support/ways';

const name = 'tb-mixed';
const NETWORK = '10.5.0.0/16';
/** Hosts lease the first subnets: those that the tests give away themselves stay free. */
const POOL = { Network: NETWORK, SubnetMax: '10.5.99.0' };
const VXLAN = { ...POOL, Backend: { Type: 'vxlan' } };
/** No kernel that these tests run on by themselves has it. */
const GRE = { ...POOL, Backend: { Type: 'gre' } };
/** The subnet of a host that announces no more than Flannel does. */
const PLAIN = { lease: `${PREFIX}/subnets/10.5.200.0-24`, subnet: '10.5.200.0/24', address: '10.5.200.1' };
const RATE = { rate: 34 };

jest.setTimeout(60_000);

let cluster: Cluster;
let daemons: readonly Overlayd[];
let hosts: readonly LiveHost[];

beforeAll(async () => {
  cluster = await openRig({ name, hosts: 3 }, VXLAN);
  daemons = cluster.hosts.map((host) => host.overlayd());
  for (const [index, backend] of ['vxlan', 'host-gw', 'udp'].entries())
    daemons[index]!.start(['--ip-forward=on', '--backend-linger=2', `--backend=${backend}`]);
  for (const daemon of daemons) await daemon.ready();
  hosts = await liveHosts(cluster, daemons, 1400);
}, 60_000);

afterAll(() => sweep(name));

const connected = (): Promise<void> => fullyConnected(hosts.map(({ pod }) => pod));

/** What every host runs. */
const roles = (): Promise<readonly (readonly string[])[]> => Promise.all(daemons.map(rolesOf));

const MIXED = [
  ['vxlan wanted 2'],
  ['host-gw wanted 0', 'vxlan wanted 2'],
  ['udp wanted 0', 'vxlan wanted 2'],
];

test('a cluster where each host prefers another backend is fully connected', async () => {
  await connected();
  expect(await roles()).toEqual(MIXED);
  const { stdout } = await hosts[1]!.host.overlayctl(['status']);
  expect(stdout).toMatch(/ways: +host-gw: wanted, 0 peers\n +vxlan vni 1 port 8472: wanted, 2 peers/);
});

test('D23 a change to what no kernel has is refused on every host, and loses no packet', async () => {
  const loss = await lossDuring(hosts, RATE, async () => {
    await putConfig(cluster, GRE);
    for (const daemon of daemons)
      expect(await waitForProblem(daemon, 'OVL_BACKEND_REFUSED')).toMatch(
        /^gre: this kernel has no gre devices: load the module ip_gre/,
      );
    expect(await roles()).toEqual([
      ['vxlan wanted 2', 'gre waiting 0'],
      ['host-gw wanted 0', 'vxlan leaving 2', 'gre waiting 0'],
      ['udp wanted 0', 'vxlan leaving 2', 'gre waiting 0'],
    ]);
    // Longer than a backend that nobody needs stays.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await putConfig(cluster, VXLAN);
    await settles(roles, MIXED);
  });
  expect(loss).toMatch(/^0 of /);
  for (const daemon of daemons) expect(await problemOf(daemon, 'OVL_BACKEND_REFUSED')).toBeUndefined();
});

describe('a host that cannot do what the config asks for at its first start', () => {
  let host: Host;
  let overlayd: Overlayd;
  const config = '/alone/config';

  beforeAll(async () => {
    host = await cluster.addHost();
    overlayd = host.overlayd({ prefix: '/alone' });
    await putConfig(cluster, GRE, '/alone');
  });

  test('D23 says so, makes nothing, and goes on as soon as the config is another', async () => {
    const before = await sh(host, 'ip -br link; ip route');
    overlayd.start(['--ip-forward=on']);
    expect(await waitForProblem(overlayd, 'OVL_BACKEND_REFUSED')).toMatch(
      /no gre devices: load the module ip_gre/,
    );
    expect(await sh(host, 'ip -br link; ip route; iptables-save')).toBe(before);
    expect(await sh(host, `test -e ${overlayd.subnetFile} || echo none`)).toBe('none');
    expect(await cluster.etcd.etcdctl(['get', '--prefix', '--keys-only', '/alone/'])).toBe(config);
    expect((await overlayd.health('readyz')).code).not.toBe(0);
    expect(overlayd.running).toBe(true);
    await putConfig(cluster, VXLAN, '/alone');
    await overlayd.ready();
    expect(await problemOf(overlayd, 'OVL_BACKEND_REFUSED')).toBeUndefined();
    await overlayd.stop();
  });
});

test('D23 --dry-run says why, and --cleanup finds nothing to do', async () => {
  const host = cluster.host(4);
  const overlayd = host.overlayd({ instance: 'dry', prefix: '/alone' });
  await putConfig(cluster, GRE, '/alone');
  const dry = await overlayd.runOnce(['--dry-run']);
  expect([dry.code, dry.stdout, dry.stderr]).toEqual([1, '', expect.stringContaining('OVL_BACKEND_REFUSED')]);
  expect((await overlayd.runOnce(['--cleanup'])).code).toBe(0);
});

describe('a peer that announces something else only', () => {
  let plain: Host;

  beforeAll(async () => {
    plain = await cluster.addHost();
    const routes = hosts.map(({ host, pod }) => {
      const subnet = pod.address.replace(/\.10$/, '.0/24');
      return `ip route add ${subnet} via ${host.address}`;
    });
    const own = `ip addr add ${PLAIN.address}/24 dev lo; sysctl -qw net.ipv4.ip_forward=1`;
    await sh(plain, [own, ...routes].join(' && '));
    const lease = { PublicIP: plain.address, PublicIPv6: null, BackendType: 'host-gw' };
    await cluster.etcd.etcdctl(['put', PLAIN.lease, JSON.stringify(lease)]);
  });

  test('is reached by that beside the own backend, both ways and without encapsulation', async () => {
    await settles(roles, [
      // The second host prefers host-gw, which is there now.
      ['vxlan wanted 1', 'host-gw demanded 2'],
      ['host-gw wanted 1', 'vxlan wanted 2'],
      ['udp wanted 0', 'vxlan wanted 1', 'host-gw demanded 2'],
    ]);
    const seen = await capture(plain, async () => {
      for (const { pod } of hosts) {
        await eventually(
          'from the pod',
          async () => (await pod.tryExec(['ping', '-c', '1', '-W', '1', PLAIN.address])).code === 0,
        );
        await eventually('to the pod', () => pings(plain, pod.address));
      }
    });
    expect(await seen.count(`icmp and host ${PLAIN.address}`)).toBeGreaterThanOrEqual(6);
    expect(await seen.count('udp port 8472 or udp port 8285')).toBe(0);
    await connected();
  });

  test('leaves nothing behind when it goes', async () => {
    await cluster.etcd.etcdctl(['del', PLAIN.lease]);
    await settles(roles, MIXED);
    for (const { host } of hosts) expect(await sh(host, 'ip route')).not.toContain(PLAIN.subnet);
  });
});

test('EncryptTo all: a peer with clear backends only is not reached, and not one packet to it is on the wire', async () => {
  const [first, second] = hosts as [LiveHost, LiveHost];
  await putConfig(cluster, { ...VXLAN, EncryptTo: 'all' });
  const routes = (): Promise<string> => sh(first.host, 'ip route show dev flannel.1');
  await settles(routes, '');
  const seen = await capture(first.host, () =>
    first.pod.tryExec(['ping', '-n', '-i', '0.05', '-c', '20', '-W', '1', second.pod.address]),
  );
  expect(await seen.count(`host ${second.host.address} and not icmp6`)).toBe(0);
  expect(await seen.count('net 10.5.0.0/16')).toBe(0);
  const { stdout } = await first.host.overlayctl(['explain', second.pod.address]);
  expect(stdout).toContain('with encryption');
  await putConfig(cluster, VXLAN);
  await connected();
});
