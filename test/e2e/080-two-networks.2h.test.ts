import { existsSync } from 'node:fs';
import type { Cluster, Container, DockerVersion, Host, Overlayd } from '@overlay/testbed';
import { dockerState, openDockerRig, reaches, startServer } from './support/docker';
import { eventually, putConfig, sh } from './support/rig';

jest.setTimeout(120_000);

type Name = 'a' | 'b';

/** The device a network's packets leave the host by, and the one of the other network. */
interface Network {
  readonly name: Name;
  readonly config: object;
  readonly device: string;
  readonly wrongDevice: string;
}

const vxlan = (name: Name, vni: number): object => ({
  Network: name === 'a' ? '10.11.0.0/16' : '10.12.0.0/16',
  Backend: { Type: 'vxlan', VNI: vni },
});

const A: Network = { name: 'a', config: vxlan('a', 1), device: 'flannel.1', wrongDevice: 'eth0' };
const B: Network = { name: 'b', config: vxlan('b', 2), device: 'flannel.2', wrongDevice: 'flannel.1' };
const B_HOST_GW: Network = {
  name: 'b',
  config: { Network: '10.12.0.0/16', Backend: { Type: 'host-gw' } },
  device: 'eth0',
  wrongDevice: 'flannel.1',
};

const CASES: readonly [string, DockerVersion, Network, Network][] = [
  ['vxlan and vxlan', '28.5', { ...A, wrongDevice: 'flannel.2' }, B],
  ['vxlan and host-gw', '20.10', A, B_HOST_GW],
];

/** What changes by itself: counters, timers, link-local addresses coming up, and neighbours that bridges learn. */
const BY_ITSELF = /\[\d+:\d+\]|^#.*$|\w+_timer +\S+|^.*\bfe80::.*$|^(?!.*(permanent|dst )).* dev veth.*$/gm;

/** Everything of a host that a daemon could have changed. */
async function snapshot(host: Host): Promise<string> {
  const text = await sh(
    host,
    [
      'iptables-save -t raw; iptables-save -t nat; iptables-save -t filter; ip6tables-save',
      'ip -d -o link | cut -d: -f2-; ip -o addr | cut -d: -f2-; ip route show table all; ip rule; ip -6 rule',
      'ip neigh show nud permanent; bridge fdb show | sort; nft list tables',
      'sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding',
    ].join('; '),
  );
  return text.replaceAll(BY_ITSELF, '').replaceAll(/\n+/g, '\n');
}

describe.each(CASES)('%s, dockerd %s', (_, version, a, b) => {
  let cluster: Cluster;
  const containers: Record<Name, Container[]> = { a: [], b: [] };

  const daemon = (host: Host, { name }: Network): Overlayd =>
    host.overlayd({ instance: name, prefix: `/${name}/network` });

  async function startNetwork(network: Network): Promise<void> {
    await putConfig(cluster, network.config, `/${network.name}/network`);
    const started = cluster.hosts.map((host) => daemon(host, network));
    for (const overlayd of started) overlayd.start(['--docker=network', '--ip-masq']);
    for (const overlayd of started) await overlayd.ready();
    for (const host of cluster.hosts) await dockerState(host, 'ready', 15_000, daemon(host, network));
    const starts = cluster.hosts.map((host) =>
      startServer(host, `web-${network.name}`, `overlay-${network.name}`, []),
    );
    containers[network.name] = await Promise.all(starts);
  }

  async function bothWays(network: Network): Promise<void> {
    const [first, second] = containers[network.name];
    await eventually(`first request in ${network.name}`, () => reaches(first!, second!));
    for (const port of [80, 81]) {
      expect(await first!.sourceSeenBy(`${second!.ip}:${port}`)).toBe(first!.ip);
      expect(await second!.sourceSeenBy(`${first!.ip}:${port}`)).toBe(second!.ip);
    }
  }

  beforeAll(async () => {
    const name = `tb-e80-${version.split('.')[0]}`;
    cluster = await openDockerRig({ name, hosts: 2, engines: 2 }, version, a.config);
    await startNetwork(b);
  }, 240_000);

  afterAll(() => cluster.destroy());

  test('F07 I7 a second instance comes and goes, and every rule, route and device of the first stays as it was', async () => {
    const host = cluster.host(1);
    const before = await snapshot(host);
    const [own, remote] = containers.b;
    await startNetwork(a);
    await bothWays(a);
    await bothWays(b);
    expect(await snapshot(host)).not.toBe(before);
    const pinging = own!.net(['ping', '-n', '-q', '-i', '0.02', '-c', '150', '-W', '1', remote!.ip]);
    await host.docker(['rm', '--force', 'web-a']);
    await daemon(host, a).stop();
    const { code, stdout } = await daemon(host, a).runOnce(['--cleanup', '--docker=network']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('overlay-a')]);
    expect((await pinging).stdout).toContain(' 0% packet loss');
    expect(await snapshot(host)).toBe(before);
    expect(existsSync(daemon(host, a).subnetFile)).toBe(false);
    expect(existsSync(daemon(host, b).subnetFile)).toBe(true);
    expect((await host.docker(['network', 'ls'])).stdout).not.toContain('overlay-a');
    await bothWays(b);
  });

  test('the removed instance comes back beside the other, with the same subnet', async () => {
    const [gone] = containers.a;
    await cluster.host(2).docker(['rm', '--force', 'web-a']);
    await startNetwork(a);
    expect(containers.a[0]!.ip).toBe(gone!.ip);
    await bothWays(a);
    await bothWays(b);
  });

  test.each([a, b])('packets of network $name go over $device and not over $wrongDevice', async (network) => {
    const host = cluster.host(1);
    const remote = containers[network.name][1]!.ip;
    const over = async (device: string): Promise<number> =>
      (await host.tryExec(['ping', '-n', '-W', '1', '-c', '1', '-I', device, remote])).code;
    expect(await sh(host, `ip route get ${remote}`)).toContain(`dev ${network.device}`);
    expect(await over(network.device)).toBe(0);
    expect(await over(network.wrongDevice)).not.toBe(0);
  });
});
