import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { allFlows, everyChange, runFlows, sweep, type LiveHost } from '@overlay/testbed';
import { Changing, LINGER, losses, lost, say, WAYS } from './support/changing.js';
import { captured, FLAGS } from './support/cluster.js';

const name = 'vm-pairs';
let changing: Changing;

before(async () => {
  changing = await Changing.open(name, 'host-gw');
});
after(() => sweep(name));

test('C05 every change of one backend for another loses no packet', async () => {
  await changing.calibrate();
  assert.ok(changing.rate * 6 >= 50);
  const table: string[] = [];
  for (const way of everyChange(Object.keys(WAYS)).slice(1)) table.push(await changing.underTraffic(way));
  assert.deepEqual(losses(table), []);
});

test('G wireguard leaves not one packet in clear while overlayd restarts', async () => {
  await changing.changeTo('wireguard');
  const [one, two] = changing.hosts as readonly [LiveHost, LiveHost, LiveHost];
  const seen = await captured(
    one.host,
    'net 10.5.0.0/16 or udp port 8472 or ip proto 4 or ip proto 47',
    async () => {
      const results = await runFlows(allFlows(changing.hosts), { rate: changing.rate }, () => restart(two));
      say(`${lost(results)} packets lost during the restart`);
    },
  );
  assert.doesNotMatch(seen, /10\.5\./);
});

async function restart({ overlayd }: LiveHost): Promise<void> {
  await overlayd.stop();
  overlayd.start([...FLAGS, `--backend-linger=${LINGER}`]);
  await overlayd.ready(120_000);
}
