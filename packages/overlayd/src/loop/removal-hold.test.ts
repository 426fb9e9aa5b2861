import fc from 'fast-check';
import { peer, rawOf } from '../../test/support/hosts.js';
import { holdRemovals, type HeldLease, type HoldInput } from './removal-hold.js';

const HOLD_MS = 600_000;
const leases = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => rawOf(peer(from + index)));
const decide = (changes: Partial<HoldInput>): string[] => [
  ...holdRemovals({ missing: [], used: 0, held: new Map(), nowMs: 0, holdMs: HOLD_MS, ...changes }).keys(),
];
const since = (sinceMs: number, from: number, count: number): Map<string, HeldLease> =>
  new Map(leases(from, count).map((lease) => [lease.name, { lease, sinceMs }]));

test.each<[number, number, boolean]>([
  [2, 2, false],
  [1, 3, false],
  [2, 3, true],
  [3, 3, true],
  [2, 4, false],
  [3, 4, true],
  [100, 200, false],
  [101, 200, true],
])('I4 a list that lacks %d of %d peers: held %s', (missing, used, held) => {
  const kept = decide({ missing: leases(1, missing), used });
  expect(kept).toHaveLength(held ? missing : 0);
});

test('without a hold-down every list is believed', () => {
  expect(decide({ missing: leases(1, 3), used: 3, holdMs: 0 })).toEqual([]);
});

test('A19 what was held goes with a list at least the hold-down later, not before', () => {
  const missing = leases(1, 3);
  const held = since(1000, 1, 3);
  expect(decide({ missing, used: 3, held, nowMs: 1000 + HOLD_MS - 1 })).toHaveLength(3);
  expect(decide({ missing, used: 3, held, nowMs: 1000 + HOLD_MS })).toEqual([]);
});

test('A19 peers that come back leave the others their hold-down; a peer that goes later goes at once', () => {
  const held = since(0, 1, 4);
  const missing = [...leases(1, 1), ...leases(9, 1)];
  expect(decide({ missing, used: 5, held, nowMs: 1000 })).toEqual(['10.5.1.0-24']);
});

test('I4 nothing is held that the list has, and nothing longer than two lists that are a hold-down apart', () => {
  const step = fc.record({
    missing: fc.uniqueArray(fc.integer({ min: 1, max: 9 })),
    afterMs: fc.integer({ min: 1, max: HOLD_MS }),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let held: ReturnType<typeof holdRemovals> = new Map();
      let nowMs = 0;
      for (const { missing, afterMs } of steps) {
        nowMs += afterMs;
        const lacking = missing.flatMap((n) => leases(n, 1));
        held = holdRemovals({ missing: lacking, used: 9, held, nowMs, holdMs: HOLD_MS });
        const names = lacking.map(({ name }) => name);
        for (const [name, { sinceMs }] of held) {
          expect(names).toContain(name);
          expect(nowMs - sinceMs).toBeLessThan(HOLD_MS);
        }
      }
    }),
  );
});
