import { parseLeaseValue, type Lease, type LeaseEvent } from '@overlay/lease';
import { deadlineAfter } from '../../src/lease/deadline.js';
import {
  isOwnNewerWrite,
  judgeOwnEvent,
  judgeOwnInList,
  judgeOwnKey,
  type OwnEvent,
  type Self,
} from '../../src/lease/own-event.js';
import { holds } from '../../src/lease/status.js';
import type { Defects } from './defects.js';
import { nodeId, rawOf, SUBNETS } from './encoding.js';
import {
  bootMs,
  FLANNEL,
  KEY_NAMES,
  KEYS,
  TTL_SECONDS,
  type Happening,
  type Held,
  type KeyIndex,
  type Listing,
  type Stored,
} from './world.js';

/** What a holder makes of events, lists, keys and time: the daemon's own judgement. */

const leaseOf = (key: KeyIndex, stored: Stored): Lease => {
  const { value, ...rest } = rawOf(key, stored);
  return { ...rest, ...SUBNETS[key]!, attributes: parseLeaseValue(value) };
};

const selves = new Map<string, Self>();
function selfOf(owner: number, { key, stored }: Pick<Held, 'key' | 'stored'>): Self {
  const id = `${owner} ${key} ${stored.version} ${stored.mod}`;
  const known = selves.get(id);
  if (known !== undefined) return known;
  const self = { nodeId: nodeId(owner), lease: leaseOf(key, stored) };
  selves.set(id, self);
  return self;
}

export const isStranger = (stored: Stored | undefined): boolean => stored?.owner === FLANNEL;

const soft = (verdict: OwnEvent | undefined, stored: Stored | undefined, defects: Defects): OwnEvent =>
  verdict === 'taken' && isStranger(stored) && defects.flannelIsNoLoss === true
    ? 'rewritten'
    : (verdict ?? 'ours');

export function judgeEvent(
  owner: number,
  held: Held,
  { revision, key, stored }: Happening,
  defects: Defects,
) {
  const event: LeaseEvent =
    stored === undefined
      ? { type: 'delete', name: KEY_NAMES[key], modRevision: String(revision) }
      : { type: 'put', lease: rawOf(key, stored) };
  return soft(judgeOwnEvent(selfOf(owner, held), event), stored, defects);
}

export function judgeList(owner: number, held: Held, listing: Listing, defects: Defects): OwnEvent | 'older' {
  const leases = KEYS.flatMap((key) =>
    listing.keys[key] === undefined ? [] : [rawOf(key, listing.keys[key])],
  );
  const revision =
    defects.oldListBelieved === true ? Math.max(listing.revision, held.stored.mod) : listing.revision;
  const verdict = judgeOwnInList(selfOf(owner, held), leases, String(revision));
  return verdict === 'older' ? verdict : soft(verdict, listing.keys[held.key], defects);
}

export const judgeKey = (owner: number, held: Held, stored: Stored | undefined, defects: Defects): OwnEvent =>
  soft(judgeOwnKey(selfOf(owner, held), stored && rawOf(held.key, stored)), stored, defects);

export const isOwnNewer = (owner: number, held: Held, stored: Stored): boolean =>
  isOwnNewerWrite(selfOf(owner, held), rawOf(held.key, stored));

export const deadlineOf = (sentTick: number, defects: Defects): number =>
  defects.noMargin === true
    ? bootMs(sentTick) + TTL_SECONDS * 1000
    : deadlineAfter(bootMs(sentTick), TTL_SECONDS);

export function claims(held: Held, tick: number, defects: Defects): boolean {
  const { deadlineMs } = held;
  return holds(
    { state: 'held', ttlSeconds: TTL_SECONDS, deadlineMs },
    defects.noDeadline === true ? 0 : bootMs(tick),
  );
}
