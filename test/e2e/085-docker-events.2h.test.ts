import type { Cluster, Container, DockerVersion, Host } from '@overlay/testbed';
import {
  dockerState,
  dockerStatus,
  hostSeenBy,
  leasedSubnet,
  openDockerRig,
  reaches,
  startServer,
} from './support/docker';
import { eventually, overlayAddress, pings, putConfig, sh } from './support/rig';

jest.setTimeout(120_000);

const VERSIONS: readonly DockerVersion[] = ['20.10', '28.5'];
/** Far more than it takes (see the printed times), far less than Docker's or our periodic checks. */
const SOON_MS = 3000;

describe.each(VERSIONS)('dockerd %s', (version) => {
  let cluster: Cluster;
  let host: Host;
  let other: Host;
  let server: Container;
  let client: Container;
  const measured: string[] = [];

  beforeAll(async () => {
    const name = `tb-e85-${version.split('.')[0]}`;
    cluster = await openDockerRig({ name, hosts: 3, engines: 2, args: ['--live-restore'] }, version, {
      Network: '10.5.0.0/16',
      Backend: { Type: 'vxlan' },
    });
    host = cluster.host(1);
    other = cluster.host(2);
  }, 240_000);

  afterAll(async () => {
    process.stdout.write(`dockerd ${version}: ${measured.join(', ')}\n`);
    await cluster.destroy();
  });

  const restartEngine = async (): Promise<void> => {
    await host.engine.stop();
    await host.engine.start(['--live-restore']);
  };

  /** New connections both ways; the first one may come while the rules are being written again. */
  async function flowsSoonAfter(what: string, event: () => Promise<unknown>): Promise<void> {
    await event();
    // Shorter than the second after which a lost SYN is sent again.
    const flows = async (): Promise<boolean> =>
      (await reaches(client, server, 81, 0.4)) && (await reaches(server, client, 81, 0.4));
    measured.push(`${what} ${await eventually(`traffic after ${what}`, flows, SOON_MS)} ms`);
  }

  test('E13 with Docker absent the overlay comes up, and Docker gets its network when it appears', async () => {
    await Promise.all([host.engine.stop(), other.engine.stop()]);
    for (const one of [host, other])
      await one.startOverlayd(['--docker=network', '--ip-masq', '--ip-forward=on']);
    const remote = await overlayAddress(other.overlayd(), other);
    await eventually('a ping without Docker', () => pings(host, remote), SOON_MS);
    const absent = await dockerStatus(host);
    expect([absent.state, absent.problems[0]?.code]).toEqual(['waiting', 'OVL_DOCKER_UNREACHABLE']);
    await Promise.all([host, other].map(({ engine }) => engine.start(['--live-restore'])));
    const started = Date.now();
    const present = await dockerState(host, 'ready', SOON_MS);
    measured.push(`Docker appears ${Date.now() - started} ms`);
    expect(present.subnet).toBe(await leasedSubnet(host.overlayd(), host));
    await dockerState(other, 'ready', SOON_MS);
    [server, client] = await Promise.all([
      startServer(host, 'web', 'overlay'),
      startServer(other, 'web', 'overlay'),
    ]);
    await flowsSoonAfter('the first containers', () => Promise.resolve());
  });

  test('E01 a FORWARD policy that becomes DROP under running containers does not stop the overlay', () =>
    flowsSoonAfter('FORWARD policy DROP', () => sh(host, 'iptables -P FORWARD DROP')));

  test('E04 after a restart of dockerd traffic flows again', () =>
    flowsSoonAfter('dockerd restart', restartEngine));

  test('E04 after a crash of dockerd traffic flows again', () =>
    flowsSoonAfter('dockerd crash', async () => {
      await host.engine.kill();
      await host.engine.start(['--live-restore']);
    }));

  test('E03 a new Docker network changes nothing, and source addresses stay', () =>
    flowsSoonAfter('network create', () => host.docker(['network', 'create', 'x'])));

  test('E05 a flush of filter, nat and raw by hand is repaired; what Docker lost is reported, and comes with its restart', async () => {
    const flush = 'iptables -F; iptables -t nat -F; iptables -t raw -F';
    await flowsSoonAfter('flush', () => sh(host, flush));
    expect((await host.overlayctl(['doctor', '--no-probe'])).stdout).toMatch(
      /warn +firewall: .*dockerd restarts/,
    );
    await restartEngine();
    await eventually(
      'the published port',
      async () => (await hostSeenBy(other, `${host.address}:8080`)) === other.address,
      SOON_MS,
    );
    await flowsSoonAfter('flush and dockerd restart', () => Promise.resolve());
  });

  test('E14 while dockerd hangs a new host is routed to at once', async () => {
    await dockerState(host, 'ready');
    host.engine.signal('SIGSTOP');
    try {
      const third = await cluster.host(3).startOverlayd(['--ip-forward=on']);
      const address = await overlayAddress(third, cluster.host(3));
      measured.push(
        `join while dockerd hangs ${await eventually('the ping', () => pings(host, address), 1000)} ms`,
      );
      expect(await reaches(client, server, 81)).toBe(true);
      expect((await host.overlayctl(['resync'])).code).toBe(0);
      const { problems } = await dockerState(host, 'waiting', 10_000);
      expect(problems[0]?.code).toBe('OVL_DOCKER_TIMEOUT');
    } finally {
      host.engine.signal('SIGCONT');
    }
    await dockerState(host, 'ready', 10_000);
  });

  test('C03 E15 a renumbered lease waits for the containers, and Docker follows when the last one is gone', async () => {
    await putConfig(cluster, { Network: '10.77.0.0/16', Backend: { Type: 'vxlan' } });
    await eventually('the report', async () =>
      (await host.overlayctl(['status'])).stdout.includes('OVL_CONFIG_CHANGED'),
    );
    for (const one of [host, other]) {
      const { code, stdout } = await one.overlayctl(['node', 'renumber']);
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^10\.5\..* -> 10\.77\./)]);
      const waiting = await dockerState(one, 'waiting', SOON_MS);
      expect(waiting.problems[0]).toMatchObject({
        code: 'OVL_DOCKER_NETWORK_IN_USE',
        message: expect.stringContaining('in use by web') as string,
      });
      expect(waiting.subnet).toMatch(/^10\.5\./);
      await one.docker(['rm', '--force', 'web']);
      const ready = await dockerState(one, 'ready', SOON_MS);
      expect(ready.subnet).toBe(await leasedSubnet(one.overlayd(), one));
      expect(ready.subnet).toMatch(/^10\.77\./);
    }
    [server, client] = await Promise.all([
      startServer(host, 'new', 'overlay'),
      startServer(other, 'new', 'overlay'),
    ]);
    await flowsSoonAfter('renumber', () => Promise.resolve());
  });
});
