import { succeeds } from './compares.js';
import type { Defects } from './defects.js';
import {
  KEY_NAMES,
  KEYS,
  TTL_TICKS,
  violate,
  type Answer,
  type KeyIndex,
  type Late,
  type Stored,
  type Task,
  type Txn,
  type World,
} from './world.js';

/** One change of a key at a new revision, told to all who watch. */
export function change(
  world: World,
  key: KeyIndex,
  stored: Omit<Stored, 'mod' | 'create'> | undefined,
): void {
  world.revision += 1;
  const { revision } = world;
  const create = world.keys[key]?.create ?? revision;
  world.keys[key] = stored && { ...stored, create, mod: revision };
  world.log = [...world.log, { revision, key, stored: world.keys[key] }];
}

/** A lease ends, with its keys. `by`: the node that revoked it; undefined when its time was over. */
export function endLease(world: World, lease: number, by: number | undefined): void {
  if (!world.leases.delete(lease)) return;
  for (const key of KEYS) {
    const stored = world.keys[key];
    if (stored?.lease !== lease) continue;
    if (by !== undefined && stored.owner !== by)
      violate(
        world,
        'I2',
        `node ${by} revoked the etcd lease of ${KEY_NAMES[key]}, which is node ${stored.owner}'s`,
      );
    change(world, key, undefined);
  }
}

/** No write of a node replaces anything but its own last write, or an absent key (I2). */
function guardWrite(world: World, owner: number, txn: Txn): void {
  const before = world.keys[txn.key];
  if (before === undefined || before.owner === owner) return;
  const whose = `${KEY_NAMES[txn.key]}, which is ${before.owner > 2 ? 'the Flannel host' : `node ${before.owner}`}'s`;
  violate(world, 'I2', `node ${owner} carried out its ${txn.kind} over ${whose}`);
}

export function transact(world: World, owner: number, txn: Txn, defects: Defects): Answer {
  if (!succeeds(owner, txn, world.keys, defects))
    return { succeeded: false, found: world.keys[txn.key], revision: world.revision };
  if (txn.kind !== 'remove' && !world.leases.has(txn.lease)) return { leaseGone: true };
  guardWrite(world, owner, txn);
  const { version = 0, lease = 0 } = txn.kind === 'remove' ? {} : txn;
  change(world, txn.key, txn.kind === 'remove' ? undefined : { owner, version, lease });
  return { succeeded: true, revision: world.revision };
}

function keepAlive(world: World, lease: number): Answer {
  if (!world.leases.has(lease)) return { ttl: 0 };
  world.leases.set(lease, world.tick + TTL_TICKS);
  return { ttl: TTL_TICKS };
}

function grant(world: World): Answer {
  const lease = world.nextLease;
  world.nextLease += 1;
  world.leases.set(lease, world.tick + TTL_TICKS);
  return { revision: lease };
}

function revoke(world: World, owner: number, lease: number): Answer {
  endLease(world, lease, owner);
  return {};
}

/** The defect of Flannel: the key is put again, whoever has it now, with an etcd lease that is made for it. */
function renewBlindly(world: World, owner: number, key: KeyIndex): Answer {
  const { revision: lease = 0 } = grant(world);
  const txn: Txn = { kind: 'create', key, version: 0, lease, listedAt: 0 };
  guardWrite(world, owner, txn);
  change(world, key, { owner, version: 0, lease });
  return { ttl: TTL_TICKS, found: world.keys[key], revision: lease };
}

/** etcd carries out the call that a node waits for. */
export function carryOut(world: World, owner: number, task: Task, defects: Defects): Answer {
  const { held } = world.nodes[owner]!;
  switch (task.do) {
    case 'list':
      return { listing: { revision: world.revision, keys: [...world.keys] } };
    case 'keepAlive':
      return keepAlive(world, task.stored.lease);
    case 'confirm':
      return { found: world.keys[task.key] };
    case 'grant':
      return grant(world);
    case 'write':
    case 'publish':
      return transact(world, owner, task.txn, defects);
    case 'look':
    case 'get':
    case 'publish-look':
    case 'publish-get':
      return { found: world.keys[task.txn.key] };
    case 'cleanup': {
      const [first] = task.todo;
      if (first === undefined) throw new Error('nothing to clean up');
      if ('revoke' in first) return revoke(world, owner, first.revoke);
      return transact(world, owner, { kind: 'remove', key: first.remove, before: first.stored }, defects);
    }
    case 'abandon':
      return revoke(world, owner, task.lease);
    case 'renew':
      if (defects.renewalOverwrites === true) return renewBlindly(world, owner, held!.key);
      return keepAlive(world, held!.lease);
    case 'verify':
    case 'see':
      return { found: world.keys[held!.key] };
  }
}

/** What of a call may arrive although its sender gave up: writes. A late keep-alive or grant only makes a lease last longer. */
export function lateOf(node: number, task: Task): Late | undefined {
  switch (task.do) {
    case 'write':
    case 'publish':
      return { node, txn: task.txn };
    case 'abandon':
      return { node, revoke: task.lease };
    case 'cleanup': {
      const [first] = task.todo;
      if (first === undefined) return undefined;
      if ('revoke' in first) return { node, revoke: first.revoke };
      return { node, txn: { kind: 'remove', key: first.remove, before: first.stored } };
    }
    default:
      return undefined;
  }
}

export function arriveLate(world: World, late: Late, defects: Defects): void {
  if ('revoke' in late) endLease(world, late.revoke, late.node);
  else transact(world, late.node, late.txn, defects);
}
