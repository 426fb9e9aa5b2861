import {
  createRequest,
  outcomeOf,
  removeRequest,
  replaceRequest,
  written,
  type Write,
} from '../../../lease/src/etcd/transactions.js';
import type { Defects } from './defects.js';
import { DIRECTORY, memo, rawOf, valueOf } from './encoding.js';
import { KEY_NAMES, KEYS, type Answer, type KeyIndex, type Stored, type Txn } from './world.js';

/** Transactions as the store makes them, and their compares as etcd reads them. */

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

export function requestOf(owner: number, txn: Txn) {
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

export const kvOf = (key: KeyIndex, stored: Stored) => {
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
