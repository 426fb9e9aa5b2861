import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { formatPrefix, parseAddress, parsePrefix, type Prefix } from '@overlay/cidr';
import { byKey, diff, joinKernel } from '@overlay/dataplane';
import type { FouObject, Kernel, KernelObject, Ownership, WireguardPeerObject } from '@overlay/dataplane';
import {
  genlFamilyExists,
  loadOrCreateWireguardKey,
  openFouPart,
  openKernel,
  openWireguardPart,
  type WireguardKey,
} from '@overlay/dataplane/linux';

/** Two hosts with a cable between them: 192.0.2.N outside, 10.70.N.1 inside, by the kernel's own WireGuard. */
type Side = 1 | 2;
const SIDES = [1, 2] as const;
const DEVICE = 'flannel-wg';
const NOTHING = { changes: [], refused: [] };

const ownership: Ownership = {
  alias: 'overlayd:default',
  links: [DEVICE, 'overlay.udp'],
  networks: [parsePrefix('10.70.0.0/16'), parsePrefix('fc00:70::/48')],
  adopt: false,
};

const nameOf = (side: Side): string => `wgv-${side}`;
const other = (side: Side): Side => (side === 1 ? 2 : 1);
const inside = (side: Side, command: string): string =>
  execFileSync('ip', ['netns', 'exec', nameOf(side), 'sh', '-ec', command], {
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();

let folder: string;
const keys = new Map<Side, WireguardKey>();
const open = new Map<Side, { readonly kernel: Kernel; close(): void }>();
const warnings: string[] = [];

function keyOf(side: Side): WireguardKey {
  const key = keys.get(side) ?? loadOrCreateWireguardKey(join(folder, `${side}/key`));
  keys.set(side, key);
  return key;
}

function kernelOf(side: Side): Kernel {
  const known = open.get(side);
  if (known) return known.kernel;
  const netns = `/run/netns/${nameOf(side)}`;
  const base = openKernel({ netns });
  const parts = [openFouPart({ netns }), openWireguardPart({ netns, log: (text) => warnings.push(text) })];
  const close = (): void => {
    base.close();
    for (const part of parts) void part.close?.();
  };
  const kernel = joinKernel(base, parts);
  open.set(side, { kernel, close });
  return kernel;
}

function restart(side: Side): void {
  open.get(side)?.close();
  open.delete(side);
}

/** One pass: what was changed, and what was refused. */
async function pass(side: Side, objects: readonly KernelObject[]) {
  const wanted = byKey(objects);
  const { changes, conflicts } = diff(wanted, await kernelOf(side).read(ownership, wanted));
  assert.deepEqual(conflicts, []);
  const outcomes = await kernelOf(side).apply(changes);
  return {
    changes: changes.map(({ op, object }) => `${op} ${object.type}`),
    refused: outcomes.flatMap((outcome) => (outcome.ok ? [] : [`${outcome.code}: ${outcome.message}`])),
  };
}

function node(side: Side): KernelObject[] {
  const { publicKey, file } = keyOf(side);
  const common = { mtu: 1420, alias: ownership.alias, listenPort: 51820 };
  const route = { destination: parsePrefix('10.70.0.0/16'), onlink: false, metric: 100 } as const;
  return [
    { type: 'link', kind: 'wireguard', name: DEVICE, publicKey, keyFile: file, ...common },
    { type: 'address', link: DEVICE, address: parseAddress(`10.70.${side}.1`), length: 32 },
    { type: 'route', kind: 'unicast', link: DEVICE, ...route },
  ];
}

const peer = (side: Side, rest: Partial<WireguardPeerObject> = {}): WireguardPeerObject => ({
  ...{ type: 'wireguard-peer', link: DEVICE, publicKey: keyOf(side).publicKey, keepaliveSeconds: 0 },
  endpoint: { address: parseAddress(`192.0.2.${side}`), port: 51820 },
  allowedIps: [parsePrefix(`10.70.${side}.0/24`)],
  ...rest,
});

async function join2(rest: Partial<WireguardPeerObject> = {}): Promise<void> {
  for (const side of SIDES)
    assert.deepEqual((await pass(side, [...node(side), peer(other(side), rest)])).refused, []);
  assert.match(inside(1, 'ping -c 2 -W 10 -I 10.70.1.1 10.70.2.1'), / 0% packet loss/);
}

/** How many of `packets` sent at 50 a second came back, while `work` ran. */
async function receivedDuring(packets: number, work: () => Promise<void>): Promise<string> {
  const words = ['-q', '-W', '10', '-I', '10.70.1.1', '-i', '0.02', '-c', String(packets), '10.70.2.1'];
  const child = spawn('ip', ['netns', 'exec', nameOf(1), 'ping', ...words]);
  let said = '';
  child.stdout.on('data', (text) => (said += String(text)));
  const done = new Promise((resolve) => child.once('close', resolve));
  await work();
  await done;
  return /\d+ packets transmitted, \d+ received/.exec(said)?.[0] ?? said;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wgv-'));
  for (const side of SIDES) execFileSync('ip', ['netns', 'add', nameOf(side)]);
  inside(1, `ip link add eth0 type veth peer name eth0 netns ${nameOf(2)}`);
  for (const side of SIDES)
    inside(
      side,
      `ip link set lo up; ip link set eth0 up; ip address add 192.0.2.${side}/24 dev eth0; ip address add 192.0.2.1${side}/24 dev eth0`,
    );
});

afterEach(() => {
  for (const side of SIDES) restart(side);
  for (const side of SIDES) execFileSync('sh', ['-c', `ip netns delete ${nameOf(side)} || true`]);
  keys.clear();
  warnings.length = 0;
  rmSync(folder, { recursive: true });
});

void test('the kernel has the families, and no other', () => {
  assert.deepEqual(
    ['wireguard', 'fou', 'no-such-family'].map((name) => genlFamilyExists(name)),
    [true, true, false],
  );
});

void test('F05 the kernel device carries packets, without a warning; a restart changes and drops nothing', async () => {
  const presharedKey = Buffer.alloc(32, 7).toString('base64');
  await join2({ presharedKey });
  assert.deepEqual(warnings, []);
  assert.match(
    inside(1, `ip -d link show ${DEVICE}`),
    /mtu 1420[\s\S]*wireguard[\s\S]*alias overlayd:default/,
  );
  const handshakes = inside(1, `wg show ${DEVICE} latest-handshakes`);
  const received = await receivedDuring(300, async () => {
    for (let n = 0; n < 3; n++) {
      restart(1);
      assert.deepEqual(await pass(1, [...node(1), peer(2, { presharedKey })]), NOTHING);
    }
  });
  assert.equal(received, '300 packets transmitted, 300 received');
  assert.equal(inside(1, `wg show ${DEVICE} latest-handshakes`), handshakes);
});

void test('endpoint, keepalive and allowed IPs of a peer change in place, without a lost packet', async () => {
  await join2();
  const more = peer(2, {
    endpoint: { address: parseAddress('192.0.2.12'), port: 51820 },
    allowedIps: ['10.70.2.0/24', '10.70.8.0/24', '10.70.9.0/24'].map((text) => parsePrefix(text)),
    keepaliveSeconds: 25,
  });
  const replaced = { changes: ['replace wireguard-peer'], refused: [] };
  const received = await receivedDuring(300, async () => {
    for (let n = 0; n < 10; n++) {
      assert.deepEqual(await pass(1, [...node(1), more]), replaced);
      assert.deepEqual(await pass(1, [...node(1), peer(2)]), replaced);
    }
  });
  assert.equal(received, '300 packets transmitted, 300 received');
  assert.equal(inside(1, `wg show ${DEVICE} allowed-ips`), `${keyOf(2).publicKey}\t10.70.2.0/24`);
});

void test('an address moves to another peer in one pass; a foreign peer goes; a taken port is refused by name', async () => {
  const second = peer(2, { publicKey: Buffer.alloc(32, 9).toString('base64'), allowedIps: [] });
  const shared = [parsePrefix('10.70.5.0/24')];
  for (const [mine, theirs] of [[shared, []] as const, [[], shared] as const, [shared, []] as const]) {
    const wanted = [...node(1), peer(2, { allowedIps: mine }), { ...second, allowedIps: theirs }];
    assert.deepEqual((await pass(1, wanted)).refused, []);
    inside(1, `wg set ${DEVICE} peer ${Buffer.alloc(32, 4).toString('base64')} allowed-ips 10.70.6.0/24`);
    assert.deepEqual((await pass(1, wanted)).changes, ['remove wireguard-peer']);
    assert.deepEqual(await pass(1, wanted), NOTHING);
  }
  assert.deepEqual((await pass(1, [])).refused, []);
  assert.doesNotMatch(inside(1, 'ip -o link'), /flannel-wg/);
  const taker = spawn('ip', [
    ...['netns', 'exec', nameOf(1), process.execPath, '-e'],
    "require('dgram').createSocket('udp4').bind(51820, () => console.log('bound'))",
  ]);
  await new Promise((resolve) => taker.stdout.once('data', resolve));
  const { refused } = await pass(1, node(1).slice(0, 1));
  taker.kill();
  assert.match(refused.join(), /^EADDRINUSE: .*51820 is in use by node \(process \d+\)/);
  assert.doesNotMatch(inside(1, 'ip -o link'), /flannel-wg/);
});

void test('D24 a thousand peers, one of them with two thousand allowed IPs, are set, read back equal and removed', async () => {
  const many: Prefix[] = Array.from({ length: 2000 }, (_, n) =>
    parsePrefix(`fc00:70:0:${(n + 1).toString(16)}::/64`),
  );
  const peers = Array.from({ length: 1000 }, (_, n) =>
    peer(2, {
      publicKey: Buffer.from(String(n).padStart(32, 'k')).toString('base64'),
      allowedIps: [parsePrefix(`10.70.${n >> 4}.${(n & 15) * 16}/28`), ...(n === 500 ? many : [])],
      presharedKey: Buffer.alloc(32, 3).toString('base64'),
    }),
  );
  assert.deepEqual((await pass(1, [...node(1), ...peers])).refused, []);
  assert.deepEqual(await pass(1, [...node(1), ...peers]), NOTHING);
  const shown = inside(1, `wg show ${DEVICE} allowed-ips`).split('\n');
  assert.equal(shown.length, 1000);
  assert.equal(shown.join(' ').match(/fc00:/g)?.length, many.length);
  assert.ok(shown.join(' ').includes(formatPrefix(many[1999] ?? many[0]!)));
  assert.deepEqual((await pass(1, node(1))).refused, []);
  assert.equal(inside(1, `wg show ${DEVICE} peers`), '');
});

const fou = (port: number, protocol: 4 | 41, family: 4 | 6 = 4): FouObject => ({
  type: 'fou',
  family,
  port,
  protocol,
});

void test('fou ports are made, agree with ip fou show, and are found again and removed by the tunnel that uses them', async () => {
  const tunnel: KernelObject = {
    ...{ type: 'link', kind: 'ipip', name: 'overlay.udp', ttl: 64, pathMtuDiscovery: true, mtu: 1400 },
    encapsulation: { sourcePort: 8285, destinationPort: 8285 },
    local: { family: 4, bits: 0xc0000201 },
    alias: ownership.alias,
  };
  const wanted = [fou(8285, 4), fou(8286, 41), fou(8286, 41, 6), tunnel];
  assert.deepEqual((await pass(1, wanted)).refused, []);
  assert.deepEqual(await pass(1, wanted), NOTHING);
  assert.match(inside(1, 'ip fou show'), /port 8285 ipproto 4/);
  assert.match(inside(1, 'ip fou show'), /port 8286 ipproto 41/);
  restart(1);
  assert.deepEqual(await pass(1, wanted), NOTHING);
  inside(1, 'ip fou add port 9999 ipproto 47');
  restart(1);
  assert.deepEqual((await pass(1, [])).changes, ['remove fou', 'remove link']);
  assert.match(inside(1, 'ip fou show'), /port 9999/);
  assert.doesNotMatch(inside(1, 'ip fou show'), /port 8285/);
});

void test('a fou port of another protocol is a conflict; a port that a WireGuard device has is refused in clear words', async () => {
  inside(1, 'ip fou add port 8285 ipproto 47');
  const wanted = byKey([fou(8285, 4)]);
  const { changes, conflicts } = diff(wanted, await kernelOf(1).read(ownership, wanted));
  assert.deepEqual(changes, []);
  assert.match(conflicts.map(({ reason }) => reason).join(), /8285 already is a fou port for IP protocol 47/);
  await pass(1, node(1).slice(0, 1));
  assert.match(
    (await pass(1, [...node(1).slice(0, 1), fou(51820, 4)])).refused.join(),
    /51820 is in use by a tunnel of the kernel/,
  );
});
