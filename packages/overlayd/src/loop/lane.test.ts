import { systemClock } from '../host/clock.js';
import { Lane, type LaneResult } from './lane.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A lane whose runs end when the test says so, or at once with `results`. */
function create(
  options: {
    results?: LaneResult[];
    hold?: boolean;
    periodMs?: number;
    fail?: boolean;
    codes?: string[];
  } = {},
) {
  const results = [...(options.results ?? [])];
  const errors: unknown[] = [];
  const open: (() => void)[] = [];
  const state = { runs: 0, running: 0, most: 0 };
  const lane = new Lane({
    clock: systemClock,
    name: 'test',
    periodMs: options.periodMs ?? 0,
    onError: (error) => errors.push(error),
    run: async () => {
      state.runs += 1;
      state.running += 1;
      state.most = Math.max(state.most, state.running);
      if (options.hold === true) await new Promise<void>((resolve) => open.push(resolve));
      state.running -= 1;
      if (options.fail === true && state.runs === 1) throw new Error('broken');
      const code = options.codes?.shift();
      if (code !== undefined) throw Object.assign(new Error(), { code });
      return results.shift() ?? 'clean';
    },
  });
  const release = async (): Promise<void> => {
    open.shift()?.();
    await jest.advanceTimersByTimeAsync(0);
  };
  return { lane, state, errors, release };
}

test('F10 marks before a run are one run', async () => {
  const { lane, state } = create();
  for (let n = 0; n < 100; n += 1) lane.mark();
  await jest.advanceTimersByTimeAsync(10);
  expect(state.runs).toBe(1);
});

test('F10 F11 marks during a run are one more run, after it and never beside it', async () => {
  const { lane, state, release } = create({ hold: true });
  lane.mark();
  await jest.advanceTimersByTimeAsync(0);
  for (let n = 0; n < 100; n += 1) lane.mark();
  await jest.advanceTimersByTimeAsync(1000);
  expect(state.runs).toBe(1);
  await release();
  await release();
  await jest.advanceTimersByTimeAsync(1000);
  expect([state.runs, state.most]).toEqual([2, 1]);
});

test('an earlier mark wins over a later one, whatever came first', async () => {
  const { lane, state } = create();
  lane.mark(1000);
  lane.mark(100);
  lane.mark(5000);
  await jest.advanceTimersByTimeAsync(99);
  expect(state.runs).toBe(0);
  await jest.advanceTimersByTimeAsync(1);
  expect(state.runs).toBe(1);
  await jest.advanceTimersByTimeAsync(10_000);
  expect(state.runs).toBe(1);
});

test('a run that is to be repeated is, after 0.5, 1, 2 ... at most 30 seconds', async () => {
  const { lane, state } = create({ results: Array<LaneResult>(20).fill('retry') });
  const gaps: number[] = [];
  lane.mark();
  await jest.advanceTimersByTimeAsync(0);
  for (let n = 0; n < 9; n += 1) {
    const before = Date.now();
    await jest.advanceTimersToNextTimerAsync();
    gaps.push(Date.now() - before);
  }
  expect(gaps).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  expect(state.runs).toBe(10);
});

test('a mark comes before the end of the back-off, and a clean run resets it', async () => {
  const { lane, state } = create({ results: ['retry', 'retry', 'clean', 'retry'] });
  lane.mark();
  await jest.advanceTimersByTimeAsync(500);
  expect(state.runs).toBe(2);
  lane.mark();
  await jest.advanceTimersByTimeAsync(0);
  expect(state.runs).toBe(3);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(state.runs).toBe(3);
  lane.mark();
  await jest.advanceTimersByTimeAsync(500);
  expect(state.runs).toBe(5);
});

test('D21 a failure of a new kind is tried again half a second later, however long one before it lasted; those that alternate wait longer and longer', async () => {
  const { lane, state } = create({ codes: ['A', 'A', 'A', 'A', 'B', 'A', 'B', 'B'] });
  lane.mark();
  const waits: number[] = [];
  for (let last = 0, runs = 1, now = 0; state.runs < 9; now += 100) {
    await jest.advanceTimersByTimeAsync(now === 0 ? 0 : 100);
    if (state.runs === runs + 1) [last, runs] = [waits.push(now - last) && now, state.runs];
  }
  expect(waits).toEqual([500, 1000, 2000, 4000, 500, 1000, 2000, 4000]);
});

test('F15 a run that throws is told and repeated', async () => {
  const { lane, state, errors } = create({ fail: true });
  lane.mark();
  await jest.advanceTimersByTimeAsync(500);
  expect(errors).toEqual([new Error('broken')]);
  expect(state.runs).toBe(2);
});

test('with a period it runs by itself, a tenth around it', async () => {
  const { lane, state } = create({ periodMs: 10_000 });
  lane.mark();
  await jest.advanceTimersByTimeAsync(8999);
  expect(state.runs).toBe(1);
  await jest.advanceTimersByTimeAsync(2002);
  expect(state.runs).toBe(2);
});

test('nothing runs before the first mark', async () => {
  const { state } = create({ periodMs: 1000 });
  await jest.advanceTimersByTimeAsync(10_000);
  expect(state.runs).toBe(0);
});

test('flush waits for a run that began after the call, not for the one in progress', async () => {
  const { lane, state, release } = create({ hold: true });
  lane.mark();
  await jest.advanceTimersByTimeAsync(0);
  let flushed = false;
  const done = lane.flush().then(() => (flushed = true));
  await release();
  expect([state.runs, flushed]).toEqual([2, false]);
  await release();
  await done;
  expect(flushed).toBe(true);
});

test('flush of an idle lane runs it at once, also when a mark is due later', async () => {
  const { lane, state } = create();
  lane.mark(60_000);
  const done = lane.flush();
  await jest.advanceTimersByTimeAsync(0);
  await done;
  expect(state.runs).toBe(1);
});

test('stop ends after the run in progress, and nothing is started any more', async () => {
  const { lane, state, release } = create({ hold: true, periodMs: 1000 });
  lane.mark();
  await jest.advanceTimersByTimeAsync(0);
  lane.mark();
  let ended = false;
  const end = lane.stop().then(() => (ended = true));
  await jest.advanceTimersByTimeAsync(1000);
  expect(ended).toBe(false);
  await release();
  await end;
  lane.mark();
  await lane.flush();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(state.runs).toBe(1);
});

test('stop lets everybody go who waits for a flush', async () => {
  const { lane, release } = create({ hold: true });
  lane.mark();
  await jest.advanceTimersByTimeAsync(0);
  const early = lane.flush();
  const end = lane.stop();
  await release();
  await expect(Promise.all([early, end])).resolves.toBeDefined();
  const idle = create();
  const flush = idle.lane.flush();
  await idle.lane.stop();
  await expect(flush).resolves.toBeUndefined();
});

test.each([3600_000, -3600_000])('F18 a step of the wall clock (%d ms) delays no run', async (step) => {
  const { lane, state } = create();
  lane.mark(30_000);
  jest.setSystemTime(Date.now() + step);
  lane.mark();
  await jest.advanceTimersByTimeAsync(10);
  expect(state.runs).toBe(1);
});
