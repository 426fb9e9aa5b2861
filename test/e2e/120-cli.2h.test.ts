import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryRun, type Cluster, type CommandResult, type Host } from '@overlay/testbed';
import { PREFIX, eventually, openRig, sh, startAll } from './support/rig';

jest.setTimeout(60_000);

let cluster: Cluster;
let host: Host;
let other: Host;

beforeAll(async () => {
  cluster = await openRig(
    { name: 'tb-e120', hosts: 2 },
    { Network: '10.5.0.0/16', Backend: { Type: 'vxlan' } },
  );
  [host, other] = [cluster.host(1), cluster.host(2)];
  await startAll(cluster, ['--ip-forward=on']);
}, 60_000);

afterAll(() => cluster.destroy());

interface Lease {
  readonly name: string;
  readonly subnet: string;
  readonly node: string;
  readonly publicIp: string;
  readonly own: boolean;
  readonly reservation: boolean;
  readonly state: string;
  readonly etcdLease: string;
}

/** The first of these third bytes whose subnet no host has leased. */
async function freeSubnet(...bytes: readonly number[]): Promise<string> {
  const leased = new Set((await leases(alone)).map(({ subnet }) => subnet));
  const free = bytes.map((byte) => `10.5.${byte}.0/24`).find((subnet) => !leased.has(subnet));
  return free ?? '';
}

/** overlayctl as on a host without overlayd. */
const alone = (args: readonly string[], input = ''): Promise<CommandResult> =>
  host.overlayctl([`--socket=${host.context.directory}/none.sock`, ...args], { input });

async function leases(ctl: (args: readonly string[]) => Promise<CommandResult>): Promise<readonly Lease[]> {
  const { code, stdout } = await ctl(['lease', 'list', '-o', 'json']);
  expect(code).toBe(0);
  return (JSON.parse(stdout) as { leases: readonly Lease[] }).leases;
}

async function leaseOf(which: Host): Promise<Lease> {
  const found = (await leases(alone)).find(({ publicIp }) => publicIp === which.address);
  if (found === undefined) throw new Error(`no lease of ${which.name}`);
  return found;
}

async function says(args: readonly string[], code: number, text: string | RegExp): Promise<void> {
  const result = await host.overlayctl(args);
  expect([args, result.code, result.stdout + result.stderr]).toEqual([
    args,
    code,
    expect.stringMatching(text),
  ]);
}

test('lease list marks the own lease, tells the others, and says the same without the daemon', async () => {
  const { stdout } = await host.overlayctl(['lease', 'list']);
  const own = await leaseOf(host);
  expect(stdout).toMatch(new RegExp(`${own.subnet} \\* +h1 +${host.address} +vxlan`));
  const all = await leases((args) => host.overlayctl(args));
  expect(all.map(({ own, node, state }) => [node, own, state]).sort()).toEqual([
    ['h1', true, 'own'],
    ['h2', false, 'used'],
  ]);
  expect((await leases(alone)).map(({ name, own }) => [name, own])).toEqual(
    all.map(({ name }) => [name, false]),
  );
});

test('lease show and node show tell one, and exit code 3 says there is none', async () => {
  const { subnet, name } = await leaseOf(other);
  for (const wanted of [subnet, name]) await says(['lease', 'show', wanted], 0, other.address);
  for (const wanted of ['h2', other.address, subnet]) await says(['node', 'show', wanted], 0, subnet);
  await says(['lease', 'show', '10.5.255.0/24'], 3, /OVL_NOT_FOUND/);
  await says(['node', 'show', 'h9'], 3, /OVL_NOT_FOUND/);
  await says(['node', 'list'], 0, /h1 \*[^]*h2/);
});

test('config get, validate and set: checked first, compared with the leases, refused with exit code 4', async () => {
  const { stdout } = await host.overlayctl(['config', 'get']);
  expect(JSON.parse(stdout)).toMatchObject({ Network: '10.5.0.0/16' });
  expect((await alone(['config', 'validate'], stdout)).code).toBe(0);
  await says(['config', 'validate', '{"Network":"10.5.0.0"}'], 2, /OVL_CONFIG_INVALID/);
  await says(['config', 'set', '{"Network":"10.5.0.0"}'], 2, /OVL_CONFIG_INVALID/);
  await says(
    ['config', 'set', '{"Network":"10.6.0.0/16","FormerNetworks":[],"Backend":{"Type":"vxlan"}}'],
    4,
    /OVL_CONFLICT/,
  );
  await says(['config', 'set', stdout.trim()], 0, /Nothing changed/);
  expect((await host.overlayctl(['config', 'get'])).stdout).toBe(stdout);
  await says(['--etcd-prefix=/nobody', 'config', 'get'], 3, /OVL_NOT_FOUND/);
});

test('explain tells own, peer, free and outside addresses apart', async () => {
  const [own, peer] = [await leaseOf(host), await leaseOf(other)];
  const inside = (subnet: string): string => subnet.replace('.0/24', '.7');
  await says(['explain', inside(own.subnet)], 0, /verdict: +own/);
  await says(
    ['explain', inside(peer.subnet)],
    0,
    /belongs to h2[^]*device: +flannel\.1[^]*MTU: +1450[^]*nothing known/,
  );
  await says(['explain', '10.5.255.7'], 0, /verdict: +network/);
  await says(['explain', '192.0.2.1'], 0, /verdict: +outside/);
  await says(['explain', '10.5.7'], 2, /OVL_CIDR_INVALID/);
});

test('doctor is content with a healthy pair, and probes the peer', () =>
  says(['doctor'], 0, /ok +etcd[^]*ok +kernel[^]*ok +probe h2[^]* 0 fail/));

test('status, plan, resync and version', async () => {
  await says(['status'], 0, /ready: +yes[^]*backend: +vxlan, MTU 1450, over eth0[^]*peers: +1, 1 programmed/);
  await says(['plan'], 0, /Nothing to change/);
  await says(['resync'], 0, /Everything was in place/);
  await says(['version'], 0, /^\D*\d+\.\d+\.\d+/);
  for (const shell of ['bash', 'zsh', 'fish']) await says(['completion', shell], 0, /overlayctl/);
  expect((await tryRun(['bash', '-n'], { input: (await alone(['completion', 'bash'])).stdout })).code).toBe(
    0,
  );
});

test('docker-opts writes the options of the subnet file', async () => {
  const file = join(host.context.directory, 'docker_opts.env');
  await says(['docker-opts', '-f', host.overlayd().subnetFile, '-d', file, '-c'], 0, /^$/);
  const { subnet } = await leaseOf(host);
  expect(await sh(host, `cat ${file}`)).toBe(
    `DOCKER_OPTS=" --bip=${subnet.replace('.0/', '.1/')} --ip-masq=true --mtu=1450"`,
  );
});

test('without a daemon the commands that need it end with exit code 5, the others go on', async () => {
  for (const args of [['status'], ['plan'], ['explain', '10.5.0.1'], ['node', 'renumber']]) {
    const { code, stderr } = await alone(args);
    expect([args, code, stderr]).toEqual([
      args,
      5,
      expect.stringMatching(/^overlayctl: OVL_DAEMON_UNREACHABLE: [^\n]+\n$/),
    ]);
  }
  const { code, stdout } = await alone(['doctor']);
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(/fail +daemon[^]*ok +etcd[^]*ok +leases: 2 leases/),
  ]);
});

test('lease watch prints what changes; lease release refuses a live lease with exit code 4', async () => {
  const subnet = await freeSubnet(77, 78, 79);
  const watching = host.spawn('watch', host.overlayctlCommand(['lease', 'watch']));
  await eventually('the first lines', () => Promise.resolve(watching.log().includes('h2')));
  await says(['lease', 'reserve', subnet, '--public-ip', '172.31.0.77'], 0, /Reserved/);
  await eventually('the new line', () =>
    Promise.resolve(new RegExp(`added +${subnet}`).test(watching.log())),
  );
  await says(['lease', 'reserve', subnet, '--public-ip', '172.31.0.78'], 4, /OVL_CONFLICT/);
  await says(['lease', 'reserve', '10.6.1.0/24', '--public-ip', '172.31.0.78'], 2, /OVL_LEASE_MISFIT/);
  await says(['lease', 'release', subnet], 0, /Released/);
  await eventually('the last line', () =>
    Promise.resolve(new RegExp(`removed +${subnet}`).test(watching.log())),
  );
  await watching.stop();
  await says(['lease', 'release', (await leaseOf(other)).subnet], 4, /OVL_CONFLICT/);
});

test('B12 a reserved subnet is taken by its host, and stays without an etcd lease over restarts', async () => {
  const reserved = await freeSubnet(33, 34, 35);
  const third = await cluster.addHost();
  await says(['lease', 'reserve', reserved, '--public-ip', third.address], 0, /Reserved/);
  const overlayd = await third.startOverlayd(['--ip-forward=on']);
  const held = async (): Promise<unknown> => {
    const { subnet, etcdLease, reservation, node } = await leaseOf(third);
    return { subnet, etcdLease, reservation, node };
  };
  const expected = { subnet: reserved, etcdLease: '0', reservation: true, node: 'h3' };
  expect(await held()).toEqual(expected);
  await overlayd.restart();
  expect(await held()).toEqual(expected);
  await overlayd.stop();
  await says(['lease', 'release', reserved], 0, /Released/);
});

test('doctor names the broken link: the peer, the kernel, then etcd', async () => {
  await other.unplug();
  await says(['doctor'], 1, /fail +probe h2/);
  await other.plug();
  await eventually('a content doctor', async () => (await host.overlayctl(['doctor'])).code === 0);
  await host.overlayd().process.stop();
  await sh(host, 'ip link del flannel.1; ip link add flannel.1 type bridge');
  host.overlayd().start(['--ip-forward=on']);
  await eventually('the foreign device', async () => {
    const { code, stdout } = await host.overlayctl(['doctor', '--no-probe']);
    return code === 1 && stdout.includes('flannel.1');
  });
  await sh(host, 'ip link del flannel.1');
  await host.overlayd().ready();
  await cluster.etcd.stop();
  await eventually('etcd in the report', async () => {
    const { code, stdout } = await host.overlayctl(['doctor', '--no-probe']);
    return code === 1 && /fail +etcd/.test(stdout);
  });
  await says(['config', 'get'], 5, /OVL_ETCD_/);
  await says(['lease', 'list'], 0, /own/);
  await cluster.startEtcd();
});

test('config set takes a file', async () => {
  writeFileSync(
    join(host.context.directory, 'config.json'),
    '{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"},"SubnetLen":24}',
  );
  await says(['config', 'set', join(host.context.directory, 'config.json')], 0, /Written|Nothing/);
  expect(await cluster.etcd.etcdctl(['get', '--print-value-only', `${PREFIX}/config`])).toContain(
    '"SubnetLen":24',
  );
});
