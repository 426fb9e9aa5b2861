import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, tryRun } from '@overlay/testbed';

/** Two namespaces with a cable between them: 192.0.2.1 and 192.0.2.2. What runs inside them gets 10.9.N.1. */
const PAIR = ['vm-a', 'vm-b'] as const;
type Side = 1 | 2;

const inside = (side: Side, line: string) =>
  run(['ip', 'netns', 'exec', PAIR[side - 1]!, ...line.split(' ')]);
const ip = async (side: Side, ...lines: string[]) => {
  for (const line of lines) await inside(side, `ip ${line}`);
};
const other = (side: Side): Side => (side === 1 ? 2 : 1);

async function cable(): Promise<void> {
  for (const name of PAIR) await run(['ip', 'netns', 'add', name]);
  await run([
    'ip',
    'link',
    'add',
    'eth0',
    'netns',
    PAIR[0],
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    PAIR[1],
  ]);
  for (const side of [1, 2] as const)
    await ip(side, 'link set lo up', 'link set eth0 up', `addr add 192.0.2.${side}/24 dev eth0`);
}

/** Makes both ends, gives each an address of 10.9.N.0/32 and a route to the other, and sends full packets. */
async function carries(device: string, makeEnd: (side: Side) => Promise<void>): Promise<void> {
  await cable();
  for (const side of [1, 2] as const) {
    await makeEnd(side);
    await ip(
      side,
      `addr add 10.9.${side}.1/32 dev ${device}`,
      `link set ${device} up`,
      `route add 10.9.${other(side)}.0/24 via 10.9.${other(side)}.1 dev ${device} onlink`,
    );
  }
}

async function pings(): Promise<void> {
  const { stdout } = await inside(1, 'ping -c 3 -i 0.2 -W 5 -s 1300 -M do 10.9.2.1');
  assert.match(stdout, / 0% packet loss/);
}

afterEach(async () => {
  for (const name of PAIR) await tryRun(['ip', 'netns', 'delete', name]);
});

void test('the kernel is the one of the virtual machine, with the right time and random numbers', async () => {
  assert.match(release(), /^[6-9].*-amd64$/);
  assert.ok(Date.now() > Date.parse('2025-01-01'));
  await run(['dd', 'if=/dev/random', 'of=/dev/null', 'bs=64', 'count=1'], { timeoutMs: 5000 });
  await run(['modprobe', '--show-depends', 'wireguard']);
});

void test('gre: one multipoint device carries packets by its permanent neighbour entries', async () => {
  await carries('g0', async (side) => {
    await ip(side, `link add g0 type gre local 192.0.2.${side} ttl 64`);
  });
  for (const side of [1, 2] as const)
    await ip(side, `neigh replace 10.9.${other(side)}.1 lladdr 192.0.2.${other(side)} dev g0 nud permanent`);
  await pings();
});

void test('ipip carries packets', async () => {
  await carries('i0', (side) =>
    ip(side, `link add i0 type ipip local 192.0.2.${side} remote 192.0.2.${other(side)} ttl 64`),
  );
  await pings();
});

void test('sit carries IPv4 when it is asked for any protocol', async () => {
  await carries('s0', (side) =>
    ip(side, `link add s0 type sit local 192.0.2.${side} remote 192.0.2.${other(side)} ttl 64 mode any`),
  );
  await pings();
});

void test('fou: ipip inside UDP port 8285, and nothing else on the wire', async () => {
  await carries('u0', (side) =>
    ip(
      side,
      'fou add port 8285 ipproto 4',
      `link add u0 type ipip local 192.0.2.${side} remote 192.0.2.${other(side)} ttl 64 encap fou encap-sport 8285 encap-dport 8285`,
    ),
  );
  const capture = run(
    [
      'ip',
      'netns',
      'exec',
      PAIR[1],
      'timeout',
      '20',
      'tcpdump',
      '-n',
      '-l',
      '-i',
      'eth0',
      '-c',
      '2',
      'udp port 8285',
    ],
    { timeoutMs: 30_000 },
  );
  await sleep(4000);
  await pings();
  assert.match((await capture).stdout, /192\.0\.2\.1\.8285 > 192\.0\.2\.2\.8285: UDP, length 1328/);
});

void test('wireguard carries packets between two keys', async () => {
  const keys = await Promise.all([1, 2].map(async () => (await run(['wg', 'genkey'])).stdout.trim()));
  const publics = await Promise.all(
    keys.map(async (input) => (await run(['wg', 'pubkey'], { input })).stdout.trim()),
  );
  await carries('w0', async (side) => {
    await ip(side, 'link add w0 type wireguard');
    writeFileSync(`/run/vm-key${side}`, keys[side - 1]!, { mode: 0o600 });
    await inside(side, `wg set w0 listen-port 51820 private-key /run/vm-key${side}`);
    const peer = `peer ${publics[other(side) - 1]} endpoint 192.0.2.${other(side)}:51820 allowed-ips 10.9.${other(side)}.0/24`;
    await inside(side, `wg set w0 ${peer}`);
  });
  await pings();
});

void test('dummy and vxlan devices can be made', async () => {
  await cable();
  await ip(
    1,
    'link add d0 type dummy',
    'link add v0 type vxlan id 1 local 192.0.2.1 dstport 8472 nolearning',
  );
  assert.match((await inside(1, 'ip -d link show v0')).stdout, /vxlan id 1 local 192\.0\.2\.1/);
});

void test('openvswitch: a bridge of the kernel datapath with a GRE port per peer carries packets', async () => {
  await cable();
  mkdirSync('/run/openvswitch', { recursive: true });
  for (const side of [1, 2] as const) {
    const folder = `/run/vm-ovs${side}`;
    mkdirSync(folder);
    await run(['ovsdb-tool', 'create', `${folder}/conf.db`, '/usr/share/openvswitch/vswitch.ovsschema']);
    const daemon = `--pidfile=${folder}/@.pid --log-file=${folder}/@.log --unixctl=${folder}/@.ctl --detach --no-chdir`;
    await inside(
      side,
      `ovsdb-server ${folder}/conf.db --remote=punix:${folder}/db.sock ${daemon.replaceAll('@', 'ovsdb')}`,
    );
    await inside(side, `ovs-vsctl --db=unix:${folder}/db.sock --no-wait init`);
    await inside(side, `ovs-vswitchd unix:${folder}/db.sock ${daemon.replaceAll('@', 'vswitchd')}`);
    const port = `-- add-port br0 gre0 -- set interface gre0 type=gre options:remote_ip=192.0.2.${other(side)}`;
    await inside(side, `ovs-vsctl --db=unix:${folder}/db.sock --timeout=30 add-br br0 ${port}`);
    await ip(side, `addr add 10.9.${side}.1/16 dev br0`, 'link set br0 mtu 1400 up');
  }
  await pings();
  assert.match((await inside(1, 'ovs-dpctl show')).stdout, /system@ovs-system/);
});
