import type { RawLease } from '@overlay/lease';

/** A lease that complete lists lack and that is kept all the same, and since when (ms of one steady clock). */
export interface HeldLease {
  readonly lease: RawLease;
  readonly sinceMs: number;
}

export type HeldLeases = ReadonlyMap<string, HeldLease>;

export interface HoldInput {
  /** Keys of the peers in use that the list lacks, those held already too. */
  readonly missing: readonly RawLease[];
  /** Number of peers in use before the list. */
  readonly used: number;
  readonly held: HeldLeases;
  readonly nowMs: number;
  /** 0: believe every list. */
  readonly holdMs: number;
}

/** Fewer peers come and go together often enough. */
const FEWEST = 3;

/**
 * Which of the missing peers to keep for now (I4). A list that lacks more than half of at least three peers looks like an etcd that was
 * wiped or restored (A19): what it lacks goes only when a list at least `holdMs` later lacks it too.
 */
export function holdRemovals({ missing, used, held, nowMs, holdMs }: HoldInput): HeldLeases {
  const suspect = holdMs > 0 && used >= FEWEST && missing.length * 2 > used;
  const kept = new Map<string, HeldLease>();
  for (const lease of missing) {
    const before = held.get(lease.name);
    if (before === undefined && suspect) kept.set(lease.name, { lease, sinceMs: nowMs });
    if (before !== undefined && nowMs - before.sinceMs < holdMs) kept.set(lease.name, before);
  }
  return kept;
}

const LATEST = '9223372036854775807';

/**
 * A held key as the LeaseSet is to see it: younger than every lease that etcd has, so that it never displaces one, and older than every
 * event: a wiped etcd counts its revisions from the start.
 */
export const asHeld = (lease: RawLease): RawLease => ({ ...lease, createRevision: LATEST, modRevision: '0' });
