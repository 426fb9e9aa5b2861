import { MemoryLogger } from '../test/support/memory-logger.js';
import { watchdogBeat } from './watchdog.js';

test('F14 the watchdog hears nothing while a lane is stuck for a minute, and the log says so once', () => {
  const sent: string[] = [];
  const log = new MemoryLogger();
  let stuck = 59_999;
  const beat = watchdogBeat({ watchdogMs: 1, notify: (state) => sent.push(state) }, log, () => stuck);
  beat();
  expect(sent).toEqual(['WATCHDOG=1']);
  stuck = 60_000;
  beat();
  beat();
  expect(sent).toEqual(['WATCHDOG=1']);
  expect(log.lines).toHaveLength(1);
  stuck = 0;
  beat();
  expect(sent).toEqual(['WATCHDOG=1', 'WATCHDOG=1']);
});
