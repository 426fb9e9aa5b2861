import { recordHistory, type Cluster, type Host, type HistoryRecorder } from '@overlay/testbed';
import { PREFIX, eventually, openRig, overlayAddress, pings, sh, startAll } from './support/rig';

let cluster: Cluster;
let host: Host;
let remote: string;
let history: HistoryRecorder;

beforeAll(async () => {
  cluster = await openRig(
    { name: 'tb-outage', hosts: 3 },
    { Network: '10.5.0.0/16', Backend: { Type: 'vxlan' } },
  );
  history = await recordHistory(cluster.etcd, PREFIX);
  const overlayds = [cluster.host(1), cluster.host(2)].map((one) => one.overlayd());
  for (const overlayd of overlayds) overlayd.start(['--ip-forward=on']);
  for (const overlayd of overlayds) await overlayd.ready();
  host = cluster.host(1);
  remote = await overlayAddress(overlayds[1]!, cluster.host(2));
  await eventually('the first ping', () => pings(host, remote));
}, 60_000);

afterAll(() => cluster.destroy());

const routes = (): Promise<string> => sh(host, 'ip route show proto 76');

test('A01 with etcd down a new host says so at once, waits, and changes nothing in its kernel', async () => {
  const before = await routes();
  await cluster.etcd.kill();
  const third = cluster.host(3).overlayd();
  third.start(['--ip-forward=on']);
  await eventually('the message', async () => third.log().includes('OVL_ETCD_UNREACHABLE'), 6000);
  expect(third.running).toBe(true);
  expect(await sh(cluster.host(3), 'ip -o link show type vxlan; ip route show proto 76')).toBe('');
  expect((await third.health('readyz')).code).not.toBe(0);
  expect(await routes()).toBe(before);
}, 30_000);

test('A02 F19 an outage of etcd leaves the data plane alone and shows in readiness', async () => {
  const before = await routes();
  await eventually('not ready', async () => (await host.overlayd().health('readyz')).code !== 0, 15_000);
  expect(await pings(host, remote)).toBe(true);
  expect(await routes()).toBe(before);
}, 30_000);

test('A01 A02 when etcd is back the new host joins and everybody reaches it', async () => {
  await cluster.startEtcd();
  const third = cluster.host(3).overlayd();
  await third.ready(20_000);
  const address = await overlayAddress(third, cluster.host(3));
  await eventually('the ping to the new host', () => pings(host, address), 10_000);
  await eventually('ready again', async () => (await host.overlayd().health('readyz')).code === 0, 10_000);
}, 60_000);

test('A20 B13 a deleted own key is written again with the same subnet, and the process lives on', async () => {
  const before = await overlayAddress(host.overlayd(), host);
  await cluster.etcd.etcdctl(['del', `${PREFIX}/subnets/${before}-24`]);
  await eventually('the key', async () => {
    return (await cluster.etcd.etcdctl(['get', '--keys-only', `${PREFIX}/subnets/${before}-24`])).includes(
      before,
    );
  });
  expect(host.overlayd().running).toBe(true);
  await eventually('the ping', () => pings(host, remote), 5000);
}, 30_000);

test('I1 I2 in all of this no two hosts had one subnet, and none wrote over what another one had written', async () => {
  const { events, violations } = await history.stop();
  expect(violations).toEqual([]);
  // Three came, and one was deleted and came again.
  expect(events.length).toBeGreaterThanOrEqual(5);
}, 30_000);

test('B01 I1 I2 twelve hosts starting at once on twelve subnets all get one', async () => {
  const racers = await openRig(
    { name: 'tb-race', hosts: 12 },
    {
      Network: '10.9.0.0/24',
      SubnetLen: 28,
      SubnetMin: '10.9.0.16',
      SubnetMax: '10.9.0.192',
      Backend: { Type: 'alloc' },
    },
  );
  try {
    const race = await recordHistory(racers.etcd, PREFIX);
    await startAll(racers, []);
    const keys = await racers.etcd.etcdctl(['get', '--prefix', '--keys-only', `${PREFIX}/subnets/`]);
    expect(keys.split('\n').filter((key) => key !== '')).toHaveLength(12);
    expect((await race.stop()).violations).toEqual([]);
  } finally {
    await racers.destroy();
  }
}, 120_000);
