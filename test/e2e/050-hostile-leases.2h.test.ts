import type { Cluster, Host } from '@overlay/testbed';
import { PREFIX, eventually, openRig, overlayAddress, pings, sh, startAll } from './support/rig';

let cluster: Cluster;
let host: Host;
let remote: string;
let peerMac: string;

const value = (publicIp: string, mac: string): string =>
  JSON.stringify({
    PublicIP: publicIp,
    PublicIPv6: null,
    BackendType: 'vxlan',
    BackendData: { VNI: 1, VtepMAC: mac },
  });

beforeAll(async () => {
  cluster = await openRig(
    { name: 'tb-hostile', hosts: 2 },
    { Network: '10.5.0.0/16', SubnetMax: '10.5.99.0', Backend: { Type: 'vxlan' } },
  );
  const [, second] = await startAll(cluster, ['--ip-forward=on']);
  host = cluster.host(1);
  remote = await overlayAddress(second!, cluster.host(2));
  await eventually('the first ping', () => pings(host, remote));
  peerMac = (await sh(host, `ip neigh show ${remote} dev flannel.1`)).split(' ')[2] ?? '';
}, 60_000);

afterAll(() => cluster.destroy());

const state = async (): Promise<string> =>
  sh(host, 'ip route show; ip neigh show dev flannel.1 nud permanent; bridge fdb show dev flannel.1');

const subnets = `${PREFIX}/subnets`;

test.each([
  ['I5 a key that is no subnet', `${subnets}/hello`, 'world'],
  ['C09 a key beside the folder, which takes down Flannel', `${PREFIX}/subnets-backup/note`, 'hello'],
  [
    'C10 an alias that Flannel reads as another subnet',
    `${subnets}/x10.5.200.0-24`,
    value('172.31.250.9', '02:00:00:00:00:09'),
  ],
  ['C08 a value that is no JSON', `${subnets}/10.5.201.0-24`, '{'],
  ['C15 a value of 100 KB', `${subnets}/10.5.202.0-24`, 'x'.repeat(100_000)],
  ['C11 a lease for half of IPv4', `${subnets}/128.0.0.0-1`, value('172.31.250.9', '02:00:00:00:00:09')],
  ['C11 a lease for the loopback', `${subnets}/127.0.0.0-8`, value('172.31.250.9', '02:00:00:00:00:09')],
  [
    'C11 a lease that covers the whole network',
    `${subnets}/10.5.0.0-16`,
    value('172.31.250.9', '02:00:00:00:00:09'),
  ],
  ['C13 a zero MAC', `${subnets}/10.5.203.0-24`, value('172.31.250.9', '00:00:00:00:00:00')],
  ['C13 a multicast MAC', `${subnets}/10.5.204.0-24`, value('172.31.250.9', '01:00:5e:00:00:01')],
  [
    'C14 a public address inside of the overlay',
    `${subnets}/10.5.205.0-24`,
    value('10.5.9.9', '02:00:00:00:00:09'),
  ],
  ['C14 a loopback public address', `${subnets}/10.5.206.0-24`, value('127.0.0.1', '02:00:00:00:00:09')],
])('%s changes nothing', async (_, key, text) => {
  const before = await state();
  await cluster.etcd.etcdctl(['put', key, text]);
  await cluster.etcd.etcdctl([
    'put',
    `${subnets}/10.5.250.0-24`,
    value('172.31.250.250', '02:00:00:00:00:fa'),
  ]);
  await eventually(
    'a good lease written after it',
    async () => (await state()).includes('10.5.250.0/24'),
    3000,
  );
  await cluster.etcd.etcdctl(['del', `${subnets}/10.5.250.0-24`]);
  await eventually('the state before', async () => (await state()) === before, 3000);
  await cluster.etcd.etcdctl(['del', key]);
  expect(await state()).toBe(before);
  expect(await pings(host, remote)).toBe(true);
});

test("C13 a lease with a peer's MAC does not take its traffic", async () => {
  const before = await state();
  await cluster.etcd.etcdctl(['put', `${subnets}/10.5.207.0-24`, value('172.31.250.9', peerMac)]);
  const listed = async (): Promise<string> =>
    (await host.overlayctl(['lease', 'list', '--output', 'wide'])).stdout;
  await eventually(
    'the rejection in the list',
    async () => /10\.5\.207\.0.*rejected/.test(await listed()),
    3000,
  );
  expect(await state()).toBe(before);
  expect(await pings(host, remote)).toBe(true);
  await cluster.etcd.etcdctl(['del', `${subnets}/10.5.207.0-24`]);
});
