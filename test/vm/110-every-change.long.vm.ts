import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { allFlows, capture, everyChange, runFlows, sweep, type LiveHost } from '@overlay/testbed';
import { assertOnly, Changing, LINGER, losses, lost, say, WAYS } from './support/changing.js';
import { FLAGS } from './support/cluster.js';
import { unlessLate } from './support/late.js';

const name = 'vm-pairs';
let changing: Changing;

before(async () => {
  changing = await Changing.open(name, 'host-gw');
});
after(() => sweep(name));

test('C05 every change of one backend for another loses no packet', async () => {
  // About as many packets as ten changes take.
  await changing.calibrate(90);
  assert.ok(changing.rate * 6 >= 50);
  const table: string[] = [];
  for (const way of everyChange(Object.keys(WAYS)).slice(1)) table.push(await changing.underTraffic(way));
  assert.deepEqual(losses(table), []);
});

test('I17 wireguard leaves not one packet in clear while overlayd restarts', async () => {
  await changing.changeTo('wireguard');
  const [one, two] = changing.hosts as readonly [LiveHost, LiveHost, LiveHost];
  let arrived = 0;
  const seen = await capture(one.host, async () => {
    const results = await runFlows(allFlows(changing.hosts), { rate: changing.rate }, () => restart(two));
    say(`${lost(results)} packets lost during the restart`);
    changing.explain(results);
    const own = results.filter(({ flow }) => flow.from === one.pod || flow.to === one.pod.address);
    arrived = own.reduce((sum, result) => sum + result.sent - result.lost, 0);
  });
  assert.ok(arrived > 0);
  // Each has an answer.
  await assertOnly('wireguard', seen, 2 * arrived);
});

async function restart({ overlayd }: LiveHost): Promise<void> {
  await overlayd.stop();
  overlayd.start([...FLAGS, `--backend-linger=${LINGER}`]);
  await unlessLate(overlayd.ready(120_000), overlayd);
}
