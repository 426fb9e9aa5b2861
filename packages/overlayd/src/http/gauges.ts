import { peerCounts } from '../control/peers.js';
import { notReady } from '../control/status.js';
import type { Daemon } from '../daemon.js';
import type { LeaseStatus } from '../lease/status.js';
import type { HealthSource } from './health.js';

/** Seconds left of the own lease, below zero once it is over; a reservation never ends; 0 while none was ever held. */
export function leaseSecondsLeft({ state, deadlineMs }: LeaseStatus, bootMs: number): number {
  if (state === 'reserved') return Infinity;
  return deadlineMs === undefined ? 0 : (deadlineMs - bootMs) / 1000;
}

/** What the health server shows of the daemon. */
export function healthSource(daemon: Daemon): HealthSource {
  const { metrics, clock } = daemon.adapters;
  return {
    notReady: () => notReady(daemon),
    refresh: () => {
      const counts = peerCounts(daemon);
      metrics.peers.set({ state: 'programmed' }, counts.programmed);
      metrics.peers.set({ state: 'rejected' }, counts.rejected);
      metrics.peers.set({ state: 'other_backend' }, counts.otherBackend);
      metrics.fenced.set(daemon.guard.fence.prefixes().length);
      metrics.failing.set(daemon.kernelLane.failures.size);
      metrics.ready.set(notReady(daemon).length === 0 ? 1 : 0);
      metrics.etcdCertificateExpiresSeconds.set(daemon.etcd.certificateSecondsLeft());
      metrics.leaseExpiresSeconds.set(leaseSecondsLeft(daemon.keeper.status, clock.bootMs()));
    },
  };
}
