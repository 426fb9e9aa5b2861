import { existsSync, readdirSync } from 'node:fs';
import {
  type Cluster,
  createCluster,
  type DockerVersion,
  openCluster,
  OUTSIDE_ADDRESS,
  sweep,
} from '@overlay/testbed';

const NAME = 'tb-rig';

/** Everything on the machine that carries the rig's name. */
function traces(): string[] {
  const namespaces = readdirSync('/run/netns').filter((name) => name.startsWith(NAME));
  const directories = [`/var/lib/overlay-testbed/${NAME}`].filter((path) => existsSync(path));
  const groups = readdirSync('/sys/fs/cgroup', { recursive: false })
    .map((tree) => `/sys/fs/cgroup/${String(tree)}/overlay-testbed-${NAME}-h1`)
    .filter((path) => existsSync(path));
  return [...namespaces, ...directories, ...groups];
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a rig', () => {
  let cluster: Cluster;

  afterEach(async () => {
    await sweep(NAME);
  });

  test('joins its hosts, has a store that answers, and leaves nothing behind', async () => {
    cluster = await createCluster({ name: NAME, hosts: 2, ipv6: true });
    const etcd = await cluster.startEtcd();
    await etcd.etcdctl(['put', 'key', 'value']);
    expect(await etcd.etcdctl(['get', '--print-value-only', 'key'])).toBe('value');
    const [h1, h2] = [cluster.host(1), cluster.host(2)];
    await h1.exec(['ping', '-c', '1', '-W', '1', h2.address]);
    await h1.exec(['ping', '-c', '1', '-W', '1', 'fd31::2']);
    await h1.exec(['ping', '-c', '1', '-W', '1', OUTSIDE_ADDRESS]);
    await h2.unplug();
    expect((await h1.tryExec(['ping', '-c', '1', '-W', '1', h2.address])).code).not.toBe(0);
    const { pid } = etcd.member(1);
    await cluster.destroy();
    expect(traces()).toEqual([]);
    expect(alive(pid)).toBe(false);
  }, 60_000);

  test('that another process has made can be opened, and swept by its name alone', async () => {
    cluster = await createCluster({ name: NAME, hosts: 1 });
    const etcd = await cluster.startEtcd();
    const daemon = cluster.host(1).spawn('sleeper', ['sleep', '300']);
    const opened = openCluster(NAME);
    expect(opened.hosts.map((host) => host.address)).toEqual([cluster.host(1).address]);
    expect(await opened.etcd.etcdctl(['endpoint', 'health']).catch(() => 'unhealthy')).not.toBe('unhealthy');
    await sweep(NAME);
    expect([alive(daemon.pid), alive(etcd.member(1).pid), ...traces()]).toEqual([false, false]);
  }, 60_000);

  test.each<DockerVersion>(['20.10', '28.5'])(
    'runs containers on a real Docker Engine %s',
    async (version) => {
      cluster = await createCluster({ name: NAME, hosts: 1 });
      const host = cluster.host(1);
      const engine = await host.startDockerd({ version, args: ['--bip=10.99.1.1/24', '--live-restore'] });
      const [first, second] = await Promise.all(['aa', 'bb'].map((name) => host.runContainer({ name })));
      expect(await first!.sourceSeenBy(second!.ip)).toBe(first!.ip);
      expect((await first!.exec(['hostname'])).stdout).toBe('aa\n');
      const { stdout: rules } = await host.exec(['iptables-save', '-t', 'raw']);
      expect(rules.includes(`-A PREROUTING -d ${first!.ip}/32 ! -i docker0 -j DROP`)).toBe(
        version === '28.5',
      );
      await engine.kill();
      expect(await first!.pings(second!.ip)).toBe(true);
      await engine.start(['--bip=10.99.1.1/24', '--live-restore']);
      expect((await first!.exec(['hostname'])).stdout).toBe('aa\n');
      const { pid } = engine;
      await cluster.destroy();
      expect(alive(pid)).toBe(false);
      expect(traces()).toEqual([]);
    },
    180_000,
  );
});
