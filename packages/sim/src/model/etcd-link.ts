import { OverlayError } from '@overlay/cidr';
import type { Random } from '../random.js';
import type { Scheduler } from '../scheduler.js';
import type { ModelEtcd } from './etcd.js';
import type { Member } from './members.js';
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

  /** Another member may do better. */
  get isTrouble(): boolean {
    return this.code === 'OVL_ETCD_UNREACHABLE' || this.code === 'OVL_ETCD_TIMEOUT';
  }
}

/** One way. */
const SLOWEST_MS = 5;

/**
 * How a member serves a call. `write` and `read` (linearizable) need the others and wait until this member has what was agreed on; `leader`
 * only needs a leader, and says at once that there is none; `local` (serializable) shows what this member has.
 */
export interface Call<T> {
  readonly kind: 'write' | 'read' | 'leader' | 'local';
  /** `revision`: up to where the member is. */
  readonly act: (etcd: ModelEtcd, revision: number) => T;
}

interface Replies<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** The network between one node and etcd, and what is wrong with it. */
export class EtcdLink {
  /** How many faults cut it now. */
  cuts = 0;
  /** How many answers of a hundred are lost. */
  lostPercent = 0;
  /** Events of a watch are so late: it hangs on a busy connection. */
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

  /** etcd is reached, and can do what it is asked. */
  get served(): boolean {
    return this.reachable && this.etcd.serves;
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

  /** Runs a call at a member, and brings back what it says. Rejects with CallFailure. */
  call<T>(clock: NodeClock, member: Member, call: Call<T>, timeoutMs: number): Promise<T> {
    const lost = this.chance.below(100) < this.lostPercent;
    if (clock.isDead) return new Promise<T>(() => undefined);
    return new Promise<T>((resolve, reject) => {
      const stopTimer = clock.timer(timeoutMs, () => reject(timedOut()));
      const answer = (say: () => void): void => {
        this.scheduler.at(this.delayMs(), () => {
          if (lost || this.cuts > 0) return;
          clock.arrive(() => {
            stopTimer();
            say();
          });
        });
      };
      this.scheduler.at(this.delayMs(), () => {
        if (this.cuts === 0) this.arrived(member, call, { resolve, reject }, answer);
      });
    });
  }

  private arrived<T>(
    member: Member,
    call: Call<T>,
    replies: Replies<T>,
    answer: (say: () => void) => void,
  ): void {
    const { etcd } = this;
    const { kind } = call;
    const act = (): (() => void) => this.act(member, call, replies);
    if (!etcd.up || member.down) return answer(() => replies.reject(refused()));
    if (kind === 'local') return answer(act());
    if (member.isolated || !etcd.leadership.isLed) {
      if (kind === 'leader') return answer(() => replies.reject(noLeader()));
      return this.leaderless(member, kind, (isTold) => {
        const say = act();
        answer(isTold ? say : () => replies.reject(leaderChanged()));
      });
    }
    if (kind === 'leader') return answer(act());
    if (kind === 'read') return member.whenApplied(etcd.revision, () => answer(act()));
    const say = act();
    member.whenApplied(etcd.revision, () => answer(say));
  }

  /**
   * Alone, a member's read is confirmed by nobody, and its proposal lost; but what a leader took into its log just before it stepped down may
   * be agreed on when the others are back. In an election requests wait, are lost, or fail although they take place.
   */
  private leaderless(member: Member, kind: 'write' | 'read', takePlace: (isTold: boolean) => void): void {
    const { leadership } = this.etcd;
    const chance = this.chance.below(3);
    const isLater = member.isolated ? kind === 'write' && leadership.maybeLater : leadership.isElecting;
    if (isLater && chance > 0) leadership.whenLed(() => takePlace(chance === 1));
  }

  private act<T>(member: Member, { act }: Call<T>, { resolve, reject }: Replies<T>): () => void {
    try {
      // A member that is behind is behind with compacting too; here the past before that is gone for all of them.
      const value = act(this.etcd, Math.max(member.applied, this.etcd.kv.compacted));
      return () => resolve(value);
    } catch (error) {
      if (!(error instanceof OverlayError)) throw error;
      const failure = new CallFailure(error.code, error.message, false);
      return () => reject(failure);
    }
  }
}

const timedOut = (): CallFailure => new CallFailure('OVL_ETCD_TIMEOUT', 'etcd did not answer in time', true);
const refused = (): CallFailure => new CallFailure('OVL_ETCD_UNREACHABLE', 'connection refused', false);
const leaderChanged = (): CallFailure =>
  new CallFailure('OVL_ETCD_TIMEOUT', 'etcdserver: leader changed', true);
export const noLeader = (): CallFailure => new CallFailure('OVL_ETCD_TIMEOUT', 'etcdserver: no leader', true);
