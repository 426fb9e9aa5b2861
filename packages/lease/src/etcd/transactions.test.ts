import { CompareResult, CompareTarget } from 'etcd3';
import type { ICompare, ITxnRequest } from 'etcd3';
import fc from 'fast-check';
import { createRequest, removeRequest, replaceRequest } from './transactions.js';

interface Stored {
  readonly create: number;
  readonly mod: number;
  readonly value: string;
}

/** Keys of a store, with their revisions. */
type Store = Readonly<Record<string, Stored>>;

const ABSENT: Stored = { create: 0, mod: 0, value: '' };
const text = (bytes: Buffer | undefined): string => String(bytes);

/** One comparison as etcd makes it (applyCompare): of every key of its range, or of nothing with revision 0; a value that is absent equals none. */
function isTrue(compare: ICompare, store: Store): boolean {
  const [from, end] = [text(compare.key), compare.range_end && text(compare.range_end)];
  const found = Object.entries(store).filter(([key]) =>
    end === undefined ? key === from : key >= from && key < end,
  );
  if (found.length === 0 && compare.target === CompareTarget.Value) return false;
  const values = found.length === 0 ? [ABSENT] : found.map(([, stored]) => stored);
  return values.every((stored) => holds(compare, stored));
}

function holds(compare: ICompare, { create, mod, value }: Stored): boolean {
  if (compare.target === CompareTarget.Value) return text(compare.value) === value;
  const [actual, given] =
    compare.target === CompareTarget.Create ? [create, compare.create_revision] : [mod, compare.mod_revision];
  return compare.result === CompareResult.Less ? actual < Number(given) : actual === Number(given);
}

const succeeds = ({ compare = [] }: ITxnRequest, store: Store): boolean =>
  compare.every((one) => isTrue(one, store));

const DIR = '/n/subnets/';
const MINE = `${DIR}10.5.4.0-24`;
const write = { key: MINE, value: 'new', etcdLease: '7' };
const stored = (mod: number, value = 'old', create = mod): Stored => ({ create, mod, value });

test.each<[string, Store, boolean]>([
  ['nothing is there', {}, true],
  ['all keys are as listed', { [`${DIR}10.5.1.0-24`]: stored(9), [`${DIR}10.5.2.0-24`]: stored(10) }, true],
  ['the key is there', { [MINE]: stored(5) }, false],
  ['an overlapping key of another length came after the list', { [`${DIR}10.5.0.0-21`]: stored(11) }, false],
  ['any key came after the list', { [`${DIR}10.5.9.0-24`]: stored(11) }, false],
  ['a key was written again after the list', { [`${DIR}10.5.9.0-24`]: stored(12, 'x', 3) }, false],
  [
    'something beside the directory was written',
    { '/n/config': stored(99), '/n/subnets-x/a': stored(99) },
    true,
  ],
])(
  'B02 I1 a lease is created only if the list it was chosen from, of revision 10, is still true: %s',
  (_when, store, created) => {
    expect(succeeds(createRequest(write, DIR, '10'), store)).toBe(created);
  },
);

const stores = fc.dictionary(
  fc.constantFrom(MINE, `${DIR}10.5.0.0-21`, `${DIR}10.5.9.0-24`, '/n/config'),
  fc.record({
    create: fc.integer({ min: 1, max: 9 }),
    mod: fc.integer({ min: 9, max: 14 }),
    value: fc.constantFrom('old', 'x'),
  }),
);

test('B04 I2 a key is replaced or deleted only while it is the write that we know', () => {
  fc.assert(
    fc.property(stores, fc.integer({ min: 9, max: 14 }), (store, known) => {
      const mine = store[MINE];
      const isOurs = mine?.mod === known;
      expect(succeeds(replaceRequest(write, String(known)), store)).toBe(isOurs);
      expect(succeeds(removeRequest(MINE, String(known)), store)).toBe(isOurs);
      const same = isOurs && mine.value === 'old';
      expect(succeeds(replaceRequest(write, String(known), 'old'), store)).toBe(same);
    }),
  );
});

test.each<[string, Stored | undefined]>([
  ['another host wrote it since', stored(11, 'theirs', 5)],
  ['it was deleted', undefined],
  ['a restored store has another value at that revision (A17)', stored(10, 'theirs', 5)],
])('B04 I2 a key is not replaced when %s', (_when, mine) => {
  const request = replaceRequest(write, '10', 'old');
  expect(succeeds(request, { [MINE]: stored(10) })).toBe(true);
  expect(succeeds(request, mine === undefined ? {} : { [MINE]: mine })).toBe(false);
});
