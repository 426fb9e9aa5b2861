import fc from 'fast-check';
import { Random } from './random.js';
import { Scheduler } from './scheduler.js';

test('events come in order of time, those of one time in the order in which they were set', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 60 }), async (delays) => {
      const scheduler = new Scheduler();
      const seen: (readonly [number, number])[] = [];
      for (const [n, delay] of delays.entries()) scheduler.at(delay, () => seen.push([delay, n]));
      await scheduler.runFor(20, () => undefined);
      expect(seen).toEqual(
        delays.map((delay, n) => [delay, n] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]),
      );
    }),
  );
});

test('all that follows from an event without waiting happens before the next', async () => {
  const scheduler = new Scheduler();
  const seen: string[] = [];
  const deep = async (levels: number): Promise<void> => {
    for (let n = 0; n < levels; n += 1) await Promise.resolve();
    seen.push('deep');
  };
  scheduler.at(1, () => void deep(1000));
  scheduler.at(1, () => seen.push('next'));
  await scheduler.runFor(1, () => seen.push('after'));
  expect(seen).toEqual(['deep', 'after', 'next', 'after']);
});

test('a cancelled event does not come, and time ends where it was asked to', async () => {
  const scheduler = new Scheduler();
  const cancel = scheduler.at(5, () => expect(true).toBe(false));
  cancel();
  await scheduler.runFor(10, () => undefined);
  expect([scheduler.nowMs, scheduler.events]).toEqual([10, 0]);
});

test('a generator of its own disturbs nobody else’s numbers', () => {
  const [a, b] = [new Random(1), new Random(1)];
  const fork = a.fork(1);
  b.fork(1);
  for (let n = 0; n < 10; n += 1) fork.next();
  expect(a.next()).toBe(b.next());
  expect(new Random(2).next()).not.toBe(new Random(1).next());
});

test('any delay moves the time on, however small, and late in a long run too', async () => {
  const scheduler = new Scheduler();
  await scheduler.runFor(1e9, () => undefined);
  scheduler.at(1e-12, () => undefined);
  await scheduler.runFor(1, () => expect(scheduler.nowMs).toBeGreaterThan(1e9));
  expect(scheduler.events).toBe(1);
});

test('what goes on without waiting is counted', async () => {
  const scheduler = new Scheduler();
  const again = (): void => void scheduler.at(0, again);
  again();
  await scheduler.runFor(1, () => {
    if (scheduler.atOnce > 50) scheduler.halt();
  });
  expect(scheduler.atOnce).toBe(51);
});
