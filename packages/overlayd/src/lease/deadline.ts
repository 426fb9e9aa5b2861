import type { Problem } from '../loop/problems.js';

/** The part of a TTL that is not counted on: so much may the clock of etcd be faster than ours (I1). */
const MARGIN = 0.05;

/**
 * Until when a lease is surely ours, in ms of boot time, after a grant or keep-alive that etcd answered with this TTL. `sentMs` is
 * from before it was sent: etcd may have begun to count at that moment, however late its answer came.
 */
export const deadlineAfter = (sentMs: number, ttlSeconds: number): number =>
  sentMs + ttlSeconds * 1000 * (1 - MARGIN);

/** The deadline is over and nobody knows whether the subnet is still ours. `until`: when it was, of the wall clock in ms. */
export const expired = (name: string, until: number, ttlSeconds: number): Problem => ({
  code: 'OVL_LEASE_EXPIRED',
  message:
    `the lease ${name} was sure until ${new Date(until).toISOString()}: no renewal reached etcd within its TTL of ${ttlSeconds} s. ` +
    'The data plane stays; the next renewal that reaches etcd keeps the lease, or a new one is acquired',
});
