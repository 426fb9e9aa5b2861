import type { LaneClock } from '../host/clock.js';

/** What a run of a lane says: all is right, or something failed and is to be tried again. */
export type LaneResult = 'clean' | 'retry';

export interface LaneOptions {
  readonly clock: LaneClock;
  readonly name: string;
  readonly run: () => Promise<LaneResult>;
  /** A run this often even when nothing was marked, ms; 0 for never. Jittered by a tenth. */
  readonly periodMs: number;
  readonly onError: (error: unknown) => void;
}

const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 30_000;

/**
 * One coalescing worker: marks only say that something is dirty, one run at a time does all that is dirty by then. A run that
 * fails is repeated with back-off and never stops the other lanes; a failure of a kind that is new since the last clean run does not
 * wait as long as those before it.
 */
export class Lane {
  private cancel: () => void = () => undefined;
  private due = Infinity;
  private running: Promise<void> | undefined;
  private retryMs = RETRY_FIRST_MS;
  /** Kinds of failures since the last clean run. */
  private readonly failures = new Set<string>();
  private stopped = false;
  private startedMs: number | undefined;
  private waiters: (() => void)[] = [];

  constructor(private readonly options: LaneOptions) {}

  /** Asks for a run in `delayMs`, or earlier if one is due before. */
  mark(delayMs = 0): void {
    const due = this.now() + delayMs;
    if (this.stopped || due >= this.due) return;
    this.due = due;
    if (this.running === undefined) this.arm();
  }

  /** Resolves after a run that began after this call. */
  async flush(): Promise<void> {
    if (this.stopped) return;
    await this.running;
    if (this.hasStopped()) return;
    const done = new Promise<void>((resolve) => this.waiters.push(resolve));
    this.mark();
    await done;
  }

  /** Ends after the run in progress; nothing is started any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel();
    await this.running;
    this.release();
  }

  /** How long the current run has been going on, ms; 0 when idle. */
  stuckMs(): number {
    return this.startedMs === undefined ? 0 : this.now() - this.startedMs;
  }

  private hasStopped(): boolean {
    return this.stopped;
  }

  private now(): number {
    return this.options.clock.monotonicMs();
  }

  private arm(): void {
    this.cancel();
    this.cancel = this.options.clock.timer(this.due - this.now(), () => {
      this.running = this.work();
    });
  }

  private async work(): Promise<void> {
    this.due = Infinity;
    const waiting = this.waiters;
    this.waiters = [];
    this.startedMs = this.now();
    const result = await this.attempt();
    this.startedMs = undefined;
    this.running = undefined;
    waiting.forEach((resolve) => resolve());
    this.scheduleNext(result);
  }

  private async attempt(): Promise<LaneResult> {
    try {
      const result = await this.options.run();
      if (result === 'retry') this.noteFailure(result);
      return result;
    } catch (error) {
      this.options.onError(error);
      this.noteFailure(kindOf(error));
      return 'retry';
    }
  }

  private noteFailure(kind: string): void {
    if (!this.failures.has(kind)) this.retryMs = RETRY_FIRST_MS;
    this.failures.add(kind);
  }

  private scheduleNext(result: LaneResult): void {
    if (this.stopped) return this.release();
    if (result === 'clean') {
      this.retryMs = RETRY_FIRST_MS;
      this.failures.clear();
    }
    const { periodMs, clock } = this.options;
    const period = periodMs === 0 ? Infinity : periodMs * (0.9 + clock.random() / 5);
    const next = result === 'retry' ? this.retryMs : period;
    if (result === 'retry') this.retryMs = Math.min(this.retryMs * 2, RETRY_LAST_MS);
    if (Number.isFinite(next)) this.due = Math.min(this.due, this.now() + next);
    if (Number.isFinite(this.due)) this.arm();
  }

  private release(): void {
    this.waiters.forEach((resolve) => resolve());
    this.waiters = [];
  }
}

/** By its code, as texts have times and names in them. */
function kindOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'error';
}
