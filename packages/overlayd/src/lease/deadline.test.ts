import { inDoubt } from './deadline.js';

const moment = (bootMs: number, monotonicMs = bootMs) => ({ bootMs, monotonicMs });

test('B03 B05 a lease is in doubt from its deadline on, and after any sleep of the machine', () => {
  expect(inDoubt(moment(0), moment(9_999), 10_000)).toBe(false);
  expect(inDoubt(moment(0), moment(10_000), 10_000)).toBe(true);
  expect(inDoubt(moment(0), moment(9_000, 7_000), 10_000)).toBe(true);
});

test('clocks that are read one after the other are no sleep, nor is a process that was stopped before the deadline', () => {
  expect(inDoubt(moment(0), moment(5_000, 4_500), 10_000)).toBe(false);
  expect(inDoubt(moment(0), moment(9_000, 9_000), undefined)).toBe(false);
});
