import { run } from './run.js';

jest.setTimeout(60_000);

const short = (seed: number) => run({ seed, days: 0.3 });

test('the same seed gives the same run, event by event', async () => {
  const [first, other, again] = [await short(5), await short(6), await short(5)];
  expect(again).toEqual(first);
  expect(other.digest).not.toBe(first.digest);
});

test.each([11, 12, 13, 14, 15, 16])('seed %d breaks no invariant in a quarter of a day', async (seed) => {
  const { violation, events } = await short(seed);
  expect(violation).toBeUndefined();
  expect(events).toBeGreaterThan(1000);
});

test('a fault that is left out leaves the others as they are', async () => {
  const { plan } = await short(7);
  const fewer = plan.map((actions) => actions.slice(1));
  const again = await run({ seed: 7, days: 0.3, plan: fewer });
  expect(again.plan).toEqual(fewer);
  expect(again.violation).toBeUndefined();
});
