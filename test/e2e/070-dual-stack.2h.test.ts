import type { Cluster } from '@overlay/testbed';
import { PREFIX, eventually, openRig, pings, sh, startAll } from './support/rig';

const BACKENDS = ['vxlan', 'host-gw'] as const;

describe.each(BACKENDS)('%s', (type) => {
  let cluster: Cluster;

  beforeAll(async () => {
    const config = {
      EnableIPv6: true,
      Network: '10.24.0.0/16',
      IPv6Network: 'fc00:24::/48',
      Backend: { Type: type },
    };
    cluster = await openRig({ name: `tb-dual-${type}`, hosts: 2, ipv6: true }, config);
    await startAll(cluster, ['--ip-forward=on']);
  }, 60_000);

  afterAll(() => cluster.destroy());

  test('both families reach across the hosts, container address to container address', async () => {
    for (const host of cluster.hosts) {
      const read = `. ${host.overlayd().subnetFile}`;
      await sh(
        host,
        `${read}; ip link add br9 type bridge; ip link set br9 up; ip addr add $FLANNEL_SUBNET dev br9; ip -6 addr add $FLANNEL_IPV6_SUBNET dev br9 nodad`,
      );
    }
    const read = `. ${cluster.host(2).overlayd().subnetFile}`;
    const [ipv4, ipv6] = (
      await sh(cluster.host(2), `${read}; echo \${FLANNEL_SUBNET%/*} \${FLANNEL_IPV6_SUBNET%/*}`)
    ).split(' ');
    await eventually('IPv4', () => pings(cluster.host(1), ipv4!));
    await eventually('IPv6', () => pings(cluster.host(1), ipv6!));
  });

  test("the key is Flannel's dual-stack form and both families are programmed", async () => {
    const keys = await cluster.etcd.etcdctl(['get', '--prefix', '--keys-only', `${PREFIX}/subnets/`]);
    expect(keys).toMatch(/10\.24\.\d+\.0-24&fc00:24:0:[0-9a-f]+::-64/);
    expect(await sh(cluster.host(1), 'ip -6 route show proto 76')).toContain('fc00:24:');
  });

  test('I10 a second look finds nothing to change', async () => {
    const plan = (await cluster.host(1).overlayctl(['plan', '--output', 'json'])).stdout;
    expect((JSON.parse(plan) as { changes: unknown[] }).changes).toEqual([]);
  });
});
