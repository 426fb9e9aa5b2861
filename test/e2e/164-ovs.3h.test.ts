import { join } from 'node:path';
import { sweep, type Cluster, type LiveHost, type Overlayd } from '@overlay/testbed';
import { openRig, putConfig, sh } from './support/rig';
import { fullyConnected, liveHosts, lossDuring, rolesOf, settles, waitForProblem } from './support/ways';

/** What happens where no Open vSwitch runs; the virtual machine's scenarios carry packets by it. */
const name = 'tb-ovs';
const VXLAN = { Network: '10.5.0.0/16', Backend: { Type: 'vxlan' } };
const OVS = { Network: '10.5.0.0/16', Backend: { Type: 'ovs' } };

jest.setTimeout(60_000);

let cluster: Cluster;
let daemons: readonly Overlayd[];
let hosts: readonly LiveHost[];

beforeAll(async () => {
  cluster = await openRig({ name, hosts: 3 }, VXLAN);
  daemons = cluster.hosts.map((host) => host.overlayd());
  for (const [index, daemon] of daemons.entries())
    daemon.start([
      ...['--ip-forward=on', '--backend-linger=2'],
      `--ovs-socket=${join(cluster.host(index + 1).context.directory, 'db.sock')}`,
    ]);
  for (const daemon of daemons) await daemon.ready();
  hosts = await liveHosts(cluster, daemons, 1450);
  await fullyConnected(hosts.map(({ pod }) => pod));
}, 60_000);

afterAll(() => sweep(name));

/** Devices and routes of a host. */
const network = (index: number): Promise<string> =>
  sh(cluster.host(index), 'ip -br link | cut -d" " -f1; ip route show proto 76');

test('D23 a change to ovs where no Open vSwitch runs is told, and the packets go on by what carried them', async () => {
  const before = await network(1);
  const loss = await lossDuring(hosts, { rate: 34 }, async () => {
    await putConfig(cluster, OVS);
    for (const daemon of daemons)
      expect(await waitForProblem(daemon, 'OVL_KERNEL')).toMatch(
        /OVL_OVS_UNAVAILABLE: .*Open vSwitch does not answer.*openvswitch-switch/,
      );
    // Longer than a backend that nobody needs stays.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await network(1)).toBe(before);
  });
  expect(loss).toMatch(/^0 of /);
});

test('the change back leaves nothing of it', async () => {
  await putConfig(cluster, VXLAN);
  const vxlan = ['vxlan wanted 2'];
  await settles(() => Promise.all(daemons.map(rolesOf)), [vxlan, vxlan, vxlan]);
  await fullyConnected(hosts.map(({ pod }) => pod));
  expect(await sh(cluster.host(1), 'ip -br link')).not.toContain('ovl-');
});
