import type { Cluster, Host } from '@overlay/testbed';
import { PREFIX, eventually, openRig, overlayAddress, pings, sh, startAll } from './support/rig';

jest.setTimeout(20_000);

describe.each(['vxlan', 'host-gw'])('%s', (type) => {
  let cluster: Cluster;
  let host: Host;
  let other: Host;
  let own: string;
  let remote: string;

  beforeAll(async () => {
    cluster = await openRig(
      { name: `tb-under-${type}`, hosts: 2 },
      { Network: '10.5.0.0/16', Backend: { Type: type } },
    );
    const [first, second] = await startAll(cluster, ['--ip-forward=on']);
    [host, other] = [cluster.host(1), cluster.host(2)];
    own = await overlayAddress(first!, host);
    remote = await overlayAddress(second!, other);
    if (type === 'host-gw') {
      for (const [one, address] of [
        [host, own],
        [other, remote],
      ] as const) {
        await sh(one, `ip link add br9 type bridge; ip addr add ${address}/32 dev br9; ip link set br9 up`);
      }
    }
    await eventually('the first ping', () => pings(host, remote));
  }, 60_000);

  afterAll(() => cluster.destroy());

  test('D07 after the underlay link was down and up, traffic is back within two seconds', async () => {
    await sh(host, 'ip link set eth0 down && ip link set eth0 up');
    await sh(
      host,
      'ip route replace default via $(ip -o -4 addr show eth0 | sed "s/.*inet \\([0-9.]*\\)\\.[0-9]*\\/.*/\\1.254/")',
    );
    await eventually('the ping', () => pings(host, remote), 4000);
  });

  test('B11 D08 a changed underlay address is published in place: same subnet, the peer follows', async () => {
    const moved = host.address.replace(/\.\d+$/, '.77');
    await sh(host, `ip addr del ${host.address}/24 dev eth0 && ip addr add ${moved}/24 dev eth0`);
    await sh(host, `ip route replace default via ${host.address.replace(/\.\d+$/, '.254')}`);
    const value = async (): Promise<string> =>
      cluster.etcd.etcdctl(['get', '--print-value-only', `${PREFIX}/subnets/${own}-24`]);
    await eventually(
      'the new address in the lease',
      async () => (await value()).includes(`"PublicIP":"${moved}"`),
      5000,
    );
    await eventually('the ping', () => pings(host, remote), 5000);
    await eventually('the ping back', () => pings(other, own), 5000);
  });

  test('D14 a smaller underlay MTU reaches the device and subnet.env', async () => {
    await sh(host, 'ip link set eth0 mtu 1400');
    const expected = type === 'vxlan' ? 1350 : 1400;
    const file = host.overlayd().subnetFile;
    await eventually(
      'FLANNEL_MTU',
      async () => (await sh(host, `cat ${file}`)).includes(`FLANNEL_MTU=${expected}`),
      5000,
    );
    if (type === 'vxlan')
      await eventually(
        'the device',
        async () => (await sh(host, 'ip link show flannel.1')).includes('mtu 1350'),
        5000,
      );
    expect(await pings(host, remote)).toBe(true);
  });
});
