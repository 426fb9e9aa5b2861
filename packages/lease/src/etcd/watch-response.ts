import type { IEvent, IKeyValue, IWatchResponse } from 'etcd3';
import type { LeaseEvent, RawLease } from '../model.js';

/** What one stream watches, in the order it is created; the request to this node only where somebody wants to hear of it. */
export type WatchTarget = 'leases' | 'config' | 'request';
export const TARGETS: readonly WatchTarget[] = ['leases', 'config', 'request'];
/** The watch id of a target that etcd does not let us watch. */
const REFUSED = '';

/** The next revision wanted of each range. It moves only by delivered events and complete lists. */
export type Cursor = Readonly<Record<WatchTarget, bigint>>;

/** What one stream has told so far: the watch ids in the order of `TARGETS`; empty for requests that we may not watch. */
export type Created = readonly string[];

export type Verdict =
  | { readonly kind: 'alive' }
  | { readonly kind: 'created'; readonly created: Created }
  | { readonly kind: 'events'; readonly target: WatchTarget; readonly events: readonly IEvent[] }
  /** The history was compacted away: list again. */
  | { readonly kind: 'compacted'; readonly reason: string }
  /** The stream is of no use any more. */
  | { readonly kind: 'broken'; readonly reason: string };

/**
 * Decides what a response of a watch stream means. A reply that is created and canceled at once (a forbidden range, a stale token)
 * ends the stream, but for requests: a role made for Flannel's keys alone may not read them. A compaction comes without a reason, only
 * with its revision.
 */
export function judgeResponse(response: IWatchResponse, created: Created): Verdict {
  if (response.canceled) {
    if (response.compact_revision !== '0') {
      return { kind: 'compacted', reason: `revisions before ${response.compact_revision} were compacted` };
    }
    if (
      response.created &&
      TARGETS[created.length] === 'request' &&
      /permission denied/i.test(response.cancel_reason)
    )
      return { kind: 'created', created: [...created, REFUSED] };
    return { kind: 'broken', reason: response.cancel_reason || 'etcd ended the watch without a reason' };
  }
  if (response.created) return { kind: 'created', created: [...created, response.watch_id] };
  const target = TARGETS[created.indexOf(response.watch_id)];
  if (response.events.length === 0 || target === undefined) return { kind: 'alive' };
  return { kind: 'events', target, events: response.events };
}

/** The events at or after `next`: a lagging member may repeat older ones (etcd#20221). */
export function newEvents(events: readonly IEvent[], next: bigint): readonly IEvent[] {
  return events.filter((event) => BigInt(event.kv.mod_revision) >= next);
}

/** The revision after the last of some events: the only resume point that loses nothing. */
export function revisionAfter(events: readonly IEvent[], next: bigint): bigint {
  return events.reduce((highest, event) => {
    const after = BigInt(event.kv.mod_revision) + 1n;
    return after > highest ? after : highest;
  }, next);
}

// The declaration says `Delete`; on the wire the loader gives the name of the protocol file.
export const isDelete = (event: IEvent): boolean => event.type.toUpperCase() === 'DELETE';

/** A key under `subnets/` as etcd sent it; its name is all that follows the directory, also if it has slashes. */
export function toRawLease(kv: IKeyValue, directory: string): RawLease {
  return {
    name: kv.key.toString().slice(directory.length),
    value: kv.value.toString(),
    createRevision: kv.create_revision,
    modRevision: kv.mod_revision,
    etcdLease: kv.lease,
  };
}

export function toLeaseEvent(event: IEvent, directory: string): LeaseEvent {
  const lease = toRawLease(event.kv, directory);
  return isDelete(event)
    ? { type: 'delete', name: lease.name, modRevision: lease.modRevision }
    : { type: 'put', lease };
}
