import { systemClock, type Clock } from '../../src/host/clock.js';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

const START_MS = 1_000_000;

/** Lets everything that waits only for promises go on. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Boot time in a test's hand. `auto`: a sleep moves the time on by itself and is over at once. Otherwise sleepers wait for
 * `advance`. `random` draws from a fixed sequence. Monotonic time moves with it but for `suspend`.
 */
export class VirtualClock implements Clock {
  readonly sleeps: number[] = [];
  readonly monotonicMs: () => number = () => this.nowMs - this.suspendedMs;
  readonly timer = (ms: number, run: () => void): (() => void) => systemClock.timer(ms, run);
  readonly wallMs = (): number => systemClock.wallMs();
  private nowMs = START_MS;
  private suspendedMs = 0;
  private seed = 1;
  private sleepers: Sleeper[] = [];

  constructor(private readonly mode: 'auto' | 'manual') {}

  bootMs(): number {
    return this.nowMs;
  }

  random(): number {
    this.seed = (this.seed * 48_271) % 2_147_483_647;
    return this.seed / 2_147_483_647;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    if (signal?.aborted === true) return;
    if (this.mode === 'auto') {
      this.nowMs += ms;
      return settle();
    }
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.sleepers.push({ due: this.nowMs + ms, wake });
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** The machine sleeps, and all that waits sleeps with it: what is over by then ends with the next `advance`. */
  suspend(ms: number): void {
    this.nowMs += ms;
    this.suspendedMs += ms;
  }

  /** Moves the time on, step by step from sleeper to sleeper. */
  async advance(ms: number): Promise<void> {
    const end = this.nowMs + ms;
    for (;;) {
      await settle();
      const next = this.sleepers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
      if (next === undefined) break;
      this.sleepers = this.sleepers.filter((sleeper) => sleeper !== next);
      this.nowMs = Math.max(this.nowMs, next.due);
      next.wake();
    }
    this.nowMs = end;
  }
}

/** The same with lanes, which run by the real clock. */
export class LaneClock extends VirtualClock {
  override readonly monotonicMs = (): number => systemClock.monotonicMs();
}
