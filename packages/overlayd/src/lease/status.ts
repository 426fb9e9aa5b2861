import type { Lease, RawLease } from '@overlay/lease';

/** Where the own lease stands. Times are boot time in ms (see Clock). */
export interface LeaseStatus {
  readonly state: 'acquiring' | 'held' | 'reserved' | 'lost';
  readonly lease?: Lease;
  /** The key as we last wrote it. */
  readonly raw?: RawLease;
  readonly ttlSeconds: number;
  /** Until when the last confirmed renewal lasts: counted from before it was sent (I1). */
  readonly deadlineMs?: number;
}

/** Whether the subnet is ours at this instant. A reservation is for ever. */
export function holds(status: LeaseStatus, bootMs: number): boolean {
  if (status.state === 'reserved') return true;
  return status.state === 'held' && status.deadlineMs !== undefined && bootMs < status.deadlineMs;
}
