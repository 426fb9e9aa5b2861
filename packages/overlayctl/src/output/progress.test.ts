import { PassThrough } from 'node:stream';
import type { Io } from '../io.js';
import { withProgress } from './progress.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** What appears on stderr while something takes `ms`. */
async function seen(ms: number, isTTY: boolean): Promise<string> {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const work = new Promise<number>((resolve) => setTimeout(() => resolve(7), ms));
  const done = withProgress({ stderr } as unknown as Io, 'reading', work);
  await jest.advanceTimersByTimeAsync(ms);
  expect(await done).toBe(7);
  return String(stderr.read() ?? '');
}

test('nothing is said in the first second', async () => {
  expect(await seen(900, true)).toBe('');
});

test('then a line says what and how long, and is cleared at the end', async () => {
  const text = await seen(2_600, true);
  expect(text).toContain('reading ... 2s');
  expect(text.endsWith('\r\u001b[K')).toBe(true);
});

test('never when stderr is no terminal', async () => {
  expect(await seen(5_000, false)).toBe('');
});
