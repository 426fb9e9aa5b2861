import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { everyChange, sweep } from '@overlay/testbed';
import { Changing, losses, WAYS } from './support/changing.js';

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
