import type { IResponseHeader } from 'etcd3';

/** The life of an etcd store, as far as we have seen it. A store restored from a snapshot begins a new one. */
export interface Epoch {
  readonly clusterId: string;
  /** The highest revision seen. */
  readonly revision: bigint;
  readonly term: bigint;
}

/** The epoch after a linearizable answer, and why it is a new one. */
export interface Observation {
  readonly epoch: Epoch;
  /** Set when what we knew no longer holds: list again. */
  readonly restored?: string;
}

/**
 * Compares a linearizable answer with what was known *before it was asked for*. A restored store keeps its cluster id, answers a
 * watch at an old revision with silence, and shows itself only here: its revision or its raft term went back.
 */
export function observe(before: Epoch | undefined, header: IResponseHeader): Observation {
  const seen = {
    clusterId: header.cluster_id,
    revision: BigInt(header.revision),
    term: BigInt(header.raft_term),
  };
  if (!before) return { epoch: seen };
  if (seen.clusterId !== before.clusterId) {
    return { epoch: seen, restored: `the cluster id changed from ${before.clusterId} to ${seen.clusterId}` };
  }
  if (seen.revision < before.revision) {
    return { epoch: seen, restored: `the revision went back from ${before.revision} to ${seen.revision}` };
  }
  if (seen.term < before.term) {
    return { epoch: seen, restored: `the raft term went back from ${before.term} to ${seen.term}` };
  }
  return { epoch: seen };
}

/** Raises the highest revision of an epoch by what a watch delivered. */
export function raise(epoch: Epoch, revision: bigint): Epoch {
  return revision > epoch.revision ? { ...epoch, revision } : epoch;
}
