import type { Action } from './nemesis/model.js';
import { shrink } from './shrink.js';

const action = (atMs: number): Action => ({ kind: 'kill', atMs, node: 1, forMs: 1, salt: 1 });

test('only the faults that are needed are left, of every episode', async () => {
  const plan = [[1, 2, 3, 4, 5].map(action), [6, 7, 8, 9].map(action)];
  const needed = [2, 8, 9];
  let tries = 0;
  const least = await shrink(plan, async (candidate) => {
    tries += 1;
    const left = candidate.flat().map(({ atMs }) => atMs);
    return needed.every((atMs) => left.includes(atMs));
  });
  expect(least.map((actions) => actions.map(({ atMs }) => atMs))).toEqual([[2], [8, 9]]);
  expect(tries).toBeLessThan(30);
});

test('a failure that needs no fault leaves none', async () => {
  expect(await shrink([[action(1), action(2)]], async () => true)).toEqual([[]]);
});
