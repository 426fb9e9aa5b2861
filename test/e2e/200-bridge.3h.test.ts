import type { Cluster, Container, Host, Overlayd } from '@overlay/testbed';
import { dockerState, startServer } from './support/docker';
import { eventually, openRig, pings, sh } from './support/rig';

jest.setTimeout(120_000);

/** The LAN of the example: two hosts with containers, a third machine that knows nothing of Overlay. */
const LAN = '192.168.28';
const ROUTER = `${LAN}.2`;
const CONFIG = {
  Network: `${LAN}.0/24`,
  SubnetLen: 26,
  Backend: { Type: 'bridge', Exclude: [`${LAN}.192-${LAN}.254`] },
};

/** Addresses and routes of the host's own devices, without ages and numbers. */
const SNAPSHOT = [
  'ip -o addr show dev NIC | sed "s/^[0-9]*: //; s/valid_lft.*//"',
  'ip -4 route show table all; ip -6 route show table all',
].join('; ');

let cluster: Cluster;
let hosts: readonly [Host, Host];
let stranger: Host;
let containers: readonly [Container, Container];
let before: readonly string[];
const daemons: Overlayd[] = [];
const nics = ['eth0', 'eth1'];

const snapshot = (host: Host, index: number): Promise<string> =>
  sh(host, SNAPSHOT.replaceAll('NIC', nics[index] ?? ''));

/** Gives a host of the rig its place on the LAN beside the rig's own addresses, over which it reaches etcd. */
async function moveIn(host: Host, nic: string, address: string): Promise<void> {
  if (nic !== 'eth0')
    await sh(
      host,
      `ip link set eth0 down; ip link set eth0 name ${nic}; ip link set ${nic} up
      ip addr replace ${host.address}/24 dev ${nic}`,
    );
  await sh(
    host,
    `ip addr add ${LAN}.${address}/24 brd + dev ${nic}; ip route replace default via ${ROUTER} dev ${nic}`,
  );
}

beforeAll(async () => {
  cluster = await openRig({ name: 'lb-bridge', hosts: 3 }, CONFIG);
  hosts = [cluster.host(1), cluster.host(2)];
  stranger = cluster.host(3);
  await cluster.exec(['ip', 'addr', 'add', `${ROUTER}/24`, 'dev', 'br0']);
  await moveIn(hosts[0], 'eth0', '5');
  await moveIn(hosts[1], 'eth1', '8');
  await moveIn(stranger, 'eth0', '9');
  for (const host of hosts) {
    await sh(host, 'sysctl -qw net.ipv4.ip_forward=0');
    await host.startDockerd({ version: '20.10' });
  }
  for (const host of hosts)
    await eventually('settled addresses', async () => !(await sh(host, 'ip addr')).includes('tentative'));
  before = await Promise.all(hosts.map(snapshot));
  for (const [index, host] of hosts.entries()) {
    const daemon = host.overlayd();
    daemon.start([`--public-ip=${LAN}.${index === 0 ? 5 : 8}`, '--docker=network']);
    daemons.push(daemon);
  }
  for (const daemon of daemons) await daemon.ready();
  await Promise.all(hosts.map((host) => dockerState(host, 'ready')));
  const [first, second] = await Promise.all(hosts.map((host) => startServer(host, 'web', 'overlay', [])));
  containers = [first!, second!];
}, 240_000);

afterAll(() => cluster.destroy());

test('each host leases a range of the LAN without its router, hosts and excluded addresses', async () => {
  const keys = await cluster.etcd.etcdctl(['get', '--prefix', '--keys-only', '/']);
  expect(keys.match(/subnets\/\S+/g)?.sort()).toEqual(
    ['64', '128'].map((base) => `subnets/${LAN}.${base}-26`).sort(),
  );
});

test('the NIC`s address and default route are the bridge`s, and the shell`s way in stays', async () => {
  expect(await sh(hosts[0], 'ip -o -4 addr show dev eth0')).toBe('');
  expect(await sh(hosts[0], 'ip route show default')).toContain(`via ${ROUTER} dev ovl-lan-0`);
  expect(await sh(hosts[1], 'ip -o link show master ovl-lan-0')).toContain('eth1');
  expect(await pings(stranger, `${LAN}.5`)).toBe(true);
  expect(await pings(stranger, `${LAN}.8`)).toBe(true);
});

test('containers have LAN addresses of their host`s range and the LAN`s router', async () => {
  for (const [index, container] of containers.entries()) {
    const range = await sh(hosts[index]!, `. ${daemons[index]!.subnetFile}; echo $FLANNEL_SUBNET`);
    const base = Number(/\.(\d+)\//.exec(range)?.[1]) & 192;
    const last = Number(container.ip.split('.')[3]);
    expect(last & 192).toBe(base);
    expect((await container.exec(['ip', 'route'])).stdout).toContain(`default via ${ROUTER}`);
  }
});

test('containers, hosts and a machine without Overlay reach each other with their own addresses', async () => {
  const [one, two] = containers;
  expect(await one.sourceSeenBy(`${two.ip}:80`)).toBe(one.ip);
  expect(await two.sourceSeenBy(`${one.ip}:81`)).toBe(two.ip);
  for (const container of containers) {
    expect(await pings(stranger, container.ip)).toBe(true);
    for (const host of hosts) expect(await pings(host, container.ip)).toBe(true);
    expect(await container.pings(`${LAN}.9`, 1)).toBe(true);
    expect(await container.pings(ROUTER, 1)).toBe(true);
  }
});

test('containers have the MTU of the LAN; full-size packets with DF pass, and one byte more does not fit', async () => {
  const [one, two] = containers;
  for (const container of containers)
    expect((await container.exec(['cat', '/sys/class/net/eth0/mtu'])).stdout.trim()).toBe('1500');
  const ping = ['ping', '-n', '-c', '2', '-i', '0.2', '-W', '2', '-M', 'do', two.ip, '-s'];
  expect((await one.net([...ping, '1472'])).stdout).toContain(' 0% packet loss');
  expect((await one.tryNet([...ping, '1473'])).code).not.toBe(0);
});

test('a restart of the daemon changes nothing and loses nothing', async () => {
  const flood = stranger.exec(['ping', '-n', '-q', '-i', '0.02', '-c', '250', '-W', '1', containers[0].ip]);
  await daemons[0]!.stop();
  daemons[0]!.start([`--public-ip=${LAN}.5`, '--docker=network']);
  await daemons[0]!.ready();
  expect((await flood).stdout).toContain('250 received');
});

test('--cleanup gives the NIC back exactly what it had', async () => {
  for (const [index, host] of hosts.entries()) {
    await host.docker(['rm', '--force', 'web']);
    await daemons[index]!.stop();
    const flood = stranger.exec([
      'ping',
      '-n',
      '-q',
      '-i',
      '0.02',
      '-c',
      '150',
      '-W',
      '1',
      `${LAN}.${index === 0 ? 5 : 8}`,
    ]);
    const { code, stdout } = await daemons[index]!.runOnce(['--cleanup', '--docker=network']);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect((await flood).stdout).toContain('150 received');
    expect(await snapshot(host, index)).toBe(before[index]);
    expect(await sh(host, 'ip -o link')).not.toContain('ovl-lan');
  }
});
