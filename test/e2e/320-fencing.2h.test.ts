import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  capture,
  createCluster,
  lossTimes,
  runFlows,
  sweep,
  type Cluster,
  type Host,
  type Pod,
} from '@overlay/testbed';
import { eventually, overlayAddress, pings, PREFIX, putConfig, sh } from './support/rig';

jest.setTimeout(60_000);

const NAME = 'tb-fence';
const TTL_SECONDS = 5;
const FLAGS = ['--ip-forward=on', `--subnet-lease-ttl=${TTL_SECONDS}`];

let cluster: Cluster;
let host: Host;
let taker: Host;
let peer: Host;
let fourth: Host;
let pod: Pod;
let far: Pod;

const range = (min: string, max: string): object => ({
  Network: '10.5.0.0/16',
  SubnetMin: min,
  SubnetMax: max,
  Backend: { Type: 'vxlan' },
});

const subnetOf = (one: Host): Promise<string> => overlayAddress(one.overlayd(), one);
const status = async (one: Host): Promise<string> => (await one.overlayctl(['status'])).stdout;
const keys = (): Promise<string> =>
  cluster.etcd.etcdctl(['get', '--prefix', '--keys-only', `${PREFIX}/subnets`]);
const isReady = async (one: Host): Promise<boolean> => (await one.overlayd().health('readyz')).code === 0;

async function podOn(one: Host, subnet: string, number: 1 | 2 = 1): Promise<Pod> {
  const base = subnet.replace(/\.0$/, '');
  if (number === 2) await sh(one, `ip address add ${base}.1/24 dev pods0`);
  return one.createPod({ number, addresses: [`${base}.10/24`], gateways: [`${base}.1`], mtu: 1450 });
}

const answers = async (from: Pod, to: Pod): Promise<boolean> =>
  (await from.tryExec(['ping', '-c1', '-W1', to.address])).code === 0;
const fenceRules = (one: Host): Promise<string> => sh(one, 'iptables-save -t mangle');

interface Line {
  readonly code?: string;
  readonly timestamp: string;
}

const linesOf = (one: Host): readonly Line[] =>
  one
    .overlayd()
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);

/** Starts an overlayd; gives how long after its first line somebody told this, ms: how long Node takes to start does not count. */
function startTelling(one: Host, flags: readonly string[]) {
  const since = Date.now();
  const lines = (of: Host): readonly Line[] =>
    linesOf(of).filter(({ timestamp }) => Date.parse(timestamp) >= since);
  one.overlayd().start(flags);
  return async (teller: Host, code: string): Promise<number> => {
    const find = (): Line | undefined => lines(teller).find((line) => line.code === code);
    await eventually(code, () => Promise.resolve(find() !== undefined), 20_000);
    return Date.parse(find()!.timestamp) - Date.parse(lines(one)[0]!.timestamp);
  };
}

/** Packets between overlay addresses that a vxlan device of a host sent with a source in this /24 (RFC 7348: 8 bytes before the frame). */
const sentFrom = (one: Host, subnet: string): string => {
  const bits = subnet.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return `src host ${one.address} and udp port 8472 and udp[28:2] = 0x0800 and udp[42:4] & 0xffffff00 = ${bits}`;
};

beforeAll(async () => {
  await sweep(NAME);
  cluster = await createCluster({ name: NAME, hosts: 4 });
  await cluster.startEtcd({ members: 3 });
  await putConfig(cluster, range('10.5.1.0', '10.5.3.0'));
  host = cluster.host(1);
  taker = cluster.host(2);
  peer = cluster.host(3);
  fourth = cluster.host(4);
  for (const one of [host, peer]) one.overlayd().start(FLAGS);
  for (const one of [host, peer]) await one.overlayd().ready();
  pod = await podOn(host, await subnetOf(host));
  far = await podOn(peer, await subnetOf(peer));
  for (const [from, to] of [
    [pod, far],
    [far, pod],
  ] as const)
    await eventually('the first answer', () => answers(from, to));
}, 60_000);

afterAll(() => cluster.destroy());

test('A22 without a quorum of etcd for longer than the TTL traffic goes on, and no host is ready', async () => {
  const before = await keys();
  const flows = [
    { from: pod, to: far.address },
    { from: far, to: pod.address },
  ];
  // A leader that was stopped ends the leases that it thinks are over before it hears of anything else.
  const leader = await cluster.etcd.leader();
  const others = [1, 2, 3].filter((number) => number !== leader).map((number) => cluster.etcd.member(number));
  const results = await runFlows(flows, { rate: 20 }, async () => {
    for (const member of others) member.signal('SIGSTOP');
    for (const one of [host, peer])
      await eventually(
        'the lease is not sure',
        async () => one.overlayd().log().includes('OVL_LEASE_EXPIRED'),
        20_000,
      );
    expect([await isReady(host), await isReady(peer)]).toEqual([false, false]);
    for (const one of [host, peer]) expect(await fenceRules(one)).not.toContain('OVERLAY-FENCE');
    for (const member of others) member.signal('SIGCONT');
  });
  expect(lossTimes(results)).toEqual([]);
  for (const one of [host, peer]) await eventually('ready again', () => isReady(one), 15_000);
  expect(await keys()).toBe(before);
  for (const one of [host, peer]) expect(await fenceRules(one)).not.toContain('OVERLAY-FENCE');
});

test('B03 a host whose subnet was taken while it was stopped is fenced within 5 s of its return, and takes another', async () => {
  const lost = await subnetOf(host);
  const key = `${lost}-24`;
  host.overlayd().process.signal('SIGSTOP');
  await eventually('the end of the lease', async () => !(await keys()).includes(key), 15_000);
  await putConfig(cluster, range(lost, lost));
  taker.overlayd().start(FLAGS);
  await taker.overlayd().ready();
  expect(await subnetOf(taker)).toBe(lost);
  const sender = pod.spawn(
    'sender',
    ['ping', '-n', '-q', '-i', '0.02', far.address],
    join(cluster.directory, 'sender.log'),
  );
  try {
    const stopped = await capture(peer, () => new Promise((resolve) => setTimeout(resolve, 500)));
    expect(await stopped.count(sentFrom(host, lost))).toBeGreaterThan(0);
    host.overlayd().process.signal('SIGCONT');
    const isFenced = async (): Promise<boolean> => (await fenceRules(host)).includes(`-s ${lost}/24`);
    const ms = await eventually('the fence', isFenced, 5000);
    process.stderr.write(`fenced ${ms} ms after its return\n`);
    const fenced = await capture(peer, () => new Promise((resolve) => setTimeout(resolve, 2000)));
    expect(await fenced.count(sentFrom(host, lost))).toBe(0);
    expect(await sh(host, 'iptables -t mangle -nvxL OVERLAY-FENCE')).toMatch(/^ *[1-9]\d* .*DROP/m);
  } finally {
    await sender.stop();
  }
  await eventually('another subnet', async () => (await subnetOf(host)) !== lost);
  const said = await status(host);
  expect(said).toContain('OVL_SUBNET_FENCED');
  expect(said).toContain(`${lost}/24 belongs to node`);
  expect(said).toContain(taker.address);
});

test('B03 afterwards the taken subnet works on its new host and the other one on the old host', async () => {
  const taken = await podOn(taker, await subnetOf(taker));
  const moved = await podOn(host, await subnetOf(host), 2);
  for (const one of [taken, moved]) await eventually('an answer', () => answers(one, far));
  expect(await answers(pod, far)).toBe(false);
});

test('B03 a restart of overlayd does not open the fence', async () => {
  await putConfig(cluster, range('10.5.1.0', '10.5.9.0'));
  const rule = `-s ${await subnetOf(taker)}/24`;
  await host.overlayd().stop();
  host.overlayd().start(FLAGS);
  let open = 0;
  await eventually('the firewall is looked at', async () => {
    if (!(await fenceRules(host)).includes(rule)) open += 1;
    return (await status(host)).includes('firewall:  iptables');
  });
  expect(open).toBe(0);
  expect(await fenceRules(host)).toContain(rule);
});

test('B06 a second host with the public address of another is refused and names it within 5 s', async () => {
  const second = fourth.overlayd();
  const told = startTelling(fourth, [...FLAGS, '--iface=eth0', `--public-ip=${peer.address}`]);
  expect(await told(fourth, 'OVL_PUBLIC_IP_CONFLICT')).toBeLessThan(5000);
  expect(second.log()).toContain(`(${peer.name}) holds ${await subnetOf(peer)}/24`);
  expect(await sh(fourth, 'ip -o link show type vxlan')).toBe('');
  await second.stop();
});

test('B08 a stale subnet.env that names the subnet of another host is told with its owner within 5 s', async () => {
  const { subnetFile } = fourth.overlayd();
  const theirs = await subnetOf(peer);
  mkdirSync(dirname(subnetFile), { recursive: true });
  writeFileSync(
    subnetFile,
    `FLANNEL_NETWORK=10.5.0.0/16\nFLANNEL_SUBNET=${theirs.replace(/0$/, '1')}/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n`,
  );
  const told = startTelling(fourth, FLAGS);
  expect(await told(fourth, 'OVL_SUBNET_FENCED')).toBeLessThan(5000);
  expect(fourth.overlayd().log()).toContain(`${theirs}/24 belongs to node`);
  await eventually('a subnet of its own', async () => (await keys()).split('/subnets/').length === 5);
  await eventually('its subnet.env', async () => (await subnetOf(fourth)) !== theirs);
});

test('B07 a clone of a machine is named on both within 5 s, and the original keeps its subnet', async () => {
  await fourth.overlayd().stop();
  await cluster.etcd.etcdctl(['del', `${PREFIX}/subnets/${await subnetOf(fourth)}-24`]);
  const [original, clone] = [peer.overlayd(), fourth.overlayd()];
  rmSync(clone.stateDirectory, { recursive: true, force: true });
  mkdirSync(clone.stateDirectory, { recursive: true });
  copyFileSync(join(original.stateDirectory, 'node.json'), join(clone.stateDirectory, 'node.json'));
  copyFileSync(original.subnetFile, clone.subnetFile);
  const theirs = await subnetOf(peer);
  const told = startTelling(fourth, FLAGS);
  for (const one of [peer, fourth]) expect(await told(one, 'OVL_NODE_ID_DUPLICATE')).toBeLessThan(5000);
  expect(original.log()).toContain(`(${fourth.address})`);
  expect(clone.log()).toContain(`(${peer.address})`);
  await eventually('another subnet of the clone', async () => (await subnetOf(fourth)) !== theirs);
  expect(await subnetOf(peer)).toBe(theirs);
  await eventually('the key of the original', async () =>
    (await cluster.etcd.etcdctl(['get', `${PREFIX}/subnets/${theirs}-24`])).includes(
      `"PublicIP":"${peer.address}"`,
    ),
  );
  await eventually('a ping', () => pings(host, far.address));
});
