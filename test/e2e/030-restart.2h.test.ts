import { sweep, type Cluster, type Host, type Overlayd } from '@overlay/testbed';
import { eventually, openRig, overlayAddress, pings, sh, startAll } from './support/rig';

/** Echoes at 500 a second while something happens; resolves to how many were lost. */
async function lostDuring(
  host: Host,
  address: string,
  seconds: number,
  work: () => Promise<void>,
): Promise<number> {
  const count = seconds * 500;
  const pinging = sh(host, `ping -n -q -i 0.002 -c ${count} -W 1 ${address} || true`);
  await work();
  const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(await pinging) ?? [];
  expect(Number(sent)).toBe(count);
  return Number(sent) - Number(received);
}

async function leases(cluster: Cluster): Promise<string> {
  return cluster.etcd.etcdctl(['get', '--prefix', '/atomic.io/network/subnets', '-w', 'fields']);
}

describe.each([
  ['vxlan', { Type: 'vxlan' }],
  ['host-gw', { Type: 'host-gw' }],
])('%s', (name, backend) => {
  let cluster: Cluster;
  let host: Host;
  let own: Overlayd;
  let remote: string;

  beforeAll(async () => {
    cluster = await openRig(
      { name: `tb-restart-${name}`, hosts: 2 },
      { Network: '10.5.0.0/16', Backend: backend },
    );
    const [first, second] = await startAll(cluster, ['--ip-forward=on']);
    host = cluster.host(1);
    own = first!;
    remote = await overlayAddress(second!, cluster.host(2));
    if (name === 'host-gw')
      await sh(
        cluster.host(2),
        `ip link add br9 type bridge; ip addr add ${remote}/32 dev br9; ip link set br9 up`,
      );
    await eventually('the first ping', () => pings(host, remote));
  }, 60_000);

  afterAll(() => cluster.destroy());

  test('F05 I8 stopping and starting overlayd loses none of 3,000 packets and changes no lease', async () => {
    const before = await leases(cluster);
    expect(await lostDuring(host, remote, 6, () => own.restart())).toBe(0);
    expect(await leases(cluster)).toBe(before);
  }, 60_000);

  test('F16 I8 killing and starting overlayd loses none of 3,000 packets and changes no lease', async () => {
    const before = await leases(cluster);
    const work = async (): Promise<void> => {
      await own.kill();
      own.start(['--ip-forward=on']);
      await own.ready();
    };
    expect(await lostDuring(host, remote, 6, work)).toBe(0);
    expect(await leases(cluster)).toBe(before);
  }, 60_000);

  test('F05 I10 a restart on a right kernel writes nothing to it', async () => {
    await own.restart();
    const metrics = (await own.health('metrics')).stdout;
    expect(metrics).toMatch(/^overlayd_kernel_changes_total 0$/m);
    expect(metrics).toMatch(/^overlayd_firewall_writes_total 0$/m);
  });

  test('B14 six kills and starts leave one etcd lease per node', async () => {
    for (let round = 0; round < 6; round += 1) {
      await own.kill();
      own.start(['--ip-forward=on']);
      await own.ready();
    }
    const list = await cluster.etcd.etcdctl(['lease', 'list']);
    expect(list).toContain('found 2 leases');
  }, 120_000);
});

afterAll(async () => {
  for (const name of ['vxlan', 'host-gw']) await sweep(`tb-restart-${name}`);
});
