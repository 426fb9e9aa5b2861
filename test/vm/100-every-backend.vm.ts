import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { capture, sweep, type LiveHost } from '@overlay/testbed';
import { assertOnly, Changing, wayOf, WAYS } from './support/changing.js';
import { unlessLate } from './support/late.js';

const name = 'vm-live';
/** To each of two peers. */
const ECHOES = 3;
/** Full packets, of two sizes, two each way. */
const FULL = 8;
let changing: Changing;

before(async () => {
  changing = await Changing.open(name, 'host-gw');
});
after(() => sweep(name));

test('an unchanged network carries at least 50 packets a second here without loss', async () => {
  await changing.calibrate(5);
  assert.ok(changing.rate * 6 >= 50);
});

for (const way of Object.keys(WAYS))
  test(`${way} carries ICMP, UDP and TCP between three hosts, up to the full MTU with DF, in its own encapsulation`, async () => {
    if (changing.at !== way) await changing.changeTo(way);
    const [one, two, three] = changing.hosts as readonly [LiveHost, LiveHost, LiveHost];
    const echoes = await capture(one.host, async () => {
      for (const to of [two, three]) await ping(one, to, ECHOES);
    });
    // Each has an answer.
    await assertOnly(way, echoes, 2 * 2 * ECHOES);
    const rest = await capture(one.host, async () => {
      await fullPackets(one, two, Math.min(wayOf(way).mtu, 1420));
      await connections(one, two);
      await connections(three, one);
    });
    await assertOnly(way, rest, 2 * FULL);
  });

/** Every echo has to come back. */
async function ping(
  from: LiveHost,
  to: LiveHost,
  count: number,
  options: readonly string[] = [],
): Promise<void> {
  const argv = ['ping', '-n', '-c', String(count), '-i', '0.2', '-W', '5', ...options, to.pod.address];
  assert.match((await from.pod.exec(argv)).stdout, / 0% packet loss/);
}

/** 1400 bytes and as much as fits, with DF, both ways. */
async function fullPackets(one: LiveHost, two: LiveHost, mtu: number): Promise<void> {
  for (const size of [1400, mtu])
    for (const [from, to] of [
      [one, two],
      [two, one],
    ] as const)
      await ping(from, to, 2, ['-M', 'do', '-s', String(size - 28)]);
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
    const listens = (): Promise<boolean> => Promise.resolve(server.log().includes('listening'));
    await unlessLate(server.waitUntil(listens, 30_000, 100), server);
    const { stdout } = await from.pod.exec(['iperf3', '-c', to.pod.address, ...kind], { timeoutMs: 120_000 });
    assert.match(stdout, /receiver/);
    await server.stop();
  }
}
