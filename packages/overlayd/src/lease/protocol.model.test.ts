import type { Defects } from '../../test/model/defects.js';
import { explore, report, type Question, type Result } from '../../test/model/search.js';
import { WIDE, type Budget, type World } from '../../test/model/world.js';

/**
 * The lease protocol, explored exhaustively: three nodes, two subnets, one Flannel host. Whatever order calls, answers, events, time and
 * faults come in, no state within `depth` steps breaks I1, I2 or I4. Where a row says 40 there is nothing further: all states are looked
 * at. A pause of any length is in every row with ticks: nothing makes a node go on. `OVERLAY_MODEL=deep` goes further, for many minutes.
 */

const NOTHING: Budget = { ticks: 0, losses: 0, late: 0, foreign: 0, crashes: 0, relists: 0, publishes: 0 };
const budget = (changes: Partial<Budget>): Budget => ({ ...NOTHING, ...changes });
const deep = process.env['OVERLAY_MODEL'] === 'deep';

const show = ({ depth, states, steps, seconds, complete }: Result): string =>
  `${states} states, ${steps} steps, depth ${depth}${complete ? ' (all there is)' : ''}, ${seconds.toFixed(1)} s`;

interface Row extends Omit<Question, 'budget'> {
  readonly name: string;
  readonly budget: Partial<Budget>;
}

const ALL: Budget = { ticks: 2, losses: 1, late: 1, foreign: 1, crashes: 1, relists: 1, publishes: 1 };

const QUICK: readonly Row[] = [
  { name: 'races, pauses and expiry', budget: { ticks: 2 }, depth: 40 },
  { name: 'lost answers, and requests that arrive late', budget: { losses: 2, late: 2 }, depth: 14 },
  { name: 'Flannel or an operator writes', budget: { ticks: 2, foreign: 1 }, depth: 10 },
  { name: 'a node dies', budget: { ticks: 2, crashes: 1 }, depth: 11 },
  { name: 'lists and new attributes', budget: { ticks: 2, relists: 1, publishes: 1 }, depth: 8 },
  { name: 'everything', budget: ALL, depth: 6 },
];
/** Each as deep as two million states go. */
const DEEP: readonly Row[] = [
  { name: 'longer pauses', budget: { ticks: 3 }, depth: 40 },
  { name: 'slow answers', budget: { ticks: 2 }, depth: 40, split: true },
  { name: 'a loss', budget: { ticks: 1, losses: 1, late: 1 }, depth: 40 },
  { name: 'losses', budget: { ticks: 2, losses: 2, late: 2 }, depth: 40 },
  { name: 'Flannel or an operator', budget: { ticks: 2, foreign: 2 }, depth: 40 },
  { name: 'nodes die', budget: { ticks: 2, crashes: 2 }, depth: 40 },
  { name: 'lists and new attributes', budget: { ticks: 2, relists: 1, publishes: 1 }, depth: 40 },
  { name: 'subnets of two lengths', budget: { ticks: 2 }, depth: 40, wide: [false, false, true] },
  { name: 'everything', budget: ALL, depth: 40 },
];

test.each(deep ? DEEP : QUICK)(
  'I1 I2 I4 no interleaving breaks them: $name',
  ({ name, depth, ...question }) => {
    const states = deep ? 2_000_000 : Infinity;
    const result = explore({ ...question, depth, states, budget: budget(question.budget) });
    if (deep) process.stdout.write(`${name}: ${show(result)}\n`);
    expect(report(result)).toBe('no violation');
    if (!deep) expect([result.complete, result.depth]).toEqual([depth === 40, expect.any(Number)]);
    if (!deep && depth < 40) expect(result.depth).toBe(depth);
  },
  deep ? 3_600_000 : 60_000,
);

interface Mutant {
  readonly defect: keyof Defects;
  readonly budget: Partial<Budget>;
  readonly breaks: string;
  /** Length of the shortest trace. */
  readonly steps: number;
  /** Two nodes are enough; a third one only takes time. */
  readonly nodes?: readonly boolean[];
  readonly split?: boolean;
}

const PAUSE = { ticks: 2 };
const STRANGER = { ticks: 2, foreign: 1 };

const MUTANTS: readonly Mutant[] = [
  { defect: 'plainPut', budget: {}, breaks: 'I2', steps: 6 },
  { defect: 'comparesOwnKeyOnly', budget: {}, breaks: 'I1', steps: 6, nodes: [false, true] },
  { defect: 'renewalOverwrites', budget: PAUSE, breaks: 'I2', steps: 11 },
  { defect: 'publishOverwrites', budget: { foreign: 1, publishes: 1 }, breaks: 'I2', steps: 9 },
  { defect: 'deadlineFromAnswer', budget: PAUSE, breaks: 'I1', steps: 11, split: true },
  { defect: 'noDeadline', budget: PAUSE, breaks: 'I1', steps: 9 },
  { defect: 'noMargin', budget: PAUSE, breaks: 'I1', steps: 9 },
  { defect: 'oldListBelieved', budget: { relists: 1 }, breaks: 'I4', steps: 5 },
  { defect: 'renewalUnseen', budget: STRANGER, breaks: 'I1', steps: 10 },
  { defect: 'reuseUnseen', budget: { ...STRANGER, crashes: 1 }, breaks: 'I1', steps: 12 },
  { defect: 'flannelIsNoLoss', budget: STRANGER, breaks: 'B03', steps: 8 },
  { defect: 'revokesInDoubt', budget: { losses: 2, late: 2 }, breaks: 'I1', steps: 14 },
  { defect: 'failureIsLoss', budget: { losses: 1 }, breaks: 'I4', steps: 4 },
];

test.each(MUTANTS)(
  'a protocol with the defect $defect breaks $breaks in $steps steps',
  ({ defect, breaks, steps, nodes = [false, false], ...question }) => {
    const result = explore({
      ...question,
      wide: nodes,
      budget: budget(question.budget),
      depth: steps + 2,
      defects: { [defect]: true },
    });
    expect([result.finding?.invariant, result.finding?.trace.length]).toEqual([breaks, steps]);
  },
);

test('a violation is told as the shortest way there, a line for each step', () => {
  const result = explore({ budget: NOTHING, depth: 10, defects: { plainPut: true } });
  expect(report(result).split('\n')).toEqual([
    "I2: node 1 carried out its create over 10.6.2.0-24, which is node 0's",
    '1. node 0 call: list -> holds nothing, waits for grant',
    '2. node 0 call: grant -> holds nothing, waits for write (create 10.6.2.0-24 on lease 1)',
    '3. node 1 call: list -> holds nothing, waits for grant',
    '4. node 0 call: write (create 10.6.2.0-24 on lease 1) -> holds 10.6.2.0-24 on lease 1',
    '5. node 1 call: grant -> holds nothing, waits for write (create 10.6.2.0-24 on lease 2)',
    '6. node 1 call: write (create 10.6.2.0-24 on lease 2) -> holds 10.6.2.0-24 on lease 2',
  ]);
});

const holders = ({ nodes }: World): number => nodes.filter(({ held }) => held !== undefined).length;

const GOALS: readonly [string, Partial<Budget>, (world: World) => boolean][] = [
  ['two nodes hold a subnet each', {}, (world) => holders(world) === 2],
  [
    'a subnet goes to another node when its time is over, and the first still believes in it',
    { ticks: 2 },
    ({ nodes, keys }) => nodes.some(({ held }, id) => held !== undefined && keys[held.key]?.owner === 1 - id),
  ],
];

test.each(GOALS)('the search sees what it is about: %s', (_, changes, goal) => {
  const result = explore({ budget: budget(changes), depth: 20, goal });
  expect(result.finding?.invariant).toBe('goal');
});

test('B02 subnets of two lengths never overlap, whoever is faster', () => {
  const result = explore({ budget: budget({ ticks: 2 }), depth: 9, wide: [false, false, true] });
  expect(report(result)).toBe('no violation');
  const wide = explore({
    budget: NOTHING,
    depth: 9,
    wide: [false, false, true],
    goal: ({ nodes }) => nodes[2]?.held?.key === WIDE,
  });
  expect(wide.finding?.trace).toHaveLength(3);
});
