import { everyChange } from './every-change.js';

test.each([1, 2, 3, 6])('the walk over %s items makes every change of one for another once', (size) => {
  const items = Array.from({ length: size }, (_, index) => index);
  const walk = everyChange(items);
  const steps = walk.slice(1).map((to, index) => `${walk[index]}>${to}`);
  const all = items.flatMap((from) => items.filter((to) => to !== from).map((to) => `${from}>${to}`));
  expect([...steps].sort()).toEqual([...all].sort());
  expect([walk[0], walk.at(-1)]).toEqual([0, 0]);
});
