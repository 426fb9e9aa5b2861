import { MemoryLogger } from '../test/support/memory-logger.js';
import { judgeLine, LogLimit } from './log-limit.js';
import { limitRepeats } from './logger.js';

const MINUTE = 60_000;

function create() {
  const state = { now: 5000 };
  const memory = new MemoryLogger();
  const log = limitRepeats(memory, new LogLimit(() => state.now));
  return { log, lines: memory.lines, advance: (ms: number) => (state.now += ms) };
}

test('the first of a kind is always allowed', () => {
  expect(judgeLine(undefined, 7)).toEqual({ window: { startMs: 7, count: 1 }, allowed: true, suppressed: 0 });
});

test('F13 lines that differ only in numbers are logged five times in ten minutes, and then counted', () => {
  const { log, lines, advance } = create();
  for (let n = 0; n < 600; n += 1) {
    log.warn(`peer 10.5.${n}.0 failed after ${n} ms`);
    advance(1000);
  }
  expect(lines).toHaveLength(5);
  log.warn('peer 10.5.7.0 failed after 3 ms');
  expect(lines[5]).toBe('warn: peer 10.5.7.0 failed after 3 ms … repeated 595 times in the last 10 minutes');
  log.warn('peer 10.5.8.0 failed after 4 ms');
  expect(lines[6]).toBe('warn: peer 10.5.8.0 failed after 4 ms');
});

test('F13 a flood holds nothing else back: another text or another level is logged at once', () => {
  const { log, lines } = create();
  for (let n = 0; n < 20; n += 1) log.warn('etcd is gone');
  log.error('etcd is gone');
  log.warn('docker is gone');
  expect(lines.slice(5)).toEqual(['error: etcd is gone', 'warn: docker is gone']);
});

test('five or fewer in ten minutes are logged as they are, for ever', () => {
  const { log, lines, advance } = create();
  for (let n = 0; n < 50; n += 1) {
    log.info('lease renewed');
    advance(2 * MINUTE);
  }
  expect(lines).toEqual(Array<string>(50).fill('info: lease renewed'));
});

test('the number of minutes is true when the next one comes hours later', () => {
  const { log, lines, advance } = create();
  for (let n = 0; n < 8; n += 1) log.warn('x');
  advance(120 * MINUTE);
  log.warn('x');
  expect(lines.at(-1)).toBe('warn: x … repeated 3 times in the last 120 minutes');
});

test('debug lines are never left out', () => {
  const { log, lines } = create();
  for (let n = 0; n < 20; n += 1) log.debug('netlink');
  expect(lines).toHaveLength(20);
});

test('texts without end do not fill the memory: the oldest kind is forgotten', () => {
  const { log, lines } = create();
  const word = (n: number): string =>
    n.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? '');
  for (let n = 0; n < 6; n += 1) log.warn('first');
  for (let n = 0; n < 20_000; n += 1) log.warn(`kind ${word(n)}`);
  lines.length = 0;
  log.warn('first');
  expect(lines).toEqual(['warn: first']);
});
