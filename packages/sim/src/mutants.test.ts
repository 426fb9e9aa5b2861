import { MUTANTS } from './mutants.js';
import type { Action } from './nemesis/model.js';
import { run, type ClusterSize } from './run.js';

const MINUTE_MS = 60_000;
const SMALL: ClusterSize = { nodes: 3, ttlSeconds: 60, subnets: 3 };
const LARGE: ClusterSize = { nodes: 5, ttlSeconds: 600, subnets: 8 };

jest.setTimeout(180_000);

let salt = 0;
const at = (minutes: number, kind: string, node = 1, forMinutes = 0.1): Action => ({
  ...{ kind, node, salt: (salt += 1) },
  atMs: minutes * MINUTE_MS,
  forMs: forMinutes * MINUTE_MS,
});

/** Draws that nothing is kept. */
const ALL_HISTORY = 1;

const BAD = Array.from({ length: 20 }, () => at(1, 'bad-key'));
const OVERWRITTEN = Array.from({ length: 10 }, () => at(1, 'foreign-lease'));
/** Keys are overwritten in the very moment in which their nodes write them again, as another backend is asked for. */
const REWRITTEN = [1.1, 1.3, 1.5].flatMap((minute) => [
  at(minute, 'config'),
  ...Array.from({ length: 30 }, (_, n) => at(minute + (n + 1) / 2 / MINUTE_MS, 'foreign-lease')),
]);

/** One member is 26 s behind, which may go unnoticed; nodes have to look for another member again and again, and find that one too. */
const STALE = [
  { ...at(1, 'member-behind', 1, 18), salt: 11 },
  ...Array.from({ length: 180 }, (_, n) => at(2 + n / 12, 'bad-key')),
  ...Array.from({ length: 14 }, (_, n) => 3 + n).flatMap((minute) =>
    [1, 2, 3].map((node) => at(minute, 'partition', node, 0.3)),
  ),
];
/** The first that a node was not told of is a deletion, and is compacted; what comes later it is told. */
const EDGE = [
  ...[at(2, 'pause', 2, 2), at(2, 'partition', 1, 0.5), at(2.3, 'delete-key', 2)],
  { ...at(2.4, 'compact'), salt: ALL_HISTORY },
  at(2.6, 'bad-key'),
];
/** What was there after the backup is gone, and nobody deleted it. */
const RESTORED = [...OVERWRITTEN, at(2, 'restore')];
/** The lease of a node ends while it sleeps, and Flannel has its subnet until all is mended. */
const TAKEN = [at(1, 'suspend', 1, 4), ...Array.from({ length: 10 }, () => at(3, 'foreign-lease'))];
const POWER = [1, 3, 5, 7, 9].flatMap((minute) =>
  [1, 2, 3].map((node) => at(minute, 'power-loss', node, 0.5)),
);

/** Which invariant notices which fault of a daemon, and what has to happen for it. */
const CASES: readonly (readonly [string, string, ClusterSize, readonly Action[]])[] = [
  ['plain-put', 'I2', SMALL, REWRITTEN],
  ['no-renewal', 'I12', SMALL, []],
  ['empty-on-error', 'I4', SMALL, [at(12, 'partition', 1, 1)]],
  ['no-hold-down', 'I4', LARGE, [at(12, 'etcd-wiped')]],
  ['stop-at-bad-key', 'I5', SMALL, [...BAD, at(2, 'wipe', 2), at(2.5, 'wipe', 3)]],
  ['no-deadline', 'I1', SMALL, [at(1, 'suspend', 1, 20), at(4, 'wipe', 2), at(4, 'wipe', 3)]],
  ['obeys-hostile-lease', 'I6', SMALL, []],
  ['writes-again', 'I10', SMALL, []],
  ['local-reads', 'I4', SMALL, STALE],
  ['misses-restore', 'I13', SMALL, RESTORED],
  ['local-reads-without-leader', 'I13', SMALL, [at(1, 'member-alone', 1, 19), at(2, 'foreign-lease')]],
  ['edge-of-history', 'I13', SMALL, EDGE],
  ['no-file-sync', 'I9', SMALL, POWER],
  ['no-folder-sync', 'I9', SMALL, POWER],
  ['no-fence', 'B03', SMALL, TAKEN],
  ['never-opens-fence', 'B03', SMALL, TAKEN],
  ['fences-itself', 'B03', SMALL, []],
  ['leaves-routes', 'I11', { ...SMALL, subnets: 8 }, [at(1, 'kill', 3, 20), at(5, 'wipe', 2)]],
];

/** What of a story takes place is a matter of the seed too: one of some shows it. */
const SEEDS = [4, 5, 6, 7];

test.each(CASES)('a daemon with the fault %s breaks %s', async (name, invariant, cluster, actions) => {
  const found: unknown[] = [];
  for (const seed of SEEDS) {
    const { violation } = await run({ seed, days: 0.3, cluster, plan: [actions], mutation: MUTANTS[name]! });
    found.push(violation?.invariant);
    if (violation !== undefined) break;
  }
  expect(found.at(-1)).toBe(invariant);
});

test.each(CASES)('without the fault %s the same story breaks nothing', async (_, __, cluster, actions) => {
  const found = await run({ seed: 4, days: 0.3, cluster, plan: [actions] });
  expect(found.violation).toBeUndefined();
});
