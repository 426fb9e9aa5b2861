import { readFileSync } from 'node:fs';
import { bootSleep } from './boot-sleep.js';

/** What a lane runs by. */
export interface LaneClock {
  /** Milliseconds since some start: a step of the wall clock must not delay or hasten anything (F18). Stands still in a suspend. */
  monotonicMs(): number;
  /** Runs once, in `ms`; with 0 or less as soon as what runs now is done, without waiting for a timer. Returns what cancels it. */
  timer(ms: number, run: () => void): () => void;
  /** From 0 up to, not including, 1. */
  random(): number;
}

/** Time, timers and chance of the edge, as one argument so that tests and the simulator can own them. */
export interface Clock extends LaneClock {
  /** Milliseconds of boot time: goes on while the machine is suspended, never jumps with the wall clock. */
  bootMs(): number;
  /** Milliseconds of the wall clock, for what people read. */
  wallMs(): number;
  /** Of boot time: over within seconds of the end of a suspend that was longer. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest delay a Node timer takes; more fires at once (A29). */
const LONGEST_MS = 2 ** 31 - 1;

/** So long after a suspend a renewal that came due meanwhile may wait: another host may have the subnet (B03). */
const AWAKE_MS = 2000;

/** A timer takes at least a millisecond: what is due now does not wait for one. */
function timer(ms: number, run: () => void): () => void {
  if (ms > 0) {
    const waiting = setTimeout(run, Math.min(ms, LONGEST_MS));
    return () => clearTimeout(waiting);
  }
  const next = setImmediate(run);
  return () => clearImmediate(next);
}

const bootMs = (): number => Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000);

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  bootMs,
  sleep: bootSleep(bootMs, timer, AWAKE_MS),
  timer,
  random: () => Math.random(),
};
