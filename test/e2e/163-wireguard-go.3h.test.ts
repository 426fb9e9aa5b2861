import { runFlows, sweep, type Cluster, type Host, type LiveHost, type Overlayd } from '@overlay/testbed';
import { PREFIX, eventually, openRig, putConfig, sh, startAll } from './support/rig';
import {
  capture,
  fullyConnected,
  liveHosts,
  lossDuring,
  onlyWay,
  podPings,
  settles,
  waitForProblem,
} from './support/ways';

/** A kernel without WireGuard: wireguard-go has the devices. (With it, the virtual machine's scenarios do.) */
const name = 'tb-wgo';
const NETWORK = '10.5.0.0/16';
/** Hosts lease the first subnets: those that the tests give away themselves stay free. */
const POOL = { Network: NETWORK, SubnetMax: '10.5.99.0' };
const WIREGUARD = { ...POOL, Backend: { Type: 'wireguard' } };
const VXLAN = { ...POOL, Backend: { Type: 'vxlan' } };
const FLAGS = ['--ip-forward=on', '--backend-linger=2'];
/** Together 100 packets a second and their answers. */
const FLOWS = { rate: 17 };
const MOVED_MS = 11_000;
/** Anything that shows an address of the overlay, and the ways that do not encrypt. */
const CLEAR = `net ${NETWORK} or udp port 8472 or ip proto 4 or ip proto 47`;

jest.setTimeout(60_000);

let cluster: Cluster;
let daemons: readonly Overlayd[];
let hosts: readonly LiveHost[];

beforeAll(async () => {
  cluster = await openRig({ name, hosts: 3 }, WIREGUARD);
  // Its control sockets are in one folder of the machine.
  for (const host of cluster.hosts) host.overlayd({ ownFolder: '/var/run/wireguard' });
  daemons = await startAll(cluster, FLAGS);
  hosts = await liveHosts(cluster, daemons, 1420);
}, 60_000);

afterAll(() => sweep(name));

const connected = (): Promise<void> => fullyConnected(hosts.map(({ pod }) => pod));

/** The processes that have a host's devices. */
const processes = (host: Host): Promise<string> =>
  sh(
    host,
    `for p in $(ip netns pids ${host.namespace}); do grep -lzE "/wireguard-go$" /proc/$p/cmdline; done | sort`,
  );

test('pods of three hosts reach each other, and on the wire nothing is in clear', async () => {
  const [first] = hosts as [LiveHost];
  const seen = await capture(first.host, async () => {
    await connected();
    const results = await runFlows(
      hosts.slice(1).map(({ pod }) => ({ from: pod, to: first.pod.address })),
      { rate: 50, seconds: 2 },
      () => Promise.resolve(),
    );
    expect(results.map(({ lost }) => lost)).toEqual([0, 0]);
  });
  expect(await seen.count('udp port 51820')).toBeGreaterThanOrEqual(400);
  expect(await seen.count(CLEAR)).toBe(0);
  for (const size of ['1372', '1392'])
    expect(await podPings(first.pod, hosts[1]!.pod.address, ['-M', 'do', '-s', size])).toBe(true);
});

test('F05 a restart of one daemon loses no packet, and wireguard-go goes on', async () => {
  const { host } = hosts[0]!;
  const before = await processes(host);
  expect(before).toMatch(/^\/proc\/\d+\/cmdline$/);
  expect(await lossDuring(hosts, FLOWS, () => daemons[0]!.restart())).toMatch(/^0 of /);
  expect(await processes(host)).toBe(before);
});

test('another KeyGeneration replaces the keys of all hosts without a lost or a clear packet', async () => {
  let loss = '';
  const seen = await capture(hosts[1]!.host, async () => {
    loss = await lossDuring(hosts, FLOWS, async () => {
      await putConfig(cluster, { ...POOL, Backend: { Type: 'wireguard', KeyGeneration: 1 } });
      await onlyWay(daemons, 'wireguard generation 1', MOVED_MS);
    });
  });
  expect(loss).toMatch(/^0 of /);
  expect(await seen.count('udp port 51822')).toBeGreaterThan(0);
  expect(await seen.count(CLEAR)).toBe(0);
});

test('G01 a PSK of the wrong length is one clear error that does not show it, and changes nothing', async () => {
  const PSK = Buffer.alloc(31, 'secret').toString('base64');
  await putConfig(cluster, { ...POOL, Backend: { Type: 'wireguard', PSK } });
  for (const daemon of daemons) {
    const message = await waitForProblem(daemon, 'OVL_BACKEND_OPTION');
    expect(message).toMatch(/PSK of wireguard must be base64 of 32 random bytes/);
    expect(message + daemon.log()).not.toContain(PSK);
  }
  await connected();
});

test('C06 from wireguard to vxlan and back loses no packet', async () => {
  const there = async (): Promise<void> => {
    await putConfig(cluster, VXLAN);
    await onlyWay(daemons, 'vxlan vni 1 port 8472', MOVED_MS);
  };
  const back = async (): Promise<void> => {
    await putConfig(cluster, WIREGUARD);
    await onlyWay(daemons, 'wireguard', MOVED_MS);
  };
  expect([await lossDuring(hosts, FLOWS, there), await lossDuring(hosts, FLOWS, back)]).toEqual([
    expect.stringMatching(/^0 of /),
    expect.stringMatching(/^0 of /),
  ]);
});

test('I17 EncryptTo all: a peer with clear backends only is not reached, and nothing of it goes another way in clear', async () => {
  const [first] = hosts as [LiveHost];
  await putConfig(cluster, { ...WIREGUARD, EncryptTo: 'all' });
  const lease = {
    PublicIP: first.host.address.replace(/\d+$/, '99'),
    PublicIPv6: null,
    BackendType: 'host-gw',
  };
  await cluster.etcd.etcdctl(['put', `${PREFIX}/subnets/10.5.200.0-24`, JSON.stringify(lease)]);
  const explain = async (): Promise<string> =>
    (await first.host.overlayctl(['explain', '10.5.200.1'])).stdout;
  await eventually('the reason', async () => (await explain()).includes('with encryption'));
  expect(await explain()).toMatch(/receives by host-gw, this host sends by wireguard with encryption/);
  const seen = await capture(first.host, async () => {
    for (const address of ['10.5.200.1', '10.5.201.1'])
      expect(await podPings(first.pod, address)).toBe(false);
    await connected();
  });
  expect(await seen.count(CLEAR)).toBe(0);
});

test('--cleanup ends wireguard-go and leaves nothing', async () => {
  const { host } = hosts[0]!;
  await daemons[0]!.stop();
  expect((await daemons[0]!.runOnce(['--cleanup'])).code).toBe(0);
  await settles(() => processes(host), '');
  expect(await sh(host, 'ip -br link; ip route')).not.toMatch(/flannel|proto 76/);
});
