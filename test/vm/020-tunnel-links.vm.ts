import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { ipv6, parseAddress, parsePrefix, type Ipv4 } from '@overlay/cidr';
import { byKey, diff } from '@overlay/dataplane';
import type { Difference, KernelObject, Outcome, Ownership, TunnelLink } from '@overlay/dataplane';
import { openHostReader, openKernel, type LinuxKernel } from '@overlay/dataplane/linux';

/** Two hosts with a cable between them: 192.0.2.N outside, 10.70.N.0/24 and fc00:70:0:N::/64 inside. */
const NAMES = ['tlv-1', 'tlv-2'] as const;
type Side = 1 | 2;
type Settings = Pick<TunnelLink, 'kind' | 'name'> & Partial<TunnelLink>;

const ALIAS = 'overlayd:default';
const SIDES = [1, 2] as const;
const NOTHING: Difference = { changes: [], conflicts: [] };
const FOU_PORTS = { ipip: 8285, sit: 8286, gre: 8287 } as const;

const ownership: Ownership = {
  alias: ALIAS,
  links: ['overlay.gre', 'flannel.ipip', 'overlay.udp', 'flannel-v6.ipip', 'overlay-v6.udp'],
  networks: [parsePrefix('10.70.0.0/16'), parsePrefix('fc00:70::/48')],
  adopt: false,
};

const other = (side: Side): Side => (side === 1 ? 2 : 1);
const underlay = (side: Side) => parseAddress(`192.0.2.${side}`) as Ipv4;
const inside = (side: Side, command: string): string =>
  execFileSync('ip', ['netns', 'exec', NAMES[side - 1]!, 'sh', '-ec', command], {
    encoding: 'utf8',
    stdio: 'pipe',
  });

const fou = (kind: TunnelLink['kind']) => ({
  encapsulation: { sourcePort: FOU_PORTS[kind], destinationPort: FOU_PORTS[kind] },
});

const linkOf = (side: Side, settings: Settings): TunnelLink => ({
  ...{ type: 'link', ttl: 64, pathMtuDiscovery: true, mtu: 1400, alias: ALIAS },
  ...{ local: underlay(side) },
  ...settings,
});

/** The families that a kind carries. */
const families = ({ kind }: Settings): readonly (4 | 6)[] =>
  kind === 'gre' ? [4, 6] : kind === 'ipip' ? [4] : [6];
const subnetOf = (side: Side, family: 4 | 6) =>
  parsePrefix(family === 4 ? `10.70.${side}.0/24` : `fc00:70:0:${side}::/64`);
const baseOf = (side: Side, family: 4 | 6) =>
  parseAddress(family === 4 ? `10.70.${side}.0` : `fc00:70:0:${side}::`);

/** What a host needs for one device and its one peer. */
function hostObjects(side: Side, settings: Settings): KernelObject[] {
  const link = linkOf(side, settings);
  const { name } = link;
  const peer = underlay(other(side));
  return [
    link,
    ...families(link).flatMap((family): KernelObject[] => {
      const base = baseOf(other(side), family);
      const gateway = link.kind === 'gre' ? base : family === 4 ? peer : ipv6(BigInt(peer.bits));
      const route = { destination: subnetOf(other(side), family), gateway, link: name } as const;
      return [
        { type: 'address', link: name, address: baseOf(side, family), length: family === 4 ? 32 : 128 },
        ...(link.kind === 'gre'
          ? [{ type: 'neighbour', link: name, address: base, mac: peer } as const]
          : []),
        { type: 'route', ...route, onlink: true, metric: 700, kind: 'unicast' },
      ];
    }),
  ];
}

const kernels = new Map<Side, LinuxKernel>();
const pathOf = (side: Side) => `/run/netns/${NAMES[side - 1]!}`;

function kernelOf(side: Side): LinuxKernel {
  const open = kernels.get(side) ?? openKernel({ netns: pathOf(side) });
  kernels.set(side, open);
  return open;
}

const left = async (side: Side, objects: readonly KernelObject[], owner = ownership): Promise<Difference> =>
  diff(byKey(objects), await kernelOf(side).read(owner, byKey(objects)));

async function put(
  side: Side,
  objects: readonly KernelObject[],
  owner = ownership,
): Promise<readonly Outcome[]> {
  return kernelOf(side).apply((await left(side, objects, owner)).changes);
}

const refused = (outcomes: readonly Outcome[]) => outcomes.filter(({ ok }) => !ok);
const indexOf = (side: Side, name: string): string =>
  inside(side, `cat /sys/class/net/${name}/ifindex`).trim();

async function holds(settings: Settings): Promise<void> {
  for (const side of SIDES) {
    const objects = hostObjects(side, settings);
    assert.deepEqual(refused(await put(side, objects)), []);
    assert.deepEqual(await left(side, objects), NOTHING);
  }
}

function pings(settings: Settings): void {
  for (const family of families(settings)) {
    const [from, to] = family === 4 ? ['10.70.1.0', '10.70.2.0'] : ['fc00:70:0:1::', 'fc00:70:0:2::'];
    assert.match(inside(1, `ping -c 3 -i 0.2 -W 5 -s 1300 -I ${from} ${to}`), / 0% packet loss/);
  }
}

beforeEach(() => {
  for (const name of NAMES) execFileSync('ip', ['netns', 'add', name]);
  execFileSync('sh', [
    '-ec',
    `ip link add eth0 netns ${NAMES[0]} type veth peer name eth0 netns ${NAMES[1]}`,
  ]);
  for (const side of SIDES)
    inside(side, `ip link set lo up; ip link set eth0 up; ip address add 192.0.2.${side}/24 dev eth0`);
});

afterEach(() => {
  for (const kernel of kernels.values()) kernel.close();
  kernels.clear();
  for (const name of NAMES) execFileSync('sh', ['-c', `ip netns delete ${name} || true`]);
});

/** Every shape, and what of it changes in place (on both hosts). */
const shapes: readonly (readonly [string, Settings, Partial<TunnelLink>])[] = [
  ['gre', { kind: 'gre', name: 'overlay.gre' }, { ttl: 9, pathMtuDiscovery: false, mtu: 1380 }],
  ['gre with a key', { kind: 'gre', name: 'overlay.gre', key: 4_294_967_295 }, { key: 7, ttl: 0 }],
  ['gre on a device', { kind: 'gre', name: 'overlay.gre', underlay: 'eth0' }, { key: 7 }],
  ['ipip', { kind: 'ipip', name: 'flannel.ipip' }, { ttl: 9, underlay: 'eth0' }],
  [
    'ipip in UDP',
    { kind: 'ipip', name: 'overlay.udp', underlay: 'eth0', ...fou('ipip') },
    { ttl: 9, mtu: 1380 },
  ],
  ['sit', { kind: 'sit', name: 'flannel-v6.ipip' }, { ttl: 9, underlay: 'eth0' }],
  ['sit in UDP', { kind: 'sit', name: 'overlay-v6.udp', underlay: 'eth0', ...fou('sit') }, { ttl: 9 }],
  ['gre in UDP', { kind: 'gre', name: 'overlay.gre', ...fou('gre') }, { key: 3 }],
];

for (const [name, settings, changed] of shapes) {
  void test(`${name}: is read back as it was asked for, carries packets, survives a restart, changes in place`, async () => {
    if (settings.encapsulation)
      for (const side of SIDES) {
        const protocol = { ipip: 4, sit: 41, gre: 47 }[settings.kind];
        inside(side, `modprobe fou; ip fou add port ${FOU_PORTS[settings.kind]} ipproto ${protocol}`);
      }
    await holds(settings);
    pings(settings);
    for (const kernel of kernels.values()) kernel.close();
    kernels.clear();
    for (const side of SIDES) assert.deepEqual(await left(side, hostObjects(side, settings)), NOTHING);
    const before = SIDES.map((side) => indexOf(side, settings.name));
    for (const wanted of [{ ...settings, ...changed }, settings]) {
      await holds(wanted);
      pings(wanted);
    }
    assert.deepEqual(
      SIDES.map((side) => indexOf(side, settings.name)),
      before,
    );
    for (const side of SIDES) assert.deepEqual(refused(await put(side, [])), []);
    assert.doesNotMatch(inside(1, 'ip -o link'), /overlayd:/);
  });
}

void test('packets go on while a tunnel changes in place', async () => {
  const settings: Settings = { kind: 'gre', name: 'overlay.gre', key: 42 };
  await holds(settings);
  const ping = promisify(execFile)(
    ...([
      'ip',
      ['netns', 'exec', NAMES[0], ...'ping -c 60 -i 0.1 -W 5 -I 10.70.1.0 10.70.2.0'.split(' ')],
    ] as const),
  );
  for (const ttl of [10, 20, 30, 40, 50]) await holds({ ...settings, ttl });
  const received = Number(/(\d+) received/.exec((await ping).stdout)?.[1]);
  // A packet that comes in the moment when the kernel files the device anew is lost.
  assert.ok(received >= 58, `${received} of 60 came back`);
});

void test('D12 another tunnel with the same ends is named, and one like the own of the kernel too', async () => {
  const plain = (settings: Settings) => [linkOf(1, settings)];
  for (const [kind, name] of [
    ['gre', 'overlay.gre'],
    ['ipip', 'flannel.ipip'],
    ['sit', 'flannel-v6.ipip'],
  ] as const) {
    const before = await left(1, plain({ kind, name }));
    inside(1, `ip link add decoy type ${kind} local 192.0.2.1 ttl 3`);
    const words = new RegExp(`decoy already is the ${kind} tunnel with local address 192.0.2.1, device any`);
    const { conflicts } = await left(1, plain({ kind, name }));
    assert.match(conflicts[0]?.reason ?? '', words);
    const [outcome] = await kernelOf(1).apply(before.changes);
    assert.ok(outcome && !outcome.ok && outcome.code === 'EEXIST');
    assert.match(outcome.message, words);
    inside(1, 'ip link delete decoy');
    const { local: _, ...open } = linkOf(1, { kind, name });
    assert.match((await left(1, [open])).conflicts[0]?.reason ?? '', /^(gre0|tunl0|sit0) already is the/);
  }
});

void test('a tunnel with a fixed end under our name and alias is made anew', async () => {
  inside(
    1,
    `ip link add flannel.ipip type ipip local 192.0.2.1 remote 192.0.2.9; ip link set flannel.ipip alias ${ALIAS}`,
  );
  const objects = hostObjects(1, { kind: 'ipip', name: 'flannel.ipip' });
  assert.deepEqual(refused(await put(1, objects)), []);
  assert.deepEqual(await left(1, objects), NOTHING);
});

void test('a sit device with other path MTU discovery is made anew, with all that is on it', async () => {
  const settings: Settings = { kind: 'sit', name: 'flannel-v6.ipip' };
  await holds(settings);
  const before = indexOf(1, settings.name);
  await holds({ ...settings, ttl: 0, pathMtuDiscovery: false });
  assert.notEqual(indexOf(1, settings.name), before);
  await holds(settings);
  pings(settings);
});

void test("a stopped flanneld's ipip device is taken over in place", async () => {
  inside(
    1,
    'ip link add flannel.ipip mtu 1480 type ipip local 192.0.2.1 nopmtudisc; ip link set flannel.ipip up',
  );
  const before = indexOf(1, 'flannel.ipip');
  const objects = hostObjects(1, { kind: 'ipip', name: 'flannel.ipip' });
  assert.equal((await left(1, objects)).conflicts.length, objects.length);
  assert.deepEqual(refused(await put(1, objects, { ...ownership, adopt: true })), []);
  assert.deepEqual(await left(1, objects), NOTHING);
  assert.equal(indexOf(1, 'flannel.ipip'), before);
});

void test('what the kernel has is found out by loading modules, and leaves no device', async () => {
  for (const module of ['fou', 'wireguard', 'sit', 'ip_gre', 'ipip'])
    execFileSync('modprobe', ['-r', module], { stdio: 'ignore' });
  const reader = openHostReader({ netns: pathOf(1) });
  const features = ['gre', 'ipip', 'sit', 'fou', 'wireguard', 'vxlan', 'tun'] as const;
  assert.deepEqual(await reader.missing(features), []);
  assert.doesNotMatch(inside(1, 'ip -o link'), /ovl-probe/);
  reader.close();
});

void test('a kernel without a kind or without foo-over-UDP says what to do', async () => {
  const hidden = '/etc/modprobe.d/tlv-hidden.conf';
  writeFileSync(hidden, 'install sit /bin/false\ninstall fou /bin/false\n');
  try {
    for (const module of ['sit', 'fou']) execFileSync('modprobe', ['-r', module]);
    const reader = openHostReader({ netns: pathOf(1) });
    assert.deepEqual(await reader.missing(['sit', 'gre', 'fou']), ['sit', 'fou']);
    reader.close();
    const outcomes = await put(1, [
      linkOf(1, { kind: 'sit', name: 'flannel-v6.ipip' }),
      linkOf(1, { kind: 'ipip', name: 'overlay.udp', ...fou('ipip') }),
    ]);
    const messages = outcomes.map((outcome) => (outcome.ok ? '' : outcome.message));
    assert.match(messages[0] ?? '', /no sit devices: load the module sit, or choose another backend/);
    assert.match(messages[1] ?? '', /no foo-over-UDP: load the module fou/);
  } finally {
    rmSync(hidden);
    for (const module of ['sit', 'fou']) execFileSync('modprobe', [module]);
  }
});
