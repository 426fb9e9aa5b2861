import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { allFlows, everyChange, runFlows, sweep, waitUntilSending, type LiveHost } from '@overlay/testbed';
import { captured, FLAGS, openLive, putConfig, type LiveCluster } from './support/cluster.js';

interface Way {
  readonly backend: object;
  /** That packets to peers leave by. */
  readonly device: string;
  /** What the packets between the hosts are, for tcpdump. */
  readonly filter: string;
  /** Bytes of an inner packet that fills the underlay's 1500. */
  readonly mtu: number;
}

const WAYS: Readonly<Record<string, Way>> = {
  'host-gw': { backend: { Type: 'host-gw' }, device: 'eth0', filter: 'icmp', mtu: 1500 },
  vxlan: { backend: { Type: 'vxlan' }, device: 'flannel.1', filter: 'udp port 8472', mtu: 1450 },
  gre: { backend: { Type: 'gre' }, device: 'overlay.gre', filter: 'ip proto 47', mtu: 1476 },
  ipip: { backend: { Type: 'ipip' }, device: 'flannel.ipip', filter: 'ip proto 4', mtu: 1480 },
  udp: { backend: { Type: 'udp' }, device: 'overlay.udp', filter: 'udp port 8285', mtu: 1472 },
  wireguard: { backend: { Type: 'wireguard' }, device: 'flannel-wg', filter: 'udp port 51820', mtu: 1420 },
};
/** News take seconds in here; changes do not wait for it. */
const LINGER = 60;
const MOVE_MS = 90_000;
/**
 * On each of six flows, a second; the first that an unchanged network carries here without loss is taken. More than the first one takes
 * the emulated processors away from etcd and the daemons.
 */
const RATES = [20, 10];
const name = 'vm-live';

let live: LiveCluster;
let hosts: readonly LiveHost[];
let rate = 0;
let at = 'host-gw';

const lost = (results: readonly { readonly lost: number }[]): number =>
  results.reduce((sum, result) => sum + result.lost, 0);
const sent = (results: readonly { readonly sent: number }[]): number =>
  results.reduce((sum, result) => sum + result.sent, 0);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const wayOf = (way: string): Way => {
  const known = WAYS[way];
  assert.ok(known);
  return known;
};

async function changeTo(way: string): Promise<void> {
  const { backend, device } = wayOf(way);
  await putConfig(live.cluster, { Network: '10.5.0.0/16', Backend: backend });
  await waitUntilSending(hosts, device, MOVE_MS).catch((error: unknown) => {
    for (const { overlayd } of hosts) say(overlayd.log().slice(-2000));
    throw error;
  });
  at = way;
}

before(async () => {
  const config = { Network: '10.5.0.0/16', Backend: wayOf('host-gw').backend };
  live = await openLive(name, config, [`--backend-linger=${LINGER}`]);
  ({ hosts } = live);
});
after(() => sweep(name));

test('an unchanged network carries at least 50 packets a second here without loss', async () => {
  for (const candidate of RATES) {
    const results = await runFlows(allFlows(hosts), { rate: candidate }, () => Promise.resolve());
    say(`${candidate * 6} packets a second: ${lost(results)} of ${sent(results)} lost`);
    if (lost(results) > 0) continue;
    rate = candidate;
    break;
  }
  assert.ok(rate * 6 >= 50);
});

test('C05 every change of one backend for another loses no packet', async () => {
  const walk = everyChange(Object.keys(WAYS));
  const table: string[] = [];
  for (const way of walk.slice(1)) {
    const from = at;
    const results = await runFlows(allFlows(hosts), { rate }, () => changeTo(way));
    const line = `${from.padEnd(10)} -> ${way.padEnd(10)} ${sent(results)} sent, ${lost(results)} lost`;
    say(line);
    table.push(line);
  }
  assert.deepEqual(
    table.filter((line) => !line.endsWith(', 0 lost')),
    [],
  );
});

for (const way of Object.keys(WAYS))
  test(`${way} carries ICMP, UDP and TCP between three hosts, up to the full MTU with DF, in its own encapsulation`, async () => {
    if (at !== way) await changeTo(way);
    const [one, two, three] = hosts as readonly [LiveHost, LiveHost, LiveHost];
    const { filter, mtu } = wayOf(way);
    const seen = await captured(one.host, filter, async () => {
      for (const to of [two, three])
        await one.pod.exec(['ping', '-n', '-c', '3', '-i', '0.2', '-W', '5', to.pod.address]);
    });
    assert.match(seen, way === 'host-gw' ? /10\.5\./ : /172\.31\./);
    await fullPackets(one, two, Math.min(mtu, 1420));
    await connections(one, two);
    await connections(three, one);
  });

/** 1400 bytes and as much as fits, with DF, both ways. */
async function fullPackets(one: LiveHost, two: LiveHost, mtu: number): Promise<void> {
  for (const size of [1400, mtu])
    for (const [from, to] of [
      [one, two],
      [two, one],
    ] as const)
      await from.pod.exec([
        'ping',
        '-n',
        '-c',
        '2',
        '-i',
        '0.2',
        '-W',
        '5',
        '-M',
        'do',
        '-s',
        String(size - 28),
        to.pod.address,
      ]);
}

/** A megabyte by TCP, and a hundred kilobytes in datagrams by UDP. */
async function connections(from: LiveHost, to: LiveHost): Promise<void> {
  for (const kind of [
    ['-n', '1M'],
    ['-u', '-b', '1M', '-l', '1000', '-n', '100K'],
  ]) {
    const log = `/tmp/iperf-${to.host.name}.log`;
    rmSync(log, { force: true });
    const server = to.pod.spawn('iperf3', ['iperf3', '-s', '-1', '--forceflush'], log);
    await server.waitUntil(() => Promise.resolve(server.log().includes('listening')), 30_000, 100);
    const { stdout } = await from.pod.exec(['iperf3', '-c', to.pod.address, ...kind], { timeoutMs: 120_000 });
    assert.match(stdout, /receiver/);
    await server.stop();
  }
}

test('G wireguard leaves not one packet in clear while overlayd restarts', async () => {
  await changeTo('wireguard');
  const [one, two] = hosts as readonly [LiveHost, LiveHost, LiveHost];
  const seen = await captured(
    one.host,
    'net 10.5.0.0/16 or udp port 8472 or ip proto 4 or ip proto 47',
    async () => {
      const results = await runFlows(allFlows(hosts), { rate }, () => restart(two));
      assert.equal(lost(results), 0);
    },
  );
  assert.doesNotMatch(seen, /10\.5\./);
});

async function restart({ overlayd }: LiveHost): Promise<void> {
  await overlayd.stop();
  overlayd.start([...FLAGS, `--backend-linger=${LINGER}`]);
  await overlayd.ready(120_000);
}
