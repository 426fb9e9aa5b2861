import { SweepPace } from './sweep-pace.js';

test('D22 flows are looked through at the first write, and after many writes once every 5 s, the last one included', () => {
  let now = 1000;
  const pace = new SweepPace(() => now);
  expect(pace.isDue(false)).toBe(false);
  expect(pace.isDue(true)).toBe(true);
  for (; now < 5999; now += 7) expect(pace.isDue(true)).toBe(false);
  now = 6000;
  expect(pace.isDue(false)).toBe(true);
  now = 60_000;
  expect(pace.isDue(false)).toBe(false);
});
