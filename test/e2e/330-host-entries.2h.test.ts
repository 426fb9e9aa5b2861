import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Cluster, type Host, type Overlayd, type Pod } from '@overlay/testbed';
import { eventually, openRig, overlayAddress, pings, sh, startAll } from './support/rig';

jest.setTimeout(20_000);

const FLAGS = ['--ip-forward=on'];

let cluster: Cluster;
let host: Host;
let other: Host;
let own: Overlayd;
let remote: string;

beforeAll(async () => {
  cluster = await openRig(
    { name: 'tb-he', hosts: 2 },
    { Network: '10.5.0.0/16', Backend: { Type: 'vxlan' } },
  );
  const [first, second] = await startAll(cluster, FLAGS);
  [host, other] = [cluster.host(1), cluster.host(2)];
  own = first!;
  remote = await overlayAddress(second!, other);
  await eventually('the first ping', () => pings(host, remote));
}, 60_000);

afterAll(() => cluster.destroy());

const sysctl = (key: string): Promise<string> => sh(host, `sysctl -n ${key}`);

describe('forwarding', () => {
  test.each([
    ['net.ipv4.ip_forward', '0', '1'],
    ['net.ipv4.conf.all.forwarding', '0', '1'],
    ['net/ipv4/conf/flannel.1/rp_filter', '1', '2'],
  ])('D18 %s that somebody sets to %s is %s again', async (key, bad, good) => {
    // The pass that the change before this one asked for is over.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await sh(host, `sysctl -qw ${key}=${bad}`);
    await eventually(`${key} is ${good}`, async () => (await sysctl(key)) === good, 5000);
    expect(await pings(host, remote)).toBe(true);
  });

  test('D18 I13 with --ip-forward=off it is left alone, and the host is not ready while it is off', async () => {
    await own.stop();
    own.start(['--ip-forward=off']);
    await own.ready();
    const ready = async (): Promise<boolean> => (await own.health('readyz')).code === 0;
    await sh(host, 'sysctl -qw net.ipv4.ip_forward=0');
    await eventually('not ready', async () => !(await ready()), 5000);
    const status = (await host.overlayctl(['status'])).stdout;
    expect(status).toContain('net.ipv4.ip_forward is 0 and left alone (--ip-forward=off)');
    expect(await sysctl('net.ipv4.ip_forward')).toBe('0');
    await sh(host, 'sysctl -qw net.ipv4.ip_forward=1');
    await eventually('ready', ready, 5000);
  });
});

describe('a state folder that cannot be written', () => {
  const identity = (): string => join(own.stateDirectory, 'node.json');

  async function readOnly(work: () => Promise<void>): Promise<void> {
    const folder = own.stateDirectory;
    await run(['mount', '--bind', folder, folder]);
    try {
      await run(['mount', '-o', 'remount,bind,ro', folder]);
      await work();
    } finally {
      await own.stop();
      await run(['umount', folder]);
    }
  }

  afterEach(async () => {
    own.start(FLAGS);
    await own.ready();
  });

  test('F04 with the identity in it the host starts, keeps its subnet, is ready and says what was not written', async () => {
    const subnet = await sh(host, `cat ${own.subnetFile}`);
    await own.stop();
    for (const name of ['backends.json', 'subnet-env.json']) rmSync(join(own.stateDirectory, name));
    await readOnly(async () => {
      own.start(FLAGS);
      await own.ready();
      const status = (await host.overlayctl(['status'])).stdout;
      for (const name of ['backends.json', 'subnet-env.json'])
        expect(status).toMatch(new RegExp(`OVL_FILE_WRITE.*${name} could not be written: EROFS`));
      expect(await sh(host, `cat ${own.subnetFile}`)).toBe(subnet);
      expect(await pings(host, remote)).toBe(true);
    });
    expect(existsSync(join(own.stateDirectory, 'backends.json'))).toBe(false);
  });

  test('F04 without an identity the start is refused, and says why', async () => {
    await own.stop();
    renameSync(identity(), `${identity()}.aside`);
    await readOnly(async () => {
      const { code, stderr, stdout } = await own.runOnce(FLAGS);
      expect(code).toBe(1);
      expect(stderr + stdout).toMatch(/OVL_STATE_UNWRITABLE.*node\.json could not be written: EROFS/);
    });
    renameSync(`${identity()}.aside`, identity());
  });
});

test('D16 packets that come in with a bad checksum are named by doctor, with what to set on the host that sent them', async () => {
  const table = 'ip broken-nic';
  // Without the offload the checksum is made in software from what stands in its place: that is no pseudo header here.
  await sh(other, 'ethtool -K eth0 tx off');
  await sh(
    other,
    `nft 'table ${table} { chain out { type filter hook postrouting priority 300; oifname eth0 udp dport 8472 udp checksum set 0xdead; }; }'`,
  );
  const { stdout } = await host.overlayctl(['doctor']);
  await sh(other, `nft delete table ${table}; ethtool -K eth0 tx on`);
  expect(stdout).toMatch(/warn {2}checksums: \d+ UDP packets came in with a bad checksum/);
  expect(stdout).toContain('ethtool -K flannel.1 tx-checksum-ip-generic off');
  await eventually('the ping', () => pings(host, remote), 3000);
  expect((await host.overlayctl(['doctor'])).stdout).not.toContain('checksums');
});

describe('a link on the way that carries less than it should, and does not say so', () => {
  const BYTES = 400_000;
  let client: Pod;
  let server: Pod;

  beforeAll(async () => {
    const podOn = async (on: Host): Promise<Pod> => {
      const base = (await overlayAddress(on.overlayd(), on)).replace(/\.0$/, '');
      return on.createPod({ number: 1, addresses: [`${base}.10/24`], gateways: [`${base}.1`], mtu: 1450 });
    };
    [client, server] = [await podOn(host), await podOn(other)];
    const folder = other.context.directory;
    writeFileSync(join(folder, 'large'), Buffer.alloc(BYTES));
    server.spawn('httpd', ['busybox', 'httpd', '-f', '-p', '80', '-h', folder], join(folder, 'httpd.log'));
    await eventually('the first transfer', async () => (await transferred()) === BYTES);
    for (const on of cluster.hosts)
      await sh(on, 'iptables -I OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP');
    await run(['ip', '-n', other.context.switchNamespace, 'link', 'set', other.place.port, 'mtu', '1400']);
  }, 30_000);

  /** Bytes of a large file that come from one container to the other within three seconds. */
  async function transferred(): Promise<number> {
    const url = `http://${server.address}/large`;
    const { stdout } = await client.tryExec(['sh', '-c', `timeout 3 busybox wget -q -O - ${url} | wc -c`]);
    return Number(stdout);
  }

  const probe = async (): Promise<{ code: number | null; text: string }> => {
    const { code, stdout } = await host.overlayctl(['doctor']);
    return { code, text: stdout.replaceAll('\n', ' ') };
  };

  test('D15 doctor names the peer behind it, the largest packet that comes back and the MTU that fits', async () => {
    expect(await pings(host, remote)).toBe(true);
    const { code, text } = await probe();
    expect(code).toBe(1);
    expect(text).toMatch(
      /fail {2}probe .*those of 1450 bytes, the MTU of the overlay, are not; the largest that are have 1354 /,
    );
    expect(text).toContain('`ip link set eth0 mtu 1404` here and there');
  });

  test('D14 D15 with that MTU containers that run keep their larger one, and what they send over TCP fits', async () => {
    for (const on of cluster.hosts) await sh(on, 'ip link set eth0 mtu 1400');
    for (const on of cluster.hosts)
      await eventually('the device', async () =>
        (await sh(on, 'ip link show flannel.1')).includes('mtu 1350'),
      );
    expect((await client.exec(['ip', 'link', 'show', 'eth0'])).stdout).toContain('mtu 1450');
    expect(await transferred()).toBe(BYTES);
    expect((await probe()).text).not.toContain('fail ');
    expect(await sh(host, 'iptables-save -t mangle')).toContain('-A OVERLAY-MSS -i flannel.1 -p tcp');
  });
});
