import type { Defects } from '../model/defects.js';
import { choose } from '../model/decisions.js';
import { describe } from '../model/describe.js';
import { rawOf } from '../model/encoding.js';
import { kvOf } from '../model/compares.js';
import { carryOut } from '../model/etcd.js';
import { movesOf, step, underWay, type Move } from '../model/moves.js';
import {
  bootMs,
  draft,
  firstWorld,
  KEY_NAMES,
  type Answer,
  type Budget,
  type Happening,
  type Listing,
  type Task,
  type World,
} from '../model/world.js';
import { answerRpc, heldText, requestText } from './expected.js';
import { RealNode } from './real-node.js';
import { settle } from '../support/virtual-clock.js';
import type { LeaseEvent, LeaseSnapshot } from '@overlay/lease';

export interface Walk {
  readonly seed: number;
  readonly steps: number;
  readonly budget: Budget;
  /** The nodes, and which of them have a network config with the large subnet. */
  readonly wide: readonly boolean[];
  /** Of the model, so that a replay can be seen to find differences. */
  readonly defects?: Defects;
}

export interface Replayed {
  /** How often each kind of move, or each call of a node, was made. */
  readonly seen: ReadonlyMap<string, number>;
  /** The first step after which the real code and the model were not of one mind, and the way there. */
  readonly difference?: string;
}

type NodeMove = Extract<Move, { readonly node: number }>;
type CallMove = Extract<Move, { readonly draw: number } | { readonly again: boolean }> | CarriedOut;
type CarriedOut = Extract<Move, { readonly kind: 'carried out' }>;

const CALLS: readonly string[] = ['call', 'carried out', 'answer', 'request lost', 'answer lost'];
const isCall = (move: NodeMove): move is CallMove => CALLS.includes(move.kind);
/** Of ten moves that could be made, so many are the nodes' own going on; the rest are time, faults and strangers. */
const GOING_ON = 8;
const ORDINARY: readonly string[] = [
  'call',
  'carried out',
  'answer',
  'renews',
  'event',
  'list',
  'reads again',
];

/** Numbers from 0 up to, not including, `bound`: the same for one seed (mulberry32). */
function numbers(seed: number): (bound: number) => number {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

function pick(world: World, below: (bound: number) => number): Move | undefined {
  const moves = movesOf(world);
  const ordinary = moves.filter(({ kind }) => ORDINARY.includes(kind));
  const others = moves.filter(({ kind }) => !ORDINARY.includes(kind));
  const [first, second] = below(10) < GOING_ON ? [ordinary, others] : [others, ordinary];
  const from = first.length > 0 ? first : second;
  return from[below(Math.max(from.length, 1))];
}

const eventOf = ({ key, revision, stored }: Happening): LeaseEvent =>
  stored === undefined
    ? { type: 'delete', name: KEY_NAMES[key], modRevision: String(revision) }
    : { type: 'put', lease: rawOf(key, stored) };

const snapshotOf = ({ revision, keys }: Listing): LeaseSnapshot => ({
  revision: String(revision),
  leases: keys.flatMap((stored, key) => (stored === undefined ? [] : [rawOf(key as 0 | 1 | 2, stored)])),
});

/** One walk through the model, and the real code led along it. */
class Replay {
  private world: World;
  private readonly real: RealNode[];
  private readonly defects: Defects;

  constructor({ budget, wide, defects = {} }: Walk) {
    this.world = firstWorld(budget, wide, true);
    this.real = wide.map((_, id) => new RealNode(id));
    this.defects = defects;
  }

  next(below: (bound: number) => number): Move | undefined {
    return pick(this.world, below);
  }

  /** What the move is called in the count of what was seen. */
  nameOf(move: Move): string {
    const task = 'node' in move && isCall(move) ? this.taskOf(move.node) : undefined;
    return task === undefined ? move.kind : `${move.kind}: ${task.do}`;
  }

  /** Makes the move on both sides. Gives a line that tells it, and what differs then. */
  async make(move: Move): Promise<{ readonly line: string; readonly difference: string | undefined }> {
    const before = this.world;
    const after = step(before, move, this.defects);
    this.world = after;
    if ('node' in move) await this.lead(move, before, after);
    for (const { clock } of this.real) clock.now = bootMs(after.tick);
    const line = describe(before, move, after);
    return { line, difference: ('node' in move ? this.differs(move.node) : undefined) ?? this.violation() };
  }

  stop(): void {
    for (const { keeper } of this.real) keeper.stop();
  }

  /** A model with a defect is meant to have violations: only what differs counts. */
  private violation(): string | undefined {
    const { violation } = this.world;
    if (violation === undefined || Object.keys(this.defects).length > 0) return undefined;
    return `${violation.invariant}: ${violation.text}`;
  }

  private taskOf(id: number, world = this.world): Task | undefined {
    return underWay(world, world.nodes[id]!);
  }

  private async lead(move: NodeMove, before: World, after: World): Promise<void> {
    const { node: id, kind } = move;
    const real = this.real[id]!;
    const node = before.nodes[id]!;
    if (isCall(move)) await this.call(move, before, real);
    else if (kind === 'renews') await real.renew();
    else if (kind === 'publishes') await real.publish(after.nodes[id]!.version);
    else if (kind === 'event') real.keeper.events([eventOf(this.nextEvent(before, id))]);
    else if (kind === 'list') await real.doubtful(() => real.keeper.snapshot(snapshotOf(node.relist!)));
    else if (kind === 'reads again') await this.readAgain(before, id);
    else if (kind === 'dies') this.real[id] = this.born(id);
    await settle();
    const { held, watch } = after.nodes[id]!;
    // What the watch told of the key before the node held it comes now.
    if (node.held === undefined && held !== undefined)
      for (const old of after.log)
        if (old.key === held.key && old.revision > node.watch && old.revision <= watch)
          this.real[id]!.keeper.events([eventOf(old)]);
    // The loss of the lease ended what was under way.
    if (node.held !== undefined && held === undefined && after.nodes[id]!.task === undefined)
      await this.real[id]!.forsake();
  }

  private born(id: number): RealNode {
    this.real[id]!.keeper.stop();
    const real = new RealNode(id);
    real.clock.now = bootMs(this.world.tick);
    return real;
  }

  private nextEvent({ nodes, log }: World, id: number): Happening {
    const { held, watch } = nodes[id]!;
    return log.find(({ key, revision }) => key === held!.key && revision > watch)!;
  }

  private async call(move: CallMove, before: World, real: RealNode): Promise<void> {
    const { node: id, kind } = move;
    const node = before.nodes[id]!;
    if (node.task === undefined && node.held === undefined) await real.acquire(node);
    const task: Task & { readonly answer?: Answer } = this.taskOf(id, before)!;
    const [rpc] = real.pending;
    // The comparison afterwards says which call is missing; one that the model never answers is none of its own.
    if (rpc?.text !== requestText(id, task, node.held) || kind === 'carried out') return;
    if (kind === 'request lost' || kind === 'answer lost') {
      rpc.lose(move.again);
      return;
    }
    const answer = task.answer ?? carryOut(draft(before), id, task, this.defects);
    const { listing } = answer;
    if (listing !== undefined && 'draw' in move)
      real.clock.chance = (move.draw + 0.5) / choose(id, node, listing).length;
    answerRpc(rpc, task, answer, node.held);
  }

  private async readAgain(before: World, id: number): Promise<void> {
    const { held } = before.nodes[id]!;
    if (held === undefined) return;
    const stored = before.keys[held.key];
    const kvs = stored === undefined ? [] : [kvOf(held.key, stored)];
    await this.real[id]!.readAgain((rpc) => rpc.answer({ kvs }));
  }

  private differs(id: number): string | undefined {
    const { task, held } = this.world.nodes[id]!;
    const real = this.real[id]!;
    const wanted = task === undefined ? [] : [requestText(id, task, held)];
    const sent = real.pending.map(({ text }) => text);
    const [model, code] = [heldText(held), real.held];
    if (model !== code) return `the model holds ${model}\n  the code holds ${code}`;
    if (sent.join('\n') === wanted.join('\n')) return undefined;
    return `the model sent ${wanted.join(', ') || 'nothing'}\n  the code sent ${sent.join(', ') || 'nothing'}`;
  }
}

/** Walks through the model at random, by seed, and leads the real keepers and stores of all nodes along. */
export async function replay(walk: Walk): Promise<Replayed> {
  const below = numbers(walk.seed);
  const both = new Replay(walk);
  const lines: string[] = [];
  const seen = new Map<string, number>();
  try {
    for (let at = 1; at <= walk.steps; at += 1) {
      const move = both.next(below);
      if (move === undefined) break;
      const name = both.nameOf(move);
      seen.set(name, (seen.get(name) ?? 0) + 1);
      const { line, difference } = await both.make(move);
      lines.push(`${at}. ${line}`);
      if (difference !== undefined)
        return { seen, difference: [`seed ${walk.seed}: ${difference}`, ...lines].join('\n') };
    }
    return { seen };
  } finally {
    both.stop();
  }
}
