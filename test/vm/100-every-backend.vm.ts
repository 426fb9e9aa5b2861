import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { sweep, type LiveHost } from '@overlay/testbed';
import { Changing, wayOf, WAYS } from './support/changing.js';
import { captured } from './support/cluster.js';

const name = 'vm-live';
let changing: Changing;

before(async () => {
  changing = await Changing.open(name, 'host-gw');
});
after(() => sweep(name));

test('an unchanged network carries at least 50 packets a second here without loss', async () => {
  await changing.calibrate();
  assert.ok(changing.rate * 6 >= 50);
});

for (const way of Object.keys(WAYS))
  test(`${way} carries ICMP, UDP and TCP between three hosts, up to the full MTU with DF, in its own encapsulation`, async () => {
    if (changing.at !== way) await changing.changeTo(way);
    const [one, two, three] = changing.hosts as readonly [LiveHost, LiveHost, LiveHost];
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
