import type { Cluster, Host, Overlayd } from '@overlay/testbed';
import { eventually, openRig, overlayAddress, pings, sh, startAll } from './support/rig';

let cluster: Cluster;
let host: Host;
let own: Overlayd;
let remote: string;

beforeAll(async () => {
  cluster = await openRig(
    { name: 'tb-drift', hosts: 2 },
    { Network: '10.5.0.0/16', Backend: { Type: 'vxlan' } },
  );
  const [first, second] = await startAll(cluster, ['--ip-forward=on']);
  host = cluster.host(1);
  own = first!;
  remote = await overlayAddress(second!, cluster.host(2));
  await eventually('the first ping', () => pings(host, remote));
}, 60_000);

afterAll(() => cluster.destroy());

const state = async (): Promise<string> =>
  sh(
    host,
    'ip route show proto 76; ip neigh show dev flannel.1 nud permanent; bridge fdb show dev flannel.1; ip addr show dev flannel.1 scope global | grep inet',
  );

async function comesBack(damage: string): Promise<void> {
  const before = await state();
  await sh(host, damage);
  await eventually(
    `repair of: ${damage}`,
    async () => (await state().catch(() => '')) === before,
    2000,
  ).catch(async () => {
    expect(await state()).toBe(before);
  });
  expect(await pings(host, remote)).toBe(true);
}

test('D01 a deleted route comes back', () => comesBack(`ip route del ${remote}/24`));

test('D01 a deleted neighbour comes back', () => comesBack(`ip neigh del ${remote} dev flannel.1`));

test('D02 all our routes removed in one go come back', () => comesBack('ip route flush proto 76'));

test('D11 a deleted FDB entry comes back', async () => {
  const mac = (await sh(host, `ip neigh show ${remote} dev flannel.1`)).split(' ')[2];
  await comesBack(`bridge fdb del ${mac} dev flannel.1`);
});

test('D03 a deleted address of the device comes back', () =>
  comesBack('ip addr flush dev flannel.1 scope global'));

test('D03 a device set down comes up again', () => comesBack('ip link set flannel.1 down'));

test('D04 a changed VTEP MAC is set back to the published one', async () => {
  const macOf = (): Promise<string> => sh(host, "ip -o link show flannel.1 | grep -o 'link/ether [^ ]*'");
  const published = await macOf();
  await sh(host, 'ip link set flannel.1 address 02:00:00:00:00:99');
  await eventually('the MAC', async () => (await macOf()) === published, 2000);
  expect(await pings(host, remote)).toBe(true);
});

test('D05 a deleted device comes back with the published MAC and every peer, ten times in a row', async () => {
  for (let round = 0; round < 10; round += 1) await comesBack('ip link del flannel.1');
});

test('E05 flushed firewall chains are back within a second', async () => {
  const rules = (): Promise<string> => sh(host, 'iptables-save | grep overlayd:default | sort');
  const before = await rules();
  expect(before).toContain('OVERLAY-FWD');
  await sh(host, 'iptables -F; iptables -t nat -F; iptables -X; iptables -t nat -X');
  await eventually('our rules', async () => (await rules().catch(() => '')) === before, 1000);
});

test('D13 I7 a foreign route to the subnet of a peer is never replaced, is reported, and once it is gone ours is back', async () => {
  const foreign = `${remote}/24 dev eth0 metric 5`;
  const shown = (): Promise<string> => sh(host, `ip route show ${remote}/24`);
  await own.stop();
  await sh(host, `ip route flush ${remote}/24; ip route add ${foreign}`);
  own.start(['--ip-forward=on']);
  const status = async (): Promise<string> => (await host.overlayctl(['status'])).stdout;
  await eventually(
    'the report',
    async () => (await status()).includes(`${remote}/24`) && (await status()).includes('not ours'),
  );
  expect(await shown()).toMatch(/^\S+ dev eth0 scope link metric 5\s*$/);
  await sh(host, `ip route del ${foreign}`);
  await eventually('our route', async () => (await shown()).includes('dev flannel.1'), 3000);
  await own.ready();
  expect(await pings(host, remote)).toBe(true);
}, 30_000);
