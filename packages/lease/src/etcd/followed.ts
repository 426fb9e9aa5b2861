import type { IEvent } from 'etcd3';
import type { LeaseSink } from '../store.js';
import type { Listing } from './list.js';
import type { Paths } from './paths.js';
import { observe, raise } from './revision.js';
import type { Epoch } from './revision.js';
import { isDelete, newEvents, revisionAfter, toLeaseEvent } from './watch-response.js';
import type { Cursor, WatchTarget } from './watch-response.js';

/** What a sink has been told, and so from where a new stream goes on. It outlives every connection. */
export class Followed {
  /** Undefined until there is a complete list to go on from. */
  cursor: Cursor | undefined;
  epoch: Epoch | undefined;
  private config: { readonly text: string | undefined } | undefined;

  constructor(
    private readonly sink: LeaseSink,
    private readonly paths: Paths,
  ) {}

  /** Passes on a complete list; everything up to its revision is told with it. */
  listed(listing: Listing): void {
    const next = BigInt(listing.revision) + 1n;
    this.tellConfig(listing.config);
    this.sink.snapshot({ leases: listing.leases, revision: listing.revision });
    this.cursor = { leases: next, config: next };
    this.epoch = observe(undefined, listing.header).epoch;
  }

  /** Passes on the events of one response that were not told yet. The cursor moves after the sink took them. */
  happened(target: WatchTarget, events: readonly IEvent[]): void {
    if (!this.cursor) return;
    const next = this.cursor[target];
    const fresh = newEvents(events, next);
    const last = fresh.at(-1);
    if (!last) return;
    if (target === 'leases') {
      const told = fresh.map((event) => toLeaseEvent(event, this.paths.subnets));
      this.sink.events(told, last.kv.mod_revision);
    } else {
      this.tellConfig(isDelete(last) ? undefined : last.kv.value.toString());
    }
    this.cursor = { ...this.cursor, [target]: revisionAfter(fresh, next) };
    if (this.epoch) this.epoch = raise(this.epoch, BigInt(last.kv.mod_revision));
  }

  /** The history we followed is gone: only a complete list helps. */
  forget(): void {
    this.cursor = undefined;
  }

  private tellConfig(text: string | undefined): void {
    if (this.config && this.config.text === text) return;
    this.sink.config(text);
    this.config = { text };
  }
}
