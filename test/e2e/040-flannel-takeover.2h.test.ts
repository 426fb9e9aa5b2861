import type { Cluster, Host, Overlayd } from '@overlay/testbed';
import { PREFIX, eventually, openRig, overlayAddress, pings, sh } from './support/rig';

const MAC = '7e:73:a8:ee:4d:53';
const SUBNET = '10.5.34.0';

let cluster: Cluster;
let host: Host;
let own: Overlayd;
let remote: string;

/** What a stopped flanneld leaves: its device, entries and lease (kernel-state fixture, Flannel section 3.6). */
async function leaveFlannelBehind(peerMac: string): Promise<void> {
  const underlay = cluster.host(2).address;
  const lines = [
    `ip link add flannel.1 address ${MAC} type vxlan id 1 local ${host.address} dev eth0 dstport 8472 nolearning`,
    'ip link set flannel.1 mtu 1450',
    `ip addr add ${SUBNET}/32 dev flannel.1`,
    'ip link set flannel.1 up',
    `ip neigh replace ${remote} lladdr ${peerMac} dev flannel.1 nud permanent`,
    `bridge fdb replace ${peerMac} dst ${underlay} dev flannel.1 self permanent`,
    `ip route replace ${remote}/24 via ${remote} dev flannel.1 onlink`,
  ];
  await sh(host, lines.join(' && '));
  const lease = (await cluster.etcd.etcdctl(['lease', 'grant', '86400'])).split(' ')[1] ?? '';
  const value = {
    PublicIP: host.address,
    PublicIPv6: null,
    BackendType: 'vxlan',
    BackendData: { VNI: 1, VtepMAC: MAC },
  };
  await cluster.etcd.etcdctl([
    'put',
    `--lease=${lease}`,
    `${PREFIX}/subnets/${SUBNET}-24`,
    JSON.stringify(value),
  ]);
}

beforeAll(async () => {
  cluster = await openRig(
    { name: 'tb-takeover', hosts: 2 },
    { Network: '10.5.0.0/16', Backend: { Type: 'vxlan' } },
  );
  host = cluster.host(1);
  const second = cluster.host(2).overlayd();
  second.start(['--ip-forward=on']);
  await second.ready();
  remote = await overlayAddress(second, cluster.host(2));
  const peerMac = (await sh(cluster.host(2), 'ip -o link show flannel.1')).replace(
    /.*link\/ether (\S+).*/s,
    '$1',
  );
  await leaveFlannelBehind(peerMac);
  await eventually('the ping over the devices of flanneld', () => pings(host, remote));
  own = host.overlayd();
}, 60_000);

afterAll(() => cluster.destroy());

test('D12 without --adopt-flannel the foreign device is left alone, and that is said', async () => {
  const before = await sh(host, 'ip -d link show flannel.1; ip route; ip neigh show dev flannel.1');
  own.start(['--ip-forward=on']);
  await eventually('the message', async () => own.log().includes('--adopt-flannel'), 10_000);
  await eventually(
    'the status',
    async () => (await host.overlayctl(['status'])).stdout.includes('flannel.1'),
    10_000,
  );
  expect(await sh(host, 'ip -d link show flannel.1; ip route; ip neigh show dev flannel.1')).toBe(before);
  await own.stop();
}, 30_000);

test('a stopped flanneld is taken over in place: same subnet, same MAC, none of 3,000 packets lost', async () => {
  const pinging = sh(host, `ping -n -q -i 0.002 -c 3000 -W 1 ${remote} || true`);
  own.start(['--ip-forward=on', '--adopt-flannel']);
  await own.ready();
  const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(await pinging) ?? [];
  expect([sent, received]).toEqual(['3000', '3000']);
  expect(await overlayAddress(own, host)).toBe(SUBNET);
  const link = await sh(host, 'ip -d link show flannel.1');
  expect(link).toContain(MAC);
  expect(link).toContain('alias overlayd:default');
  expect(await sh(host, 'ip route show dev flannel.1')).toContain('proto 76');
  expect(await sh(host, `ip route show ${remote}/24 | wc -l`)).toBe('1');
}, 60_000);

test("the lease is Flannel's bytes with our field behind", async () => {
  const value = await cluster.etcd.etcdctl(['get', '--print-value-only', `${PREFIX}/subnets/${SUBNET}-24`]);
  const flannel = `{"PublicIP":"${host.address}","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"${MAC}"}`;
  expect(value.startsWith(`${flannel},"Overlay":{`)).toBe(true);
  expect(await cluster.etcd.etcdctl(['lease', 'list'])).toContain('found 2 leases');
});
