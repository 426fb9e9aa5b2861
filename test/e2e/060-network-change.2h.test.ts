import type { Cluster, Host } from '@overlay/testbed';
import { PREFIX, eventually, openRig, overlayAddress, pings, putConfig, sh, startAll } from './support/rig';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await openRig(
    { name: 'tb-change', hosts: 2 },
    { Network: '10.5.0.0/16', Backend: { Type: 'vxlan' } },
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
  expect(
    await pings(cluster.host(1), await overlayAddress(cluster.host(2).overlayd(), cluster.host(2))),
  ).toBe(true);
});

test('C03 a changed Network is reported, and taken by renumber on one host and by a restart on the other', async () => {
  await putConfig(cluster, { Network: '10.77.0.0/16', Backend: { Type: 'vxlan' } });
  const [first, second] = [cluster.host(1), cluster.host(2)];
  for (const host of [first, second]) {
    await eventually('the report', async () => (await status(host)).includes('OVL_CONFIG_CHANGED'), 3000);
  }
  const answer = await first.overlayctl(['node', 'renumber']);
  expect([answer.code, answer.stdout]).toEqual([0, expect.stringContaining('10.77.')]);
  await second.overlayd().restart();
  const remote = await overlayAddress(second.overlayd(), second);
  expect(remote).toMatch(/^10\.77\./);
  await eventually('a ping in the new network', () => pings(first, remote));
  expect(await status(first)).not.toContain('OVL_CONFIG_CHANGED');
  expect(await sh(first, 'ip route show proto 76')).not.toContain('10.5.');
  const keys = await cluster.etcd.etcdctl(['get', '--prefix', '--keys-only', `${PREFIX}/subnets`]);
  expect(keys.split('\n').filter((key) => key !== '')).toHaveLength(2);
}, 60_000);
