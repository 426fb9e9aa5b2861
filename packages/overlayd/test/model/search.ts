import { canonical } from './canon.js';
import type { Defects } from './defects.js';
import { describe } from './describe.js';
import { movesOf, step } from './moves.js';
import { firstWorld, type Budget, type World } from './world.js';

export interface Question {
  readonly budget: Budget;
  /** Steps from the first world on. */
  readonly depth: number;
  readonly defects?: Defects;
  /** The nodes, three unless said: which of them have a network config with the large subnet. */
  readonly wide?: readonly boolean[];
  /** Grants and keep-alives are sent, carried out and answered at different times; else in one step. */
  readonly split?: boolean;
  /** Stop after the depth at which there are so many states. */
  readonly states?: number;
  /** Looks for such a world instead of a violation: what the search is meant to see must be among what it sees. */
  readonly goal?: (world: World) => boolean;
}

export interface Finding {
  readonly invariant: string;
  readonly text: string;
  /** The shortest way there, a line for each step. */
  readonly trace: readonly string[];
}

export interface Result {
  /** Up to which depth every state was looked at. */
  readonly depth: number;
  readonly states: number;
  readonly steps: number;
  readonly seconds: number;
  /** No step leads out of what was looked at: more depth would add nothing. */
  readonly complete: boolean;
  readonly finding?: Finding;
}

const GOAL = { invariant: 'goal', text: 'reached' };

// A global is slow to look up under jest.
const { imul } = Math;

/** 53 bits of a text. Two states of one hash would be taken for one: of 5 million states, one in a thousand searches misses one. */
function hash(text: string): number {
  let [a, b] = [0x811c9dc5, 0x1b873593];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = imul(a ^ code, 0x01000193);
    b = imul(b + code, 0xcc9e2d51) ^ (b >>> 15);
  }
  a ^= a >>> 13;
  a = imul(a, 0x5bd1e995) ^ (a >>> 15);
  return (a >>> 0) * 0x20_0000 + ((imul(b, 0x85ebca6b) ^ (b >>> 13)) >>> 11);
}

/** For every state, the one it was first reached from and by which of its moves. */
class Ways {
  private readonly from: number[] = [-1];
  private readonly by: number[] = [0];

  add(from: number, by: number): number {
    this.from.push(from);
    return this.by.push(by) - 1;
  }

  to(state: number): readonly number[] {
    const way: number[] = [];
    for (let at = state; at > 0; at = this.from[at]!) way.unshift(this.by[at]!);
    return way;
  }
}

function traceOf(first: World, way: readonly number[], defects: Defects): readonly string[] {
  const lines: string[] = [];
  let world = first;
  for (const ordinal of way) {
    const move = movesOf(world)[ordinal]!;
    const next = step(world, move, defects);
    lines.push(describe(world, move, next));
    world = next;
  }
  return lines;
}

type Frontier = { readonly world: World; readonly id: number }[];

function* stepsFrom(frontier: Frontier, defects: Defects) {
  for (const { world, id } of frontier)
    for (const [ordinal, move] of movesOf(world).entries())
      yield { after: step(world, move, defects), id, ordinal };
}

/** Breadth first: looks at every state that can be reached in `depth` steps, and stops at the first in which an invariant is broken. */
export function explore(question: Question): Result {
  const {
    budget,
    depth,
    defects = {},
    wide = [false, false, false],
    split = false,
    states = Infinity,
    goal,
  } = question;
  const began = performance.now();
  const first = firstWorld(budget, wide, split);
  const known = new Set([hash(canonical(first))]);
  const ways = new Ways();
  let [steps, reached] = [0, 0];
  let frontier: Frontier = [{ world: first, id: 0 }];
  const result = (finding?: Finding): Result => ({
    depth: reached,
    states: known.size,
    steps,
    seconds: (performance.now() - began) / 1000,
    complete: frontier.length === 0,
    ...(finding && { finding }),
  });
  while (reached < depth && frontier.length > 0 && known.size < states) {
    const next: Frontier = [];
    for (const { after, id, ordinal } of stepsFrom(frontier, defects)) {
      steps += 1;
      const found = goal?.(after) === true ? GOAL : after.violation;
      if (found !== undefined)
        return result({ ...found, trace: traceOf(first, [...ways.to(id), ordinal], defects) });
      const code = hash(canonical(after));
      if (known.has(code)) continue;
      known.add(code);
      next.push({ world: after, id: ways.add(id, ordinal) });
    }
    frontier = next;
    reached += 1;
  }
  return result();
}

/** For a failed test: what broke and how to get there. */
export const report = ({ finding }: Result): string =>
  finding === undefined
    ? 'no violation'
    : [
        `${finding.invariant}: ${finding.text}`,
        ...finding.trace.map((line, at) => `${at + 1}. ${line}`),
      ].join('\n');
