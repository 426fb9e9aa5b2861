import type { IEvent, IKeyValue } from 'etcd3';
import type { LeaseSink, RenumberRequest } from '../store.js';
import type { Listing } from './list.js';
import type { FollowedKeys } from './paths.js';
import { readRequest } from './renumber-keys.js';
import { observe, raise } from './revision.js';
import type { Epoch } from './revision.js';
import { isDelete, newEvents, revisionAfter, toLeaseEvent } from './watch-response.js';
import type { Cursor, WatchTarget } from './watch-response.js';

/** What a sink has been told, and so from where a new stream goes on. It outlives every connection. */
export class Followed {
  /** Undefined until there is a complete list to go on from. */
  cursor: Cursor | undefined;
  epoch: Epoch | undefined;
  private request: RenumberRequest | undefined;
  private config: { readonly text: string | undefined } | undefined;

  constructor(
    private readonly sink: LeaseSink,
    private readonly paths: FollowedKeys,
  ) {}

  /** Passes on a complete list; everything up to its revision is told with it. */
  listed(listing: Listing): void {
    const next = BigInt(listing.revision) + 1n;
    this.tellConfig(listing.config);
    this.sink.snapshot({ leases: listing.leases, revision: listing.revision });
    if (listing.request) this.tellRequest(listing.request);
    this.cursor = { leases: next, config: next, request: next };
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
    } else if (target === 'config') {
      this.tellConfig(isDelete(last) ? undefined : last.kv.value.toString());
    } else if (!isDelete(last)) {
      this.tellRequest(last.kv);
    }
    this.cursor = { ...this.cursor, [target]: revisionAfter(fresh, next) };
    if (this.epoch) this.epoch = raise(this.epoch, BigInt(last.kv.mod_revision));
  }

  /** The history we followed is gone: only a complete list helps. */
  forget(): void {
    this.cursor = undefined;
  }

  /** A list tells the same request again. */
  private tellRequest(kv: IKeyValue): void {
    const request = readRequest(kv.key.toString().slice(this.paths.renumber.length), kv);
    // A restored store may give a new request the revision of an old one.
    if (this.request?.revision === request.revision && this.request.requested === request.requested) return;
    this.request = request;
    this.sink.request?.(request);
  }

  private tellConfig(text: string | undefined): void {
    if (this.config && this.config.text === text) return;
    this.sink.config(text);
    this.config = { text };
  }
}
