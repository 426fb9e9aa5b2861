import fc from 'fast-check';
import type { Compare, KeyRange, Operation, TxnRequest } from '../../src/model/kv-model.js';
import type { Request } from './requests.js';

const KEYS = ['a', 'b', 'c', 'd'];
const LEASES = 3;
/** All keys of a history. */
export const ALL: KeyRange = { key: 'a', end: '~' };

/** Operands that count revisions count back from the one that is now; those that are leases count leases, 0 being none. */
interface StepCompare {
  readonly range: KeyRange;
  readonly target: Compare['target'];
  readonly relation: Compare['relation'];
  readonly operand: number;
  readonly value: string;
}

type StepChange =
  | { readonly put: { readonly key: string; readonly value: string; readonly lease: number } }
  | Exclude<Operation, { readonly put: unknown }>;

interface StepTxn {
  readonly compares: readonly StepCompare[];
  readonly success: readonly StepChange[];
  readonly failure: readonly StepChange[];
}

/** One step of a history, whatever the revision it comes at. `back` counts revisions; below 0 they are not there yet. */
type Step =
  | { readonly do: 'put'; readonly key: string; readonly value: string; readonly lease: number }
  | { readonly do: 'delete'; readonly range: KeyRange }
  | { readonly do: 'range'; readonly range: KeyRange; readonly limit: number; readonly back: number | null }
  | { readonly do: 'txn'; readonly txn: StepTxn }
  | { readonly do: 'grant'; readonly lease: number; readonly ttl: number }
  | { readonly do: 'revoke' | 'keepAlive' | 'timeToLive'; readonly lease: number }
  | { readonly do: 'compact'; readonly back: number };

export type Act =
  | { readonly step: Step; readonly full: boolean }
  | {
      readonly watch: KeyRange;
      readonly back: number;
      /** That revision is compacted first: the watch begins at the edge of history. */
      readonly atEdge: boolean;
    };

const as = <T extends string>(word: T): fc.Arbitrary<T> => fc.constant(word);
const key = fc.constantFrom(...KEYS);
const value = fc.constantFrom('', 'u', 'v', 'w');
const lease = fc.integer({ min: 0, max: LEASES });
const someLease = fc.integer({ min: 1, max: LEASES });
const single = key.map((one): KeyRange => ({ key: one }));
const range = fc.oneof(
  single,
  fc.constantFrom<KeyRange>(ALL, { key: 'b', end: 'd' }, { key: 'd', end: 'b' }),
);
const back = fc.integer({ min: -2, max: 12 });
const limit = fc.integer({ min: 0, max: 3 });

const compare: fc.Arbitrary<StepCompare> = fc.record({
  range,
  target: fc.constantFrom('Version', 'Create', 'Mod', 'Value', 'Lease'),
  relation: fc.constantFrom('Equal', 'NotEqual', 'Greater', 'Less'),
  operand: fc.integer({ min: -1, max: 12 }),
  value,
});

const changeOf = (one: string): fc.Arbitrary<StepChange> =>
  fc.oneof(
    fc.record({ value, lease }).map((put) => ({ put: { key: one, ...put } })),
    fc.constant({ delete: { key: one } }),
    limit.map((most) => ({ range: { ...ALL, limit: most } })),
  );

/** etcd refuses a transaction that changes a key twice. */
const changes = fc
  .subarray(KEYS, { maxLength: 3 })
  .chain((keys) => fc.tuple(...keys.map(changeOf)))
  .map((all): readonly StepChange[] => all);

const txn: fc.Arbitrary<StepTxn> = fc.record({
  compares: fc.array(compare, { maxLength: 3 }),
  success: changes,
  failure: changes,
});

const STEPS: readonly (readonly [weight: number, fc.Arbitrary<Step>])[] = [
  [6, fc.record({ do: as('put'), key, value, lease })],
  [3, fc.record({ do: as('delete'), range })],
  [3, fc.record({ do: as('range'), range, limit, back: fc.oneof(back, fc.constant(null)) })],
  [6, fc.record({ do: as('txn'), txn })],
  [3, fc.record({ do: as('grant'), lease: someLease, ttl: fc.constantFrom(60, 600, 86_400) })],
  [4, fc.record({ do: fc.constantFrom('revoke', 'keepAlive', 'timeToLive'), lease: someLease })],
  [1, fc.record({ do: as('compact'), back: fc.integer({ min: -1, max: 6 }) })],
];

const step = fc.oneof(...STEPS.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const WATCHED = fc.oneof(single, fc.constantFrom<KeyRange>(ALL, { key: 'b', end: 'd' }));

/** Histories of requests; some find the store full. */
export const histories: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: step.map((one) => ({ step: one, full: false })) },
    { weight: 1, arbitrary: step.map((one) => ({ step: one, full: true })) },
    { weight: 4, arbitrary: fc.record({ watch: WATCHED, back, atEdge: fc.boolean() }) },
  ),
  { minLength: 5, maxLength: 40, size: 'max' },
);

/** Where a history takes place. */
export interface Place {
  readonly prefix: string;
  readonly revision: number;
  /** Of its first lease. */
  readonly leaseBase: number;
}

export const under = ({ prefix }: Place, { key: first, end }: KeyRange): KeyRange => ({
  key: prefix + first,
  ...(end !== undefined && { end: prefix + end }),
});

/** A revision, counted back from now. What is not above 0 means now to etcd. */
export const revisionAt = ({ revision }: Place, counted: number): number => Math.max(revision - counted, 1);

const leaseOf = ({ leaseBase }: Place, n: number): string => (n <= 0 ? '0' : String(leaseBase + n));

function compareAt(
  place: Place,
  { range: keys, target, relation, operand, value: text }: StepCompare,
): Compare {
  const base = { ...under(place, keys), relation };
  if (target === 'Value') return { ...base, target, operand: text };
  if (target === 'Lease') return { ...base, target, operand: leaseOf(place, operand) };
  const counted = target === 'Version' ? operand : place.revision - operand;
  return { ...base, target, operand: Math.max(counted, 0) };
}

function changeAt(place: Place, change: StepChange): Operation {
  if ('put' in change) {
    const { key: one, value: text, lease: n } = change.put;
    return { put: { key: place.prefix + one, value: text, lease: leaseOf(place, n) } };
  }
  if ('delete' in change) return { delete: under(place, change.delete) };
  return { range: { ...change.range, ...under(place, change.range) } };
}

const txnAt = (place: Place, { compares, success, failure }: StepTxn): TxnRequest => ({
  compares: compares.map((one) => compareAt(place, one)),
  success: success.map((one) => changeAt(place, one)),
  failure: failure.map((one) => changeAt(place, one)),
});

/** The step as a request, at the revision that is now. */
export function requestAt(place: Place, one: Step): Request {
  switch (one.do) {
    case 'put':
      return { ...one, key: place.prefix + one.key, lease: leaseOf(place, one.lease) };
    case 'delete':
      return { do: one.do, range: under(place, one.range) };
    case 'range': {
      const revision = one.back === null ? 0 : revisionAt(place, one.back);
      return { do: one.do, range: { ...under(place, one.range), limit: one.limit, revision } };
    }
    case 'txn':
      return { do: one.do, txn: txnAt(place, one.txn) };
    case 'grant':
      return { ...one, lease: leaseOf(place, one.lease) };
    case 'compact':
      return { do: one.do, revision: revisionAt(place, one.back) };
    default:
      return { ...one, lease: leaseOf(place, one.lease) };
  }
}
