import type { EtcdWrite, ModelEtcd } from '../model/etcd.js';
import type { Told } from '../model/place.js';
import type { Applied } from '../model/kernel.js';
import type { Scheduler } from '../scheduler.js';
import type { SimNode } from '../sim-node.js';

/** What an invariant can look at. */
export interface Cluster {
  readonly scheduler: Scheduler;
  readonly etcd: ModelEtcd;
  readonly nodes: readonly SimNode[];
  /** When etcd was last restored from a backup, virtual ms; `-Infinity` for never. */
  readonly restoredMs: number;
}

/** Watches a run. Every method returns what is broken, or undefined. */
export interface Invariant {
  readonly id: string;
  /** A key of etcd changes. */
  written?(write: EtcdWrite): string | undefined;
  /** An etcd lease is over, with these keys on it. */
  expired?(owner: string, ttlSeconds: number, keys: readonly string[]): string | undefined;
  /** A process learns of leases; it has not acted on it yet. */
  told?(node: SimNode, told: Told): void;
  /** A process changed its kernel. */
  applied?(node: SimNode, applied: Applied): string | undefined;
  started?(node: SimNode): void;
  /** After every event. */
  step?(): string | undefined;
}
