import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { networkAddress, parseAddress, parsePrefix } from '@overlay/cidr';
import { byKey, diff, joinKernel, spreadMetric } from '@overlay/dataplane';
import type { Kernel, KernelObject, OvsTunnel, Ownership } from '@overlay/dataplane';
import { openKernel, openOvsPart } from '@overlay/dataplane/linux';
import { captureAt, type Capture } from '@overlay/testbed';
import { LateError } from './support/late.js';

/** Three hosts on one LAN, each with an Open vSwitch of its own whose datapath is the kernel's (openvswitch.ko). */

const ALIAS = 'overlayd:default';
const HOSTS = [1, 2, 3];
const LAN = 'ovv-lan';
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
/** Outer IPv4, tunnel header and inner Ethernet, bytes. */
const OVERHEAD = { gre: 42, vxlan: 50, geneve: 50 };
const KINDS = ['gre', 'vxlan', 'geneve'] as const;
/** Every two hosts, once. */
const PAIRS = [
  [1, 2],
  [2, 3],
  [3, 1],
] as const;

const ownership: Ownership = {
  alias: ALIAS,
  links: ['ovl-ovs-0', 'ovl-ovs-d0'],
  networks: [parsePrefix('10.70.0.0/16')],
  adopt: false,
};

interface Host {
  readonly name: string;
  readonly folder: string;
  readonly kernel: Kernel;
  readonly daemons: readonly ChildProcess[];
  readonly close: () => void;
}

const hosts = new Map<number, Host>();

const host = (n: number): Host => {
  const found = hosts.get(n);
  assert.ok(found);
  return found;
};

const run = (name: string, command: string): string =>
  execFileSync('ip', ['netns', 'exec', name, 'sh', '-ec', command], { encoding: 'utf8', stdio: 'pipe' });

async function daemon(argv: readonly string[], ready: string): Promise<ChildProcess> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { stdio: 'ignore' });
  for (let i = 0; i < 600 && !existsSync(ready); i++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  if (existsSync(ready)) return child;
  const what = `${argv.join(' ')} did not start`;
  if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${what}: it ended`);
  throw new LateError(what);
}

async function startHost(n: number): Promise<Host> {
  const name = `ovv-h${n}`;
  const folder = mkdtempSync(join(tmpdir(), 'ovv-'));
  const socketPath = join(folder, 'db.sock');
  execFileSync('ip', ['netns', 'add', name]);
  run(
    name,
    `ip link set lo up; ip link add eth0 type veth peer name h${n} netns ${LAN}
    ip netns exec ${LAN} ip link set h${n} master lan up
    ip link set eth0 up; ip address add 172.31.0.${n}/24 dev eth0; sysctl -qw net.ipv4.ip_forward=1`,
  );
  execFileSync('ovsdb-tool', ['create', join(folder, 'conf.db'), SCHEMA]);
  const files = (program: string) => [
    `--pidfile=${folder}/${program}.pid`,
    `--log-file=${folder}/${program}.log`,
    '-vconsole:off',
  ];
  const database = [
    join(folder, 'conf.db'),
    `--remote=punix:${socketPath}`,
    `--unixctl=${folder}/db.ctl`,
    ...files('ovsdb-server'),
  ];
  const server = await daemon(['ovsdb-server', ...database], join(folder, 'ovsdb-server.pid'));
  execFileSync('ovs-vsctl', [`--db=unix:${socketPath}`, '--no-wait', 'init']);
  const inside = ['ip', 'netns', 'exec', name, 'env', `OVS_RUNDIR=${folder}`];
  const vswitchd = await daemon(
    [...inside, 'ovs-vswitchd', `unix:${socketPath}`, ...files('ovs-vswitchd')],
    join(folder, 'ovs-vswitchd.pid'),
  );
  const netns = `/run/netns/${name}`;
  const base = openKernel({ netns });
  const part = openOvsPart({ socketPath, netns });
  const close = () => {
    void part.close?.();
    base.close();
  };
  return { name, folder, kernel: joinKernel(base, [part]), daemons: [vswitchd, server], close };
}

before(async () => {
  execFileSync('ip', ['netns', 'add', LAN]);
  execFileSync('ip', ['-n', LAN, 'link', 'add', 'lan', 'up', 'type', 'bridge']);
  for (const n of HOSTS) hosts.set(n, await startHost(n));
});

after(async () => {
  for (const { name, folder, daemons, close } of hosts.values()) {
    close();
    for (const child of daemons) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await gone;
    }
    execFileSync('ip', ['netns', 'delete', name]);
    rmSync(folder, { recursive: true, force: true });
  }
  execFileSync('ip', ['netns', 'delete', LAN]);
});

afterEach(() => hold(() => []));

const subnet = (n: number) => parsePrefix(`10.70.${n}.0/24`);
const mac = (n: number) => `02:70:00:00:00:0${n}`;
const others = (n: number) => HOSTS.filter((other) => other !== n);

const bridge = (n: number, kind: OvsTunnel['kind']): KernelObject => ({
  type: 'link',
  kind: 'ovs-bridge',
  name: 'ovl-ovs-0',
  mtu: 1500 - OVERHEAD[kind],
  mac: mac(n),
  datapath: 'system',
  alias: ALIAS,
});

const port = (from: number, to: number, kind: OvsTunnel['kind']): KernelObject => ({
  type: 'ovs-port',
  bridge: 'ovl-ovs-0',
  name: `ovl-0a460${to}00`,
  tunnel: {
    kind,
    remote: parseAddress(`172.31.0.${to}`),
    local: parseAddress(`172.31.0.${from}`),
    key: 7,
    ...(kind === 'gre' ? {} : { port: 4790 }),
  },
  alias: ALIAS,
});

/** What a host holds in L3, as the backend plans it. */
function routed(n: number, kind: OvsTunnel['kind']): readonly KernelObject[] {
  const link = 'ovl-ovs-0';
  const peers = others(n).flatMap((to): KernelObject[] => {
    const destination = subnet(to);
    const gateway = networkAddress(destination);
    const metric = spreadMetric(destination);
    return [
      port(n, to, kind),
      { type: 'fdb', link, mac: mac(to), destination: parseAddress(`172.31.0.${to}`) },
      { type: 'neighbour', link, address: gateway, mac: mac(to) },
      { type: 'route', kind: 'unicast', destination, gateway, link, onlink: true, metric },
    ];
  });
  return [
    bridge(n, kind),
    { type: 'address', link, address: networkAddress(subnet(n)), length: 32 },
    ...peers,
  ];
}

/** What a host holds in L2: its containers' bridge is `docker0`. */
const stretched = (n: number): readonly KernelObject[] => [
  bridge(n, 'gre'),
  {
    type: 'link',
    kind: 'veth',
    name: 'ovl-ovs-d0',
    peer: 'ovl-ovs-p0',
    mtu: 1458,
    master: 'docker0',
    alias: ALIAS,
  },
  { type: 'ovs-port', bridge: 'ovl-ovs-0', name: 'ovl-ovs-p0', alias: ALIAS },
  ...others(n).map((to) => port(n, to, 'gre')),
];

/** Two passes on each host: the second has nothing to do. */
async function hold(objects: (n: number) => readonly KernelObject[]): Promise<void> {
  for (const n of HOSTS) {
    const wanted = byKey(objects(n));
    const { kernel } = host(n);
    const pass = async () => kernel.apply(diff(wanted, await kernel.read(ownership, wanted)).changes);
    assert.deepEqual(
      (await pass()).filter(({ ok }) => !ok),
      [],
    );
    assert.deepEqual(await pass(), []);
  }
}

const ping = (from: number, source: string, target: string, options = ''): string =>
  run(host(from).name, `ping -q -c 2 -i 0.2 -W 5 -I ${source} ${options} ${target}`);

/** Sends a megabyte over TCP between two hosts' addresses; throws when it does not arrive. */
async function tcp(from: number, to: number, [source, target]: readonly [string, string]): Promise<void> {
  const inside = (n: number) => ['netns', 'exec', host(n).name, 'timeout', '60', 'iperf3', '--forceflush'];
  const server = spawn('ip', [...inside(to), '-s', '-1', '-B', target]);
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve));
    execFileSync('ip', [...inside(from), '-c', target, '-B', source, '-n', '1M'], { stdio: 'pipe' });
  } finally {
    server.kill();
  }
}

for (const kind of KINDS)
  void test(`L3 over ${kind}: every two hosts reach each other, up to the full MTU and not one byte more`, async () => {
    await hold((n) => routed(n, kind));
    const full = 1500 - OVERHEAD[kind] - 28;
    for (const [from, to] of PAIRS) ping(from, `10.70.${from}.0`, `10.70.${to}.0`, `-M do -s ${full}`);
    assert.throws(() => ping(1, '10.70.1.0', '10.70.2.0', `-M do -s ${full + 1}`));
    await tcp(1, 2, ['10.70.1.0', '10.70.2.0']);
  });

void test('on the wire it is GRE with the key, between the hosts, and nothing in clear', async () => {
  await hold((n) => routed(n, 'gre'));
  const inside = (argv: readonly string[]) => ['ip', 'netns', 'exec', host(2).name, ...argv];
  const place = { inside, device: 'eth0', beyond: '172.31.0.3', directory: host(2).folder };
  const seen = await captureAt(place, () => Promise.resolve(ping(1, '10.70.1.0', '10.70.2.0')));
  const hosts = 'src net 172.31.0.0/24 and dst net 172.31.0.0/24';
  // Flags: a key and nothing else; Ethernet inside. Two echoes with their answers.
  const keyed = await seen.count(`${hosts} and ip proto 47 and ip[20:4] = 0x20006558 and ip[24:4] = 7`);
  assert.ok(keyed >= 4, `${keyed} packets`);
  assert.equal(await seen.count('net 10.70.0.0/16'), 0);
});

void test('a restart of ovs-vswitchd keeps the traffic that flows, and what it loses comes back', async () => {
  await hold((n) => routed(n, 'gre'));
  const { name, folder, daemons } = host(2);
  const [vswitchd] = daemons;
  const gone = new Promise((resolve) => vswitchd?.once('exit', resolve));
  ping(1, '10.70.1.0', '10.70.2.0');
  vswitchd?.kill();
  await gone;
  ping(1, '10.70.1.0', '10.70.2.0');
  rmSync(join(folder, 'ovs-vswitchd.pid'), { force: true });
  const argv = ['ip', 'netns', 'exec', name, 'env', `OVS_RUNDIR=${folder}`, 'ovs-vswitchd'];
  const again = await daemon(
    [...argv, `unix:${folder}/db.sock`, `--pidfile=${folder}/ovs-vswitchd.pid`, '-vconsole:off'],
    join(folder, 'ovs-vswitchd.pid'),
  );
  hosts.set(2, { ...host(2), daemons: [again, ...daemons.slice(1)] });
  await hold((n) => routed(n, 'gre'));
  ping(3, '10.70.3.0', '10.70.2.0');
});

/** What passes a device of each host while work is done. */
async function capturedOnAll(device: string, work: () => Promise<unknown>): Promise<readonly Capture[]> {
  const seen: Capture[] = [];
  const from = async (n: number): Promise<void> => {
    if (n > HOSTS.length) {
      await work();
      return;
    }
    const inside = (argv: readonly string[]) => ['ip', 'netns', 'exec', host(n).name, ...argv];
    const beyond = `10.70.0.${(n % HOSTS.length) + 1}`;
    const place = { inside, device, beyond, directory: host(n).folder };
    seen[n - 1] = await captureAt(place, () => from(n + 1));
  };
  await from(1);
  return seen;
}

void test('L2: containers of one subnet on three hosts reach each other; a broadcast arrives once', async () => {
  for (const n of HOSTS)
    run(
      host(n).name,
      `ip link add docker0 mtu 1458 up type bridge; ip address add 10.70.0.${n}/24 dev docker0`,
    );
  await hold(stretched);
  for (const [from, to] of PAIRS) ping(from, `10.70.0.${from}`, `10.70.0.${to}`, '-M do -s 1430');
  await tcp(1, 3, ['10.70.0.1', '10.70.0.3']);
  const seen = await capturedOnAll('ovl-ovs-d0', () =>
    // Nobody answers a broadcast, which ping says with 1.
    Promise.resolve(run(host(1).name, 'ping -q -b -c 20 -i 0.2 -W 1 10.70.0.255 || test $? = 1')),
  );
  const broadcasts = seen.map((one) => one.count('ether broadcast and icmp and dst host 10.70.0.255'));
  // Once out of the first host, and not back to it.
  assert.deepEqual(await Promise.all(broadcasts), [20, 20, 20]);
  await hold(() => []);
  for (const n of HOSTS) assert.doesNotMatch(run(host(n).name, 'ip link'), /ovl-/);
});
