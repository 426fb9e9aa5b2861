import type { LeaseStore } from '@overlay/lease';
import type { Clock } from '../host/clock.js';
import { deadlineAfter, inDoubt, type Moment } from './deadline.js';
import type { OwnEvent } from './own-event.js';

export interface RenewalDeps {
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** What the key says, of which a keep-alive tells nothing (A21). `ours`: also on this etcd lease. */
  readonly seesKey: () => Promise<OwnEvent>;
  /** Until when the lease is surely ours, boot time in ms. */
  readonly deadlineMs: () => number | undefined;
  /** The lease lives: `deadlineMs` of boot time is safe to count on, from `sentMs` on. */
  readonly onRenewed: (deadlineMs: number, sentMs: number) => void;
  /** etcd does not know the lease any more. */
  readonly onLost: () => void;
  /** `sentMs`: boot time at which the renewal that failed began; undefined when not even the clock could be read. */
  readonly onFailure: (error: unknown, sentMs: number | undefined) => void;
}

const RETRY_MS = 1000;
/** Each renewal is spread over a tenth of its period, so that a thousand hosts do not come at once. */
const JITTER = 0.1;

/** Time to the next renewal: a third of the TTL, so that two may fail. */
export const renewalPeriodMs = (ttlSeconds: number, random: number): number =>
  (ttlSeconds * 1000 * (1 - JITTER * random)) / 3;

const retryMs = (clock: Clock): number => RETRY_MS * (1 + clock.random());

/** Asked anew after every wait. */
const stopped = (signal: AbortSignal): boolean => signal.aborted;

const momentOf = (clock: Clock): Moment => ({ bootMs: clock.bootMs(), monotonicMs: clock.monotonicMs() });

/** Undefined where not even the clock can be read, which the renewal tells. */
function startOfWait(clock: Clock): Moment | undefined {
  try {
    return momentOf(clock);
  } catch {
    return undefined;
  }
}

/**
 * Whether the lease may be renewed: in doubt only when its key was read, and is nobody else's (B03). One that a flanneld on this host wrote
 * over is not: what hangs on the etcd lease beside it goes on. `proven`: when the lease was last known to be ours.
 */
async function mayRenew(
  { clock, deadlineMs, seesKey }: RenewalDeps,
  proven: Moment | undefined,
): Promise<boolean> {
  if (proven !== undefined && !inDoubt(proven, momentOf(clock), deadlineMs())) return true;
  const seen = await seesKey();
  return seen === 'ours' || seen === 'rewritten';
}

/**
 * Keeps one etcd lease alive by LeaseKeepAlive until the signal: never a rewrite, so the peers are not woken (A16). Ends when
 * the lease is lost.
 */
export async function keepRenewing(
  deps: RenewalDeps,
  etcdLease: string,
  ttlSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = deps;
  let proven = startOfWait(clock);
  let waitMs = renewalPeriodMs(ttlSeconds, clock.random());
  for (;;) {
    await clock.sleep(waitMs, signal);
    if (stopped(signal)) return;
    let sentMs: number | undefined;
    try {
      sentMs = clock.bootMs();
      waitMs = retryMs(clock);
      const may = await mayRenew(deps, proven);
      if (stopped(signal)) return;
      if (!may) continue;
      const sent = momentOf(clock);
      sentMs = sent.bootMs;
      const ttl = await deps.store.keepAlive(etcdLease);
      if (stopped(signal)) return;
      if (ttl === 0) break;
      const seen = await deps.seesKey();
      if (stopped(signal)) return;
      if (seen === 'ours') {
        proven = sent;
        deps.onRenewed(deadlineAfter(sentMs, ttl), sentMs);
      }
      waitMs = renewalPeriodMs(ttl, clock.random());
    } catch (error) {
      if (stopped(signal)) return;
      deps.onFailure(error, sentMs);
      waitMs = retryMs(clock);
    }
  }
  deps.onLost();
}
