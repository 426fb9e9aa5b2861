import type { LeaseStore } from '@overlay/lease';
import type { Clock } from '../host/clock.js';
import { deadlineAfter, inDoubt, type Moment } from './deadline.js';

export interface RenewalDeps {
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** After a keep-alive, which tells nothing of the key: whether that is still ours, and on this etcd lease (A21). */
  readonly seesKey: () => Promise<boolean>;
  /** Until when the lease is surely ours, boot time in ms. */
  readonly deadlineMs: () => number | undefined;
  /** The lease lives: `deadlineMs` of boot time is safe to count on. */
  readonly onRenewed: (deadlineMs: number) => void;
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

/** Whether the lease may be renewed: not if its key, which may be somebody else's by now, was read and is not ours (B03). */
async function mayRenew(deps: RenewalDeps, before: Moment | undefined): Promise<boolean> {
  const { clock, deadlineMs, seesKey } = deps;
  const doubt = before !== undefined && inDoubt(before, momentOf(clock), deadlineMs());
  return !doubt || (await seesKey());
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
  let waitMs = renewalPeriodMs(ttlSeconds, clock.random());
  for (;;) {
    const before = startOfWait(clock);
    await clock.sleep(waitMs, signal);
    if (stopped(signal)) return;
    let sentMs: number | undefined;
    try {
      sentMs = clock.bootMs();
      const may = await mayRenew(deps, before);
      if (stopped(signal)) return;
      if (!may) {
        waitMs = retryMs(clock);
        continue;
      }
      sentMs = clock.bootMs();
      const ttl = await deps.store.keepAlive(etcdLease);
      if (stopped(signal)) return;
      if (ttl === 0) {
        deps.onLost();
        return;
      }
      const seen = await deps.seesKey();
      if (stopped(signal)) return;
      if (seen) deps.onRenewed(deadlineAfter(sentMs, ttl));
      waitMs = renewalPeriodMs(ttl, clock.random());
    } catch (error) {
      if (stopped(signal)) return;
      deps.onFailure(error, sentMs);
      waitMs = retryMs(clock);
    }
  }
}
