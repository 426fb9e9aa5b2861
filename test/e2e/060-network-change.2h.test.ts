import type { Cluster, Host } from '@overlay/testbed';
import { PREFIX, eventually, openRig, overlayAddress, pings, putConfig, sh, startAll } from './support/rig';

describe.each(['vxlan', 'host-gw'])('%s', (type) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await openRig(
      { name: `tb-change-${type}`, hosts: 2 },
      { Network: '10.5.0.0/16', Backend: { Type: type } },
    );
    await startAll(cluster, ['--ip-forward=on']);
  }, 60_000);

  afterAll(() => cluster.destroy());

  const status = async (host: Host): Promise<string> => (await host.overlayctl(['status'])).stdout;

  test('C02 a broken network config is reported and the old one stays in use', async () => {
    await cluster.etcd.etcdctl(['put', `${PREFIX}/config`, '{']);
    await eventually(
      'the report',
      async () => (await status(cluster.host(1))).includes('OVL_CONFIG_INVALID'),
      3000,
    );
    await eventually('the route', async () =>
      (await sh(cluster.host(1), 'ip route show proto 76')).includes('10.5.'),
    );
  });

  test('a network config that no overlayd understands makes renumber fail, and the old one stays', async () => {
    await putConfig(cluster, { Network: '10.77.0.0/16', Backend: { Type: 'weave' } });
    const host = cluster.host(1);
    await eventually('the report', async () => (await status(host)).includes('OVL_BACKEND_UNKNOWN'), 3000);
    const answer = await host.tryExec(host.overlayctlCommand(['node', 'renumber']));
    expect([answer.code, answer.stderr]).toEqual([1, expect.stringContaining('OVL_BACKEND_UNKNOWN')]);
    expect(await status(host)).toMatch(/ready: +yes/);
  });

  test('C03 a changed Network is reported, and taken by renumber on one host and by a restart on the other', async () => {
    await putConfig(cluster, { Network: '10.77.0.0/16', Backend: { Type: type } });
    const [first, second] = [cluster.host(1), cluster.host(2)];
    for (const host of [first, second]) {
      await eventually('the report', async () => (await status(host)).includes('OVL_CONFIG_CHANGED'), 3000);
    }
    const answer = await first.overlayctl(['node', 'renumber']);
    expect([answer.code, answer.stdout]).toEqual([0, expect.stringContaining('10.77.')]);
    await second.overlayd().restart();
    const remote = await overlayAddress(second.overlayd(), second);
    expect(remote).toMatch(/^10\.77\./);
    await eventually('the route', async () => (await sh(first, 'ip route show proto 76')).includes('10.77.'));
    if (type === 'vxlan') await eventually('a ping in the new network', () => pings(first, remote));
    expect(await status(first)).not.toContain('OVL_CONFIG_CHANGED');
    expect(await sh(first, 'ip route show proto 76')).not.toContain('10.5.');
    const keys = await cluster.etcd.etcdctl(['get', '--prefix', '--keys-only', `${PREFIX}/subnets`]);
    expect(keys.split('\n').filter((key) => key !== '')).toHaveLength(2);
  }, 60_000);
});
