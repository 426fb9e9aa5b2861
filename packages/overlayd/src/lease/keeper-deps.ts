import type { RawLease } from '@overlay/lease';
import type { Metrics } from '../http/metrics.js';
import type { Logger } from '../logger.js';
import type { Problems } from '../loop/problems.js';
import type { AcquireDeps } from './acquire.js';
import type { Loss } from './own-event.js';

/** What a LeaseKeeper works with, and whom it tells. */
export interface KeeperDeps extends AcquireDeps {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly problems: Problems;
  readonly nodeId: string;
  /** The lease is not ours any more: acquire again. With `taken` and `cloned` another host owns the subnet now, by this key. */
  readonly onLost: (reason: string, loss: Loss, key?: RawLease) => void;
  /** A clone of this machine wrote our key: it is to be published again. */
  readonly onRewritten?: () => void;
  /** A lease held beside the own one was released or taken. */
  readonly onDrainingGone: (name: string) => void;
}
