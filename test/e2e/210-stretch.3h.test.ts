import {
  captureAt,
  type Capture,
  type Cluster,
  type Container,
  type Host,
  type Overlayd,
} from '@overlay/testbed';
import { dockerState, startServer } from './support/docker';
import { eventually, openRig, sh } from './support/rig';

jest.setTimeout(120_000);

const CONFIG = {
  Network: '10.5.0.0/16',
  EnableIPv6: true,
  IPv6Network: 'fd00:5::/64',
  IPv6SubnetLen: 80,
  Backend: { Type: 'vxlan', Stretch: true },
};

let cluster: Cluster;
let daemons: readonly Overlayd[];
let containers: readonly Container[];

const inside = async (container: Container, line: string): Promise<string> =>
  (await container.exec(['sh', '-c', line])).stdout;
const ipv6Of = async (container: Container): Promise<string> =>
  /inet6 (fd00:5:[^/]+)/.exec(await inside(container, 'ip -6 -o addr show dev eth0'))?.[1] ?? 'none';

/** Every ordered pair of containers on different hosts. */
const pairs = (): readonly (readonly [Container, Container])[] =>
  containers.flatMap((from) => containers.filter((to) => to !== from).map((to) => [from, to] as const));

beforeAll(async () => {
  cluster = await openRig({ name: 'lb-stretch', hosts: 3, ipv6: true }, CONFIG);
  for (const host of cluster.hosts) {
    await sh(host, 'sysctl -qw net.ipv4.ip_forward=0');
    await host.startDockerd({ version: '20.10' });
  }
  daemons = cluster.hosts.map((host) => host.overlayd());
  for (const daemon of daemons) daemon.start(['--docker=network', '--ip-masq']);
  for (const daemon of daemons) await daemon.ready();
  await Promise.all(cluster.hosts.map((host) => dockerState(host, 'ready')));
  for (const host of cluster.hosts)
    await eventually(
      'the device on Docker`s bridge',
      async () => (await sh(host, 'ip -o link show master ovl-br-default')).includes('flannel.1'),
      20_000,
    );
  containers = await Promise.all(cluster.hosts.map((host) => startServer(host, 'web', 'overlay', [])));
}, 240_000);

afterAll(() => cluster.destroy());

const bridge = (host: Host): Promise<string> => sh(host, 'ip -o addr show dev ovl-br-default');

test('each host gives out its own range of one subnet', async () => {
  const bases = new Set<string>();
  for (const [index, host] of cluster.hosts.entries()) {
    const range = await sh(host, `. ${daemons[index]!.subnetFile}; echo $FLANNEL_SUBNET`);
    const base = range.replace(/\.1\/24$/, '.');
    bases.add(base);
    expect(containers[index]!.ip.startsWith(base)).toBe(true);
    expect(await bridge(host)).toContain(`${base}1/16`);
  }
  expect(bases.size).toBe(3);
});

test('containers of different hosts are neighbours: a packet that may cross no router arrives', async () => {
  for (const [from, to] of pairs()) {
    expect(await inside(from, `ping -c 2 -W 2 -t 1 ${to.ip}`)).toContain(' 0% packet loss');
    expect(await from.sourceSeenBy(`${to.ip}:80`)).toBe(from.ip);
  }
});

test('IPv6 neighbours find each other across hosts', async () => {
  for (const [from, to] of pairs())
    expect(await inside(from, `ping6 -c 2 -W 2 ${await ipv6Of(to)}`)).toContain(' 0% packet loss');
});

test('containers have the MTU of the tunnel; full-size packets with DF pass, and one byte more does not fit', async () => {
  for (const container of containers)
    expect((await inside(container, 'cat /sys/class/net/eth0/mtu')).trim()).toBe('1450');
  for (const [from, to] of pairs()) {
    const ping = ['ping', '-n', '-c', '2', '-i', '0.2', '-W', '2', '-M', 'do', to.ip, '-s'];
    expect((await from.net([...ping, '1422'])).stdout).toContain(' 0% packet loss');
    expect((await from.tryNet([...ping, '1423'])).code).not.toBe(0);
  }
});

/** Broadcasts to an address that nobody has: what each container sees of them, the sender too. */
const BROADCASTS = 20;
const REQUESTS = 3;

/** Captures in all containers at once. */
function captureInAll(work: () => Promise<unknown>): Promise<readonly Capture[]> {
  const captures: Capture[] = [];
  const from = (index: number): Promise<unknown> => {
    const container = containers[index];
    if (container === undefined) return work();
    const place = {
      inside: (argv: readonly string[]) => container.inside(argv),
      device: 'eth0',
      beyond: containers[index === 0 ? 1 : 0]!.ip,
      directory: cluster.directory,
    };
    return captureAt(place, () => from(index + 1)).then((seen) => void (captures[index] = seen));
  };
  return from(0).then(() => captures);
}

test('a broadcast reaches every host once, and a full mesh makes no storm', async () => {
  const [from] = containers;
  const seen = await captureInAll(async () => {
    // Nobody answers a broadcast: ping says so with 1.
    await from!.tryNet(['ping', '-n', '-q', '-b', '-i', '0.05', '-c', String(BROADCASTS), '10.5.255.255']);
    await inside(from!, `arping -q -c ${REQUESTS} -w ${REQUESTS + 1} -I eth0 10.5.255.254; true`);
  });
  const counts = (filter: string): Promise<number[]> =>
    Promise.all(seen.map((one) => one.count(`ether broadcast and ether src ${from!.mac} and ${filter}`)));
  expect(await counts('icmp and dst host 10.5.255.255')).toEqual(containers.map(() => BROADCASTS));
  expect(await counts('arp dst host 10.5.255.254')).toEqual(containers.map(() => REQUESTS));
});

test('the device has one flood entry a peer and suppresses neighbour requests', async () => {
  for (const host of cluster.hosts) {
    const fdb = await sh(host, 'bridge fdb show dev flannel.1');
    expect(fdb.match(/00:00:00:00:00:00 dst \S+ self permanent/g)).toHaveLength(2);
    expect(await sh(host, 'bridge -d link show dev flannel.1')).toContain('neigh_suppress on');
  }
});

test('a host reaches remote containers', async () => {
  const { code } = await cluster.host(1).tryExec(['ping', '-n', '-c', '3', '-W', '2', containers[1]!.ip]);
  expect(code).toBe(0);
});

test('a bridge that Docker makes anew gets the device again', async () => {
  const host = cluster.host(3);
  await host.docker(['rm', '--force', 'web']);
  await host.docker(['network', 'rm', 'overlay']);
  await eventually(
    'the device on the new bridge',
    async () =>
      (await host.tryExec(['sh', '-c', 'ip -o link show master ovl-br-default'])).stdout.includes(
        'flannel.1',
      ),
    30_000,
  );
  const again = await startServer(host, 'web', 'overlay', []);
  await eventually('the first answer', () => containers[0]!.pings(again.ip, 1));
});

test('--cleanup leaves nothing', async () => {
  for (const [index, host] of cluster.hosts.entries()) {
    await host.docker(['rm', '--force', 'web']);
    await daemons[index]!.stop();
    const { code } = await daemons[index]!.runOnce(['--cleanup', '--docker=network']);
    expect(code).toBe(0);
    expect(await sh(host, 'ip -d link; iptables-save')).not.toMatch(/overlay|flannel|ovl-br/i);
  }
});
