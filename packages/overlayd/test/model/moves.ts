import type { Defects } from './defects.js';
import { arriveLate, carryOut, change, endLease, lateOf } from './etcd.js';
import { check } from './invariants.js';
import { NodeSteps } from './node.js';
import { choose } from './decisions.js';
import {
  bootMs,
  draft,
  FLANNEL,
  KEYS,
  spend,
  WIDE,
  type Happening,
  type Held,
  type KeyIndex,
  type Node,
  type Task,
  type World,
} from './world.js';

/** One step of the world. `draw`: which decision chance makes. `again`: the store sends the write once more. */
export type Move =
  | { readonly kind: 'time passes' }
  | { readonly kind: 'etcd ends lease'; readonly lease: number }
  | { readonly kind: 'arrives late'; readonly index: number }
  | { readonly kind: 'call'; readonly node: number; readonly draw: number }
  | { readonly kind: 'carried out'; readonly node: number }
  | { readonly kind: 'answer'; readonly node: number; readonly draw: number }
  | { readonly kind: 'request lost' | 'answer lost'; readonly node: number; readonly again: boolean }
  | {
      readonly kind: 'renews' | 'publishes' | 'event' | 'lists' | 'list' | 'reads again' | 'dies';
      readonly node: number;
    }
  | { readonly kind: 'Flannel takes' | 'Flannel renews' | 'is deleted'; readonly key: KeyIndex };

/** The etcd lease of what Flannel writes; it ends with `is deleted`. */
const FLANNELS = 99;

const nextEvent = ({ log }: World, { held, watch }: Node): Happening | undefined =>
  held && log.find(({ key, revision }) => key === held.key && revision > watch);

const isRead = (task: Task): boolean =>
  ['list', 'confirm', 'grant', 'look', 'get', 'verify', 'see', 'publish-look', 'publish-get'].includes(
    task.do,
  );

/** What a renewal begins with: past the deadline the key is read first. */
const renewal = ({ tick }: World, { deadlineMs }: Held): Task => ({
  do: bootMs(tick) >= deadlineMs ? 'verify' : 'renew',
});

/**
 * The call that the node waits for. Where a call is one step, an idle node is about to send its next one: sent any earlier, its
 * deadline would only be earlier.
 */
export function underWay(world: World, { task, held }: Node): Node['task'] {
  if (task !== undefined) return task;
  if (held === undefined) return { do: 'list', attempt: {} };
  return world.split ? undefined : renewal(world, held);
}

/** Whether it matters when the call is sent, carried out and answered. */
const inTwoSteps = ({ split }: World, { do: what }: Task): boolean =>
  split && (what === 'grant' || what === 'keepAlive' || what === 'renew');

function callMoves(world: World, id: number, moves: Move[]): void {
  const node = world.nodes[id]!;
  const task = underWay(world, node);
  if (task === undefined) return;
  const answered = task.answer !== undefined;
  const listing = task.answer?.listing ?? world;
  const draws =
    task.do === 'list'
      ? choose(id, world.nodes[id]!, { revision: world.revision, keys: listing.keys }).length
      : 1;
  const two = inTwoSteps(world, task);
  if (two && !answered) moves.push({ kind: 'carried out', node: id });
  else
    for (let draw = 0; draw < draws; draw += 1)
      moves.push({ kind: answered ? 'answer' : 'call', node: id, draw });
  // Nothing comes of a first list that is lost.
  if (world.budget.losses === 0 || (node.task === undefined && task.do === 'list')) return;
  const resends = (task.do === 'write' || task.do === 'publish') && !task.inDoubt;
  for (const again of resends ? [false, true] : [false]) {
    if (!answered) moves.push({ kind: 'request lost', node: id, again });
    if (answered || (!two && !isRead(task))) moves.push({ kind: 'answer lost', node: id, again });
  }
}

function nodeMoves(world: World, id: number, moves: Move[]): void {
  const node = world.nodes[id]!;
  const { budget } = world;
  callMoves(world, id, moves);
  if (node.task === undefined) {
    if (world.split && node.held !== undefined) moves.push({ kind: 'renews', node: id });
    if (node.held !== undefined && budget.publishes > 0) moves.push({ kind: 'publishes', node: id });
  }
  if (nextEvent(world, node) !== undefined && node.relist === undefined)
    moves.push({ kind: 'event', node: id });
  if (node.relist !== undefined && (node.held !== undefined || node.task === undefined))
    moves.push({ kind: 'list', node: id });
  if (node.relist === undefined && budget.relists > 0) moves.push({ kind: 'lists', node: id });
  if (node.doubts) moves.push({ kind: 'reads again', node: id });
  if (budget.crashes > 0 && (node.task !== undefined || node.held !== undefined))
    moves.push({ kind: 'dies', node: id });
}

function foreignMoves({ keys, flannel, budget, nodes }: World, moves: Move[]): void {
  if (budget.foreign === 0) return;
  for (const key of KEYS) {
    if (key === WIDE && !nodes.some(({ wide }) => wide)) continue;
    const stored = keys[key];
    if (flannel[key] === true && stored?.owner !== FLANNEL) moves.push({ kind: 'Flannel renews', key });
    if (flannel[key] !== true && stored === undefined) moves.push({ kind: 'Flannel takes', key });
    if (stored !== undefined) moves.push({ kind: 'is deleted', key });
  }
}

export function movesOf(world: World): readonly Move[] {
  const moves: Move[] = [];
  if (world.budget.ticks > 0) moves.push({ kind: 'time passes' });
  for (const [lease, ends] of world.leases)
    if (ends <= world.tick && world.keys.some((one) => one?.lease === lease))
      moves.push({ kind: 'etcd ends lease', lease });
  for (const index of world.late.keys()) moves.push({ kind: 'arrives late', index });
  for (const id of world.nodes.keys()) nodeMoves(world, id, moves);
  foreignMoves(world, moves);
  return moves;
}

/** The request goes on its way although nobody waits for it any more. */
function leaveBehind(world: World, id: number, task: Node['task']): void {
  const late = task === undefined || task.answer !== undefined ? undefined : lateOf(id, task);
  if (late === undefined || world.budget.late === 0) return;
  spend(world, 'late');
  world.late = [...world.late, late];
}

/** A stranger writes or deletes a key; its owner cannot know it before its lease's time is over. */
function interfere(world: World, key: KeyIndex, flannels: boolean): void {
  spend(world, 'foreign');
  const before = world.keys[key];
  const owner = before === undefined ? undefined : world.nodes[before.owner];
  if (owner !== undefined) owner.excuse = { key, until: world.leases.get(before!.lease) ?? world.tick };
  change(world, key, flannels ? { owner: FLANNEL, version: 0, lease: FLANNELS } : undefined);
  if (flannels) world.flannel = world.flannel.map((one, index) => one || index === key);
}

type NodeMove = Extract<Move, { readonly node: number }>;

function call(world: World, move: NodeMove, steps: NodeSteps, defects: Defects): void {
  const { node: id, kind } = move;
  const node = world.nodes[id]!;
  const task = underWay(world, node)!;
  if (kind === 'request lost' || kind === 'answer lost') {
    spend(world, 'losses');
    if (kind === 'answer lost' && task.answer === undefined) carryOut(world, id, task, defects);
    if (kind === 'request lost') leaveBehind(world, id, task);
    return steps.failed(task, move.again);
  }
  const answer = task.answer ?? carryOut(world, id, task, defects);
  if (kind === 'carried out') {
    node.task = { ...task, answer };
    return;
  }
  const { listing } = answer;
  const choice = listing && 'draw' in move ? choose(id, world.nodes[id]!, listing)[move.draw] : undefined;
  steps.answered(task, answer, inTwoSteps(world, task) ? task.sent! : world.tick, choice);
}

function nodeMove(world: World, move: NodeMove, defects: Defects): void {
  const { node: id } = move;
  const node = world.nodes[id]!;
  const { task } = node;
  const steps = new NodeSteps(world, id, defects);
  switch (move.kind) {
    case 'renews':
      node.task = { ...renewal(world, node.held!), sent: world.tick };
      return;
    case 'publishes':
      spend(world, 'publishes');
      return steps.publish();
    case 'event':
      steps.deliver(nextEvent(world, node)!);
      break;
    case 'lists':
      spend(world, 'relists');
      node.relist = { revision: world.revision, keys: [...world.keys] };
      return;
    case 'list':
      steps.deliverList();
      break;
    case 'reads again':
      steps.readAgain();
      break;
    case 'dies':
      spend(world, 'crashes');
      leaveBehind(world, id, task);
      return steps.crash();
    default:
      return call(world, move, steps, defects);
  }
  // The loss of the lease ends what was under way; etcd may get it all the same.
  if (task !== undefined && node.task === undefined) leaveBehind(world, id, task);
}

function carry(world: World, move: Move, defects: Defects): void {
  switch (move.kind) {
    case 'time passes':
      spend(world, 'ticks');
      world.tick += 1;
      return;
    case 'etcd ends lease':
      return endLease(world, move.lease, undefined);
    case 'arrives late': {
      const late = world.late[move.index]!;
      world.late = world.late.filter((one) => one !== late);
      return arriveLate(world, late, defects);
    }
    case 'Flannel takes':
    case 'Flannel renews':
      return interfere(world, move.key, true);
    case 'is deleted':
      return interfere(world, move.key, false);
    default:
      return nodeMove(world, move, defects);
  }
}

/** The world after one step; its `violation` says which invariant does not hold there. */
export function step(world: World, move: Move, defects: Defects): World {
  const next = draft(world);
  carry(next, move, defects);
  if (next.violation === undefined) check(next, defects);
  return next;
}
