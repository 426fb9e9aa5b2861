import { WriteBudget } from './write-budget.js';

test('E09 the same text is written at most 30 times within any minute, another text is free', () => {
  let now = 0;
  const budget = new WriteBudget(() => now);
  for (let i = 0; i < 30; i++) expect(budget.spend('a')).toBe(true);
  expect(budget.spend('a')).toBe(false);
  expect(budget.spend('b')).toBe(true);
  now = 59_999;
  expect(budget.spend('a')).toBe(false);
  now = 60_000;
  expect(budget.spend('a')).toBe(true);
});
