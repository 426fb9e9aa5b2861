import { systemClock } from './clock.js';

afterEach(() => jest.useRealTimers());

test('F18 boot time is whole milliseconds and does not follow the wall clock', () => {
  const before = systemClock.bootMs();
  jest.useFakeTimers().setSystemTime(0);
  const after = systemClock.bootMs();
  expect(Number.isInteger(before)).toBe(true);
  expect(after - before).toBeGreaterThanOrEqual(0);
  expect(after - before).toBeLessThan(60_000);
});

test('A29 a sleep of a year does not end at once', async () => {
  jest.useFakeTimers();
  let over = false;
  void systemClock.sleep(365 * 86_400_000).then(() => (over = true));
  await jest.advanceTimersByTimeAsync(86_400_000);
  expect(over).toBe(false);
});

test('a sleep ends with its signal, and leaves no timer', async () => {
  jest.useFakeTimers();
  const stop = new AbortController();
  const sleep = systemClock.sleep(1000, stop.signal);
  stop.abort();
  await sleep;
  expect(jest.getTimerCount()).toBe(0);
  await systemClock.sleep(1000, stop.signal);
  expect(jest.getTimerCount()).toBe(0);
});
