import type { Compare, KeyValue } from './kv-model.js';

/** What a key that is not there compares as, but for its value, which compares as nothing at all. */
const ABSENT = { version: 0, createRevision: 0, modRevision: 0, lease: '0' };

const signOf = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

function order(compare: Compare, kv: KeyValue | undefined): number | undefined {
  const { version, createRevision, modRevision, lease } = kv ?? ABSENT;
  switch (compare.target) {
    case 'Version':
      return signOf(version, compare.operand);
    case 'Create':
      return signOf(createRevision, compare.operand);
    case 'Mod':
      return signOf(modRevision, compare.operand);
    case 'Lease':
      return signOf(BigInt(lease), BigInt(compare.operand));
    case 'Value':
      return kv === undefined ? undefined : signOf(kv.value, compare.operand);
  }
}

function one(compare: Compare, kv: KeyValue | undefined): boolean {
  const sign = order(compare, kv);
  if (sign === undefined) return false;
  switch (compare.relation) {
    case 'Equal':
      return sign === 0;
    case 'NotEqual':
      return sign !== 0;
    case 'Greater':
      return sign > 0;
    case 'Less':
      return sign < 0;
  }
}

/** Whether a compare holds for all keys of its range; for a range without keys it is asked of one that is not there. */
export function holds(compare: Compare, kvs: readonly KeyValue[]): boolean {
  return kvs.length === 0 ? one(compare, undefined) : kvs.every((kv) => one(compare, kv));
}
