import type { LeaseEvent, LeaseSnapshot } from '@overlay/lease';
import type { ModelEtcd } from './etcd.js';
import type { EtcdLink } from './etcd-link.js';
import type { NodeClock } from './node-clock.js';

/** What a process learns of the leases. */
export type Told =
  | { readonly kind: 'list'; readonly snapshot: LeaseSnapshot; readonly term: number }
  | { readonly kind: 'events'; readonly events: readonly LeaseEvent[] }
  | { readonly kind: 'config'; readonly text: string | undefined };

/** What the store of one process is connected to. */
export interface StorePlace {
  readonly etcd: ModelEtcd;
  readonly link: EtcdLink;
  readonly clock: NodeClock;
  /** Who writes. */
  readonly writer: string;
  /** With which member of etcd it begins, from 0. */
  readonly firstMember: number;
  /** What the process is told of leases, before it hears of it. */
  readonly told: (told: Told) => void;
}
