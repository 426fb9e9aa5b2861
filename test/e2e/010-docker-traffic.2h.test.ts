import { readFileSync, writeFileSync } from 'node:fs';
import {
  OUTSIDE_ADDRESS,
  type Cluster,
  type Container,
  type DockerVersion,
  type Host,
} from '@overlay/testbed';
import {
  dockerState,
  fetchFrom,
  hostSeenBy,
  leasedSubnet,
  openDockerRig,
  reaches,
  startServer,
} from './support/docker';
import { eventually, overlayAddress, putConfig, sh } from './support/rig';

jest.setTimeout(120_000);

const VERSIONS: readonly DockerVersion[] = ['20.10', '28.5'];
const config = (backend: string): object => ({ Network: '10.5.0.0/16', Backend: { Type: backend } });

interface Side {
  readonly host: Host;
  readonly container: Container;
}

describe.each(VERSIONS)('dockerd %s', (version) => {
  let cluster: Cluster;
  let stranger: Host;

  beforeAll(async () => {
    const name = `tb-e10-${version.split('.')[0]}`;
    cluster = await openDockerRig({ name, hosts: 3, engines: 2 }, version, config('vxlan'));
    stranger = cluster.host(3);
  }, 240_000);

  afterAll(() => cluster.destroy());

  const hosts = (): readonly Host[] => cluster.hosts.slice(0, 2);

  async function startDaemons(mode: string): Promise<void> {
    const started = hosts().map((host) => host.overlayd());
    for (const overlayd of started) overlayd.start([`--docker=${mode}`, '--ip-masq', '--backend-linger=2']);
    for (const overlayd of started) await overlayd.ready();
  }

  /** docker0 gets the lease: overlayd writes the file and says what is missing, the administrator restarts Docker. */
  async function giveDocker0TheLease(host: Host, backend: string): Promise<void> {
    const file = (): unknown => JSON.parse(readFileSync(host.engine.configFile, 'utf8'));
    const mtuOf = (): unknown => (file() as { mtu?: number }).mtu;
    // The leases of the run before announce its backend, which carries packets until every host has announced the new one.
    const mtu = backend === 'host-gw' ? 1500 : 1450;
    await eventually(`mtu ${mtu} in daemon.json`, () => Promise.resolve(mtuOf() === mtu), 30_000);
    const waiting = await dockerState(host, 'restart-required');
    expect(waiting.problems[0]?.code).toBe('OVL_DOCKER_SUBNET_DIFFERS');
    expect(file()).toMatchObject({ icc: false, 'ip-masq': false });
    await host.engine.stop();
    await host.engine.start();
    const { bridge, subnet } = await dockerState(host, 'ready');
    expect([bridge, subnet]).toEqual(['docker0', await leasedSubnet(host.overlayd(), host)]);
    expect(await sh(host, 'ip -4 -o addr show docker0')).toContain(subnet.replace('.0/', '.1/'));
  }

  async function stopAll(mode: string): Promise<void> {
    const one = async (host: Host): Promise<void> => {
      await host.docker(['rm', '--force', 'web', 'other']).catch(() => undefined);
      await host.overlayd().stop();
      const { code } = await host.overlayd().runOnce(['--cleanup', `--docker=${mode}`]);
      expect(code).toBe(0);
      expect(await sh(host, 'iptables-save; ip -d link')).not.toMatch(/overlay|flannel|ovl-br/i);
    };
    await Promise.all(hosts().map(one));
  }

  describe.each([
    ['network', 'vxlan'],
    ['network', 'host-gw'],
    ['daemon-json', 'vxlan'],
    ['daemon-json', 'host-gw'],
  ] as const)('--docker=%s with %s', (mode, backend) => {
    const network = mode === 'network' ? 'overlay' : undefined;
    let sides: readonly [Side, Side];

    beforeAll(async () => {
      await putConfig(cluster, config(backend));
      if (mode === 'daemon-json')
        for (const { engine } of hosts()) writeFileSync(engine.configFile, '{\n  "icc": false\n}\n');
      await startDaemons(mode);
      if (mode === 'daemon-json')
        await Promise.all(hosts().map((host) => giveDocker0TheLease(host, backend)));
      else await Promise.all(hosts().map((host) => dockerState(host, 'ready')));
      const containers = await Promise.all(hosts().map((host) => startServer(host, 'web', network)));
      sides = [
        { host: cluster.host(1), container: containers[0]! },
        { host: cluster.host(2), container: containers[1]! },
      ];
      await eventually('the first request', () => reaches(sides[0].container, sides[1].container));
    });

    afterAll(() => stopAll(mode));

    async function bothWays(check: (from: Side, to: Side) => Promise<void>): Promise<void> {
      await Promise.all([check(sides[0], sides[1]), check(sides[1], sides[0])]);
    }

    test('containers reach each other over TCP and ping, and the server sees the address of the container', () =>
      bothWays(async (from, to) => {
        expect(await from.container.sourceSeenBy(`${to.container.ip}:80`)).toBe(from.container.ip);
        expect(await from.container.sourceSeenBy(`${to.container.ip}:81`)).toBe(from.container.ip);
        expect(await from.container.pings(to.container.ip, 3)).toBe(true);
      }));

    test('a host reaches a remote container with an address of its own', () =>
      bothWays(async (from, to) => {
        const own =
          backend === 'host-gw' ? from.host.address : await overlayAddress(from.host.overlayd(), from.host);
        expect(await hostSeenBy(from.host, `${to.container.ip}:81`)).toBe(own);
        expect(await hostSeenBy(from.host, `${to.container.ip}:80`)).toBe(own);
      }));

    test('a published port is reached from another host and its containers at the address of the host', () =>
      bothWays(async (from, to) => {
        expect(await hostSeenBy(from.host, `${to.host.address}:8080`)).toBe(from.host.address);
        expect(await from.container.fetch(`http://${to.host.address}:8080/cgi-bin/whoami`)).toContain(
          'container=web',
        );
      }));

    test('a published port is reached from a host outside of the overlay', async () => {
      for (const { host } of sides)
        expect(await hostSeenBy(stranger, `${host.address}:8080`)).toBe(stranger.address);
    });

    test('a container reaches the outside with the address of its host', async () => {
      for (const { host, container } of sides)
        expect(await container.sourceSeenBy(OUTSIDE_ADDRESS)).toBe(host.address);
    });

    test('a container on the same host is reached without any masquerade, unless icc is off', async () => {
      const [{ host, container }] = sides;
      const other = await host.runContainer({ name: 'other', ...(network === undefined ? {} : { network }) });
      expect(await reaches(other, container, 81)).toBe(mode === 'network');
      expect(await other.pings(container.ip)).toBe(mode === 'network');
      await other.remove();
    });

    test('an unpublished port is not reached from a host on the LAN that routes to it, unless the administrator says so', async () => {
      const opened = `-s ${stranger.address} -j ACCEPT`;
      const attempt = async ({ host, container }: Side): Promise<void> => {
        await sh(stranger, `ip route replace ${container.ip}/32 via ${host.address}`);
        expect(await fetchFrom(stranger, `${container.ip}:81`, 1)).toBeUndefined();
        await sh(host, `iptables -t raw -I PREROUTING ${opened}; iptables -I DOCKER-USER ${opened}`);
        expect(await fetchFrom(stranger, `${container.ip}:81`, 1)).toContain('container=web');
        await sh(host, `iptables -t raw -D PREROUTING ${opened}; iptables -D DOCKER-USER ${opened}`);
        await sh(stranger, `ip route del ${container.ip}/32`);
      };
      await Promise.all(sides.map(attempt));
    });

    test('without the rules of overlayd Docker refuses the same traffic, and with them it flows again', async () => {
      const [{ host, container }, { container: client }] = sides;
      expect(await reaches(client, container, 81)).toBe(true);
      if (version === '28.5') {
        const bridge = mode === 'network' ? 'ovl-br-default' : 'docker0';
        const drop = `-A PREROUTING -d ${container.ip}/32 ! -i ${bridge} -j DROP`;
        expect(await sh(host, 'iptables-save -t raw')).toContain(drop);
      }
      await host.overlayd().stop();
      await sh(host, 'iptables -t raw -F OVERLAY-RAW; iptables -F OVERLAY-FWD');
      expect(await reaches(client, container, 81)).toBe(false);
      await host.overlayd().restart();
      await eventually('traffic', () => reaches(client, container, 81), 3000);
    });
  });
});
