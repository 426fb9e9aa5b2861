import { readFileSync } from 'node:fs';

/** Time and timers of the edge, as one argument so that tests can own them. */
export interface Clock {
  /** Milliseconds of boot time: goes on while the machine is suspended, never jumps with the wall clock. */
  bootMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to, not including, 1. */
  random(): number;
}

/** The longest delay a Node timer takes; more fires at once (A29). */
const LONGEST_MS = 2 ** 31 - 1;

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const timer = setTimeout(done, Math.min(ms, LONGEST_MS));
    function done(): void {
      signal?.removeEventListener('abort', cancel);
      resolve();
    }
    function cancel(): void {
      clearTimeout(timer);
      done();
    }
    signal?.addEventListener('abort', cancel, { once: true });
  });
}

export const systemClock: Clock = {
  bootMs: () => Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000),
  sleep,
  random: Math.random,
};
