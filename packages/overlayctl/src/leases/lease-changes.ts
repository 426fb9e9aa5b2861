import type { LeaseEntry, LeaseView } from './entry.js';

/** One line of `lease watch`: a stable contract. `lease` is as it is now, or as it last was when it is removed. */
export interface LeaseChange {
  readonly type: 'added' | 'changed' | 'removed';
  readonly revision: string;
  readonly lease: LeaseEntry;
}

/** What is different between two views, in the order of their keys. */
export function leaseChanges(before: LeaseView, after: LeaseView): LeaseChange[] {
  const { revision } = after;
  const old = new Map(before.leases.map((lease) => [lease.name, lease]));
  const now = new Set(after.leases.map(({ name }) => name));
  const put = after.leases.flatMap((lease): LeaseChange[] => {
    const was = old.get(lease.name);
    if (was === undefined) return [{ type: 'added', revision, lease }];
    return same(was, lease) ? [] : [{ type: 'changed', revision, lease }];
  });
  const gone = before.leases.filter(({ name }) => !now.has(name));
  return [...put, ...gone.map((lease): LeaseChange => ({ type: 'removed', revision, lease }))];
}

function same(a: LeaseEntry, b: LeaseEntry): boolean {
  return a.modRevision === b.modRevision && a.state === b.state && a.reason === b.reason && a.own === b.own;
}
