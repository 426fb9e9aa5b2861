import { OverlayError } from '@overlay/cidr';
import type { Random } from '../random.js';
import type { Scheduler } from '../scheduler.js';
import type { ModelEtcd } from './etcd.js';
import type { NodeClock } from './node-clock.js';

/** A call that failed; `inDoubt`: it may have been carried out. */
export class CallFailure extends OverlayError {
  constructor(
    code: string,
    message: string,
    readonly inDoubt: boolean,
  ) {
    super(code, message);
  }
}

const TIMEOUT_MS = 5000;
/** One way. */
const SLOWEST_MS = 5;

/** The network between one node and etcd, and what is wrong with it. */
export class EtcdLink {
  /** How many faults cut it now. */
  cuts = 0;
  /** How many answers of a hundred are lost. */
  lostPercent = 0;
  /** The member that the watch hangs on is so far behind. */
  lagMs = 0;
  private readonly listeners = new Set<() => void>();

  constructor(
    readonly etcd: ModelEtcd,
    private readonly scheduler: Scheduler,
    private readonly chance: Random,
  ) {}

  get reachable(): boolean {
    return this.cuts === 0 && this.etcd.up;
  }

  cut(): void {
    this.cuts += 1;
    this.changed();
  }

  mend(): void {
    this.cuts -= 1;
    this.changed();
  }

  /** etcd came or went, or the network did. */
  changed(): void {
    for (const listener of [...this.listeners]) listener();
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  delayMs(): number {
    return 0.2 + this.chance.next() * SLOWEST_MS;
  }

  /** Runs `act` at the server, and brings back what it says. @throws CallFailure, and what `act` throws */
  call<T>(clock: NodeClock, act: () => T, timeoutMs = TIMEOUT_MS): Promise<T> {
    const lost = this.chance.below(100) < this.lostPercent;
    return new Promise<T>((resolve, reject) => {
      const stopTimer = clock.timer(timeoutMs, () => reject(this.timedOut()));
      const answer = (say: () => void): void => {
        if (lost || this.cuts > 0) return;
        clock.arrive(() => {
          stopTimer();
          say();
        });
      };
      const serve = (): void => {
        if (this.cuts > 0) return;
        const say = this.etcd.up ? this.serve(act, resolve, reject) : () => reject(refused());
        this.scheduler.at(this.delayMs(), () => answer(say));
      };
      this.scheduler.at(this.delayMs(), serve);
    });
  }

  private serve<T>(act: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): () => void {
    try {
      const value = act();
      return () => resolve(value);
    } catch (error) {
      return () => reject(error);
    }
  }

  private timedOut(): CallFailure {
    return new CallFailure('OVL_ETCD_TIMEOUT', 'etcd did not answer in time', true);
  }
}

const refused = (): CallFailure => new CallFailure('OVL_ETCD_UNREACHABLE', 'connection refused', false);
