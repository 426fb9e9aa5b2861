import { parseIpv4 } from '@overlay/cidr';
import {
  chooseLease,
  formatLeaseName,
  formatLeaseValue,
  parseLeaseName,
  parseLeaseValue,
  parseNetworkConfig,
  type Lease,
  type LeaseAttributes,
  type LeaseDecision,
  type LeaseEvent,
  type NetworkConfig,
  type RawLease,
} from '@overlay/lease';
import {
  createRequest,
  outcomeOf,
  removeRequest,
  replaceRequest,
  written,
  type Write,
} from '../../../lease/src/etcd/transactions.js';
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
import {
  bootMs,
  FLANNEL,
  KEY_NAMES,
  KEYS,
  TTL_SECONDS,
  type Answer,
  type Happening,
  type Held,
  type KeyIndex,
  type Listing,
  type Node,
  type Stored,
  type Txn,
} from './world.js';

/** Where the model asks the code itself: every decision below is made by the functions that the daemon runs. */

export const DIRECTORY = '/net/subnets/';
const SUBNETS = KEY_NAMES.map((name) => parseLeaseName(name));
const range = { SubnetMin: '10.6.2.0', Backend: { Type: 'host-gw' } };
const CONFIGS = [
  parseNetworkConfig(
    JSON.stringify({ ...range, Network: '10.6.0.0/21', SubnetLen: 24, SubnetMax: '10.6.3.0' }),
  ),
  parseNetworkConfig(
    JSON.stringify({ ...range, Network: '10.6.0.0/21', SubnetLen: 23, SubnetMax: '10.6.2.0' }),
  ),
];
const configOf = (wide: boolean): NetworkConfig => CONFIGS[wide ? 1 : 0]!;

const nodeId = (owner: number): string => `node-${owner}`;
const attributesOf = (owner: number, version: number): LeaseAttributes => ({
  publicIp: parseIpv4(`172.31.0.${owner + 1}`),
  backendType: 'host-gw',
  ...(owner === FLANNEL
    ? {}
    : { overlay: { nodeId: nodeId(owner), hostname: 'h', version: String(version), backends: [] } }),
});

const values = new Map<number, string>();
function valueOf(owner: number, version: number): string {
  const id = owner * 10 + version;
  const known = values.get(id);
  if (known !== undefined) return known;
  const value = formatLeaseValue(attributesOf(owner, version));
  values.set(id, value);
  return value;
}

const rawOf = (key: KeyIndex, stored: Stored): RawLease => ({
  name: KEY_NAMES[key],
  value: valueOf(stored.owner, stored.version),
  createRevision: String(stored.create),
  modRevision: String(stored.mod),
  etcdLease: String(stored.lease),
});

/** The answer for each different question; `make` runs once for each. */
function memo<From extends readonly unknown[], T>(
  make: (...from: From) => T,
): (id: string, ...from: From) => T {
  const known = new Map<string, T>();
  return (id, ...from) => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const value = make(...from);
    known.set(id, value);
    return value;
  };
}

export type Choice =
  | { readonly kind: 'reuse' | 'create'; readonly key: KeyIndex }
  /** Nothing can be had now. */
  | { readonly kind: 'none' };

const indexOf = (name: string): KeyIndex => KEY_NAMES.indexOf(name as (typeof KEY_NAMES)[number]) as KeyIndex;

function choiceOf(decision: LeaseDecision): Choice {
  switch (decision.kind) {
    case 'reuse':
      return { kind: 'reuse', key: indexOf(decision.lease.name) };
    case 'create':
      return { kind: 'create', key: indexOf(formatLeaseName(decision.subnets)) };
    case 'exhausted':
      return { kind: 'none' };
    default:
      throw new Error(`the model has no place for ${decision.kind}`);
  }
}

/** Every decision that chance allows. */
function decideAll(owner: number, { wide, previous }: Node, { keys }: Listing): readonly Choice[] {
  const leases = KEYS.flatMap((key) => (keys[key] === undefined ? [] : [rawOf(key, keys[key])]));
  leases.sort((a, b) => (a.name < b.name ? -1 : 1));
  let bound = 1;
  const choices: Choice[] = [];
  for (let draw = 0; draw < bound; draw += 1) {
    const random = (below: number): number => {
      bound = below;
      return draw;
    };
    const wish = previous === undefined ? {} : { previous: SUBNETS[previous]! };
    const { publicIp } = attributesOf(owner, 0);
    const request = { config: configOf(wide), leases, publicIp, nodeId: nodeId(owner), ...wish, random };
    choices.push(choiceOf(chooseLease(request)));
  }
  return choices;
}
const decided = memo(decideAll);

export function choose(owner: number, node: Node, listing: Listing): readonly Choice[] {
  const seen = listing.keys.map((one) => one?.owner ?? '-').join();
  return decided(`${owner} ${node.wide} ${node.previous} ${seen}`, owner, node, listing);
}

/** As Attempt.reuse: whether the key says already what we want on the etcd lease we have. */
export const saysSame = (owner: number, node: Node, stored: Stored, lease: number): boolean =>
  valueOf(stored.owner, stored.version) === valueOf(owner, node.version) && stored.lease === lease;

const writeOf = (owner: number, txn: Txn): Write => ({
  key: DIRECTORY + KEY_NAMES[txn.key],
  value: txn.kind === 'remove' ? '' : valueOf(owner, txn.version),
  etcdLease: txn.kind === 'remove' ? '0' : String(txn.lease),
});

/** The fields of a Compare, and its numbers, as in etcd's rpc.proto. */
interface Compare {
  readonly target?: unknown;
  readonly result?: unknown;
  readonly key?: string | Buffer;
  readonly range_end?: string | Buffer;
  readonly mod_revision?: unknown;
  readonly create_revision?: unknown;
  readonly value?: unknown;
}
const TARGET = { create: 1, mod: 2, value: 3 };
const RESULT = { equal: 0, less: 2 };

function related(actual: number | string, { result }: Compare, wanted: number | string): boolean {
  if (result === RESULT.equal) return actual === wanted;
  if (result === RESULT.less) return actual < wanted;
  throw new Error(`the model has no place for the comparison ${String(result)}`);
}

function matches(stored: Stored | undefined, compare: Compare): boolean {
  switch (compare.target) {
    case TARGET.create:
      return related(stored?.create ?? 0, compare, Number(compare.create_revision));
    case TARGET.mod:
      return related(stored?.mod ?? 0, compare, Number(compare.mod_revision));
    case TARGET.value:
      return (
        stored !== undefined && related(valueOf(stored.owner, stored.version), compare, String(compare.value))
      );
    default:
      throw new Error(`the model does not compare ${String(compare.target)}`);
  }
}

/** How etcd compares: every key of the range; a single key that is absent has revision 0 and no value. */
function holdsIn(keys: readonly (Stored | undefined)[], compare: Compare): boolean {
  const name = String(compare.key);
  const path = (key: KeyIndex): string => DIRECTORY + KEY_NAMES[key];
  if (compare.range_end === undefined) return matches(keys[KEYS.find((key) => path(key) === name)!], compare);
  const end = String(compare.range_end);
  const inRange = KEYS.filter((key) => keys[key] !== undefined && name <= path(key) && path(key) < end);
  return inRange.every((key) => matches(keys[key], compare));
}

function requestOf(owner: number, txn: Txn) {
  const write = writeOf(owner, txn);
  if (txn.kind === 'create') return createRequest(write, DIRECTORY, String(txn.listedAt));
  const before = rawOf(txn.key, txn.before);
  if (txn.kind === 'remove') return removeRequest(write.key, before.modRevision);
  return replaceRequest(write, before.modRevision, before.value);
}

/** Whether etcd finds the compares of a transaction of the store to hold. */
function comparesHold(
  owner: number,
  txn: Txn,
  keys: readonly (Stored | undefined)[],
  defects: Defects,
): boolean {
  const unguarded =
    (defects.plainPut === true && txn.kind === 'create') ||
    (defects.publishOverwrites === true && txn.kind === 'update');
  if (unguarded) return true;
  const compares = requestOf(owner, txn).compare as readonly Compare[];
  return compares
    .filter((one) => one.range_end === undefined || defects.comparesOwnKeyOnly !== true)
    .every((one) => holdsIn(keys, one));
}
const compared = memo(comparesHold);

export function succeeds(
  owner: number,
  txn: Txn,
  keys: readonly (Stored | undefined)[],
  defects: Defects,
): boolean {
  const { plainPut, publishOverwrites, comparesOwnKeyOnly } = defects;
  const flaws = `${plainPut} ${publishOverwrites} ${comparesOwnKeyOnly}`;
  const there = keys
    .map((one) => (one === undefined ? '-' : `${one.owner}.${one.version}.${one.mod}`))
    .join();
  const wanted =
    txn.kind === 'create' ? txn.listedAt : `${txn.before.owner}.${txn.before.version}.${txn.before.mod}`;
  return compared(`${flaws} ${txn.kind} ${txn.key} ${wanted} ${there}`, owner, txn, keys, defects);
}

const kvOf = (key: KeyIndex, stored: Stored) => {
  const { name, value, createRevision, modRevision, etcdLease } = rawOf(key, stored);
  return {
    key: Buffer.from(DIRECTORY + name),
    value: Buffer.from(value),
    create_revision: createRevision,
    mod_revision: modRevision,
    version: '1',
    lease: etcdLease,
  };
};

/** What the store makes of etcd's answer to a write: our key as it is now, or undefined when the write was refused. */
export function writtenBy(owner: number, txn: Txn, answer: Answer, inDoubt: boolean): Stored | undefined {
  if (txn.kind === 'remove') throw new Error('a removal writes nothing');
  const { succeeded = false, found, revision = 0 } = answer;
  const kvs = found === undefined ? [] : [kvOf(txn.key, found)];
  const header = { cluster_id: '', member_id: '', raft_term: '', revision: String(revision) };
  const responses = [{ response_range: { kvs } }] as unknown as Parameters<typeof outcomeOf>[0]['responses'];
  const outcome = outcomeOf({ header, succeeded, responses }, inDoubt);
  const create = txn.kind === 'update' ? String(txn.before.create) : undefined;
  const kv = written(outcome, writeOf(owner, txn), ...(create === undefined ? [] : [create]));
  if (kv === undefined) return undefined;
  return {
    owner,
    version: txn.version,
    create: Number(kv.create_revision),
    mod: Number(kv.mod_revision),
    lease: txn.lease,
  };
}

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
