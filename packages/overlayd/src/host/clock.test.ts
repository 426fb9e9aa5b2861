import { bootSleep } from './boot-sleep.js';
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
  await jest.advanceTimersByTimeAsync(3_600_000);
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

/** A sleep whose boot time is the test's; resolves to whether it is over. */
async function slept(ms: number, timersMs: number, bootMs: () => number): Promise<boolean> {
  jest.useFakeTimers();
  let over = false;
  void bootSleep(bootMs, (piece, run) => systemClock.timer(piece, run))(ms).then(() => (over = true));
  await jest.advanceTimersByTimeAsync(timersMs);
  return over;
}

test('B05 a sleep that ended in a suspend is over seconds after it', async () => {
  let boot = 5000;
  const suspended = (): number => {
    const now = boot;
    boot += 8 * 3_600_000;
    return now;
  };
  expect(await slept(8 * 3_600_000, 9_999, suspended)).toBe(false);
  boot = 5000;
  expect(await slept(8 * 3_600_000, 10_000, suspended)).toBe(true);
});

test('B05 a sleep without a suspend takes its time, and is no shorter where boot time cannot be read', async () => {
  const steady = (): number => 5000;
  expect(await slept(25_000, 24_999, steady)).toBe(false);
  expect(await slept(25_000, 25_000, steady)).toBe(true);
  const broken = (): number => {
    throw new Error('EMFILE');
  };
  expect([await slept(25_000, 24_999, broken), await slept(25_000, 25_000, broken)]).toEqual([false, true]);
});
