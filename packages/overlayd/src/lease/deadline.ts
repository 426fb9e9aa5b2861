import type { Problem } from '../loop/problems.js';
import type { LeaseStatus } from './status.js';

/** The part of a TTL that is not counted on: so much may the clock of etcd be faster than ours (I1). */
const MARGIN = 0.05;

/**
 * Until when a lease is surely ours, in ms of boot time, after a grant or keep-alive that etcd answered with this TTL. `sentMs` is
 * from before it was sent: etcd may have begun to count at that moment, however late its answer came.
 */
export const deadlineAfter = (sentMs: number, ttlSeconds: number): number =>
  sentMs + ttlSeconds * 1000 * (1 - MARGIN);

/** One instant on two clocks, ms: boot time goes on while the machine is suspended, monotonic time does not. */
export interface Moment {
  readonly bootMs: number;
  readonly monotonicMs: number;
}

/** By so much the two clocks may differ without a suspend: they are read one after the other. */
const SLEPT_MS = 1000;

/**
 * Whether somebody else may have an own lease by now, so that its key must be read before it is renewed (B03): the deadline is over, or
 * the machine slept since `before`.
 */
export function inDoubt(before: Moment, now: Moment, deadlineMs: number | undefined): boolean {
  const sleptMs = now.bootMs - before.bootMs - (now.monotonicMs - before.monotonicMs);
  return sleptMs > SLEPT_MS || (deadlineMs !== undefined && now.bootMs >= deadlineMs);
}

/** What is told when the deadline is over and nobody knows whether the subnet is still ours; undefined before. */
export function expired(
  { deadlineMs, lease, ttlSeconds }: LeaseStatus,
  now: { readonly bootMs: number; readonly wallMs: number },
): Problem | undefined {
  if (lease === undefined || deadlineMs === undefined || now.bootMs < deadlineMs) return undefined;
  const until = new Date(now.wallMs - (now.bootMs - deadlineMs)).toISOString();
  return {
    code: 'OVL_LEASE_EXPIRED',
    message:
      `the lease ${lease.name} was sure until ${until}: no renewal reached etcd within its TTL of ${ttlSeconds} s. ` +
      'The data plane stays; the next renewal that reaches etcd keeps the lease, or a new one is acquired',
  };
}
