import { bootSleep, type Clock } from '@overlay/overlayd';
import type { Random } from '../random.js';
import type { Scheduler } from '../scheduler.js';

interface Timer {
  dueMs: number;
  cancel: () => void;
  readonly run: () => void;
}

/** 2023-11-14: any wall clock will do. */
const WALL_START_MS = 1_700_000_000_000;
const BOOT_START_MS = 1_000_000;

/**
 * Time as one process sees it. While it is paused (SIGSTOP) time goes on and nothing of it runs; in a suspend its monotonic clock and
 * with it every timer stands still too. A killed process runs nothing any more: whatever it awaits never comes.
 */
export class NodeClock implements Clock {
  private readonly timers = new Set<Timer>();
  private waiting: (() => void)[] = [];
  private stopped: 'paused' | 'suspended' | undefined;
  private suspendedAtMs = 0;
  private suspendedMs = 0;
  private dead = false;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly chance: Random,
  ) {}

  get runs(): boolean {
    return !this.dead && this.stopped === undefined;
  }

  /** Its process was killed. */
  get isDead(): boolean {
    return this.dead;
  }

  random(): number {
    return this.chance.next();
  }

  monotonicMs(): number {
    const nowMs = this.stopped === 'suspended' ? this.suspendedAtMs : this.scheduler.nowMs;
    return nowMs - this.suspendedMs;
  }

  bootMs(): number {
    return Math.round(BOOT_START_MS + this.scheduler.nowMs + this.scheduler.leaptMs);
  }

  wallMs(): number {
    return WALL_START_MS + this.bootMs();
  }

  timer(ms: number, run: () => void): () => void {
    const timer: Timer = { dueMs: this.scheduler.nowMs + Math.max(0, ms), cancel: () => undefined, run };
    if (!this.dead) this.arm(timer);
    return () => {
      this.timers.delete(timer);
      timer.cancel();
    };
  }

  readonly sleep = bootSleep(
    () => this.bootMs(),
    (ms, run) => this.timer(ms, run),
  );

  /** Something of the world outside of the process, which goes on whatever becomes of it. */
  later(ms: number, run: () => void): () => void {
    return this.scheduler.at(ms, run);
  }

  /** Something reaches the process from outside. */
  arrive(run: () => void): void {
    if (this.dead) return;
    if (this.stopped === undefined) run();
    else this.waiting.push(run);
  }

  stop(how: 'paused' | 'suspended'): void {
    if (!this.runs) return;
    this.stopped = how;
    this.suspendedAtMs = this.scheduler.nowMs;
    if (how === 'suspended') for (const timer of this.timers) timer.cancel();
  }

  resume(): void {
    const { stopped, waiting } = this;
    if (this.dead || stopped === undefined) return;
    this.stopped = undefined;
    const passedMs = this.scheduler.nowMs - this.suspendedAtMs;
    if (stopped === 'suspended') {
      this.suspendedMs += passedMs;
      for (const timer of [...this.timers]) {
        timer.dueMs += passedMs;
        this.arm(timer);
      }
    }
    this.waiting = [];
    for (const run of waiting) this.scheduler.at(0, () => this.arrive(run));
  }

  kill(): void {
    this.dead = true;
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    this.waiting = [];
  }

  private arm(timer: Timer): void {
    this.timers.add(timer);
    timer.cancel = this.scheduler.at(timer.dueMs - this.scheduler.nowMs, () => {
      this.arrive(() => {
        if (this.timers.delete(timer)) timer.run();
      });
    });
  }
}
