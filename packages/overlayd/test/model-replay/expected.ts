import { rangeEnd } from '../../../lease/src/etcd/paths.js';
import { kvOf, requestOf } from '../model/compares.js';
import { DIRECTORY, valueOf } from '../model/encoding.js';
import {
  KEY_NAMES,
  KEYS,
  TTL_SECONDS,
  TTL_TICKS,
  type Answer,
  type Held,
  type KeyIndex,
  type Task,
  type Txn,
} from '../model/world.js';
import { rpcText, type Rpc } from './wire.js';

/** How the model's calls, answers and leases look on the wire and in the daemon. */

const readOf = (key: KeyIndex): string => rpcText('range', { key: Buffer.from(DIRECTORY + KEY_NAMES[key]) });
const txnOf = (owner: number, txn: Txn): string => rpcText('txn', requestOf(owner, txn));
const revokeOf = (lease: number): string => rpcText('revoke', { ID: String(lease) });
const keepAliveOf = (lease: number): string => rpcText('keepAlive', { ID: String(lease) });

/** The request that a node must have sent when the model says that it waits for this. */
export function requestText(owner: number, task: Task, held: Held | undefined): string {
  switch (task.do) {
    case 'list': {
      const key = Buffer.from(DIRECTORY);
      return rpcText('range', { key, range_end: rangeEnd(DIRECTORY), limit: 2000, revision: '0' });
    }
    case 'keepAlive':
      return keepAliveOf(task.stored.lease);
    case 'renew':
      return keepAliveOf(held!.lease);
    case 'confirm':
      return readOf(task.key);
    case 'verify':
    case 'see':
      return readOf(held!.key);
    case 'look':
    case 'get':
    case 'publish-look':
    case 'publish-get':
      return readOf(task.txn.key);
    case 'grant':
      return rpcText('grant', { TTL: TTL_SECONDS });
    case 'write':
    case 'publish':
      return txnOf(owner, task.txn);
    case 'abandon':
      return revokeOf(task.lease);
    case 'cleanup': {
      const first = task.todo[0]!;
      if ('revoke' in first) return revokeOf(first.revoke);
      return txnOf(owner, { kind: 'remove', key: first.remove, before: first.stored });
    }
  }
}

/** Lets the request be answered as the model's etcd answered. */
export function answerRpc(rpc: Rpc, task: Task, answer: Answer, held: Held | undefined): void {
  const { listing, found, succeeded, revision = 0, ttl, leaseGone } = answer;
  const header = { revision: String(listing?.revision ?? revision) };
  if (leaseGone === true) return rpc.refuse('5 NOT_FOUND: etcdserver: requested lease not found');
  if (listing !== undefined) {
    const kvs = KEYS.flatMap((key) =>
      listing.keys[key] === undefined ? [] : [kvOf(key, listing.keys[key])],
    );
    kvs.sort((a, b) => Buffer.compare(a.key, b.key));
    return rpc.answer({ header, kvs, more: false });
  }
  if (task.do === 'grant') return rpc.answer({ ID: String(revision) });
  if (ttl !== undefined) return rpc.answer({ TTL: String(ttl === TTL_TICKS ? TTL_SECONDS : ttl) });
  const key = keyOf(task, held);
  const kvs = found === undefined || key === undefined ? [] : [kvOf(key, found)];
  if (succeeded !== undefined)
    return rpc.answer({ header, succeeded, responses: [{ response_range: { kvs } }] });
  rpc.answer({ header, kvs });
}

/** The key that an answer is about. */
function keyOf(task: Task, held: Held | undefined): KeyIndex | undefined {
  if (task.do === 'verify' || task.do === 'see') return held?.key;
  if ('txn' in task) return task.txn.key;
  if (task.do === 'confirm') return task.key;
  const [first] = task.do === 'cleanup' ? task.todo : [];
  return first !== undefined && 'remove' in first ? first.remove : undefined;
}

export const heldText = (held: Held | undefined): string =>
  held === undefined
    ? 'nothing'
    : `${KEY_NAMES[held.key]} as written at ${held.stored.mod} on lease ${held.lease} until ${held.deadlineMs}: ` +
      valueOf(held.stored.owner, held.stored.version);
