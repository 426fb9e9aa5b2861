import { etcd } from './etcd.mjs';
import { host } from './host.mjs';
import { kernel } from './kernel.mjs';
import { leases } from './leases.mjs';
import { ownLease } from './own-lease.mjs';

/**
 * Known defects of Flannel, re-created in our code. Each replaces the text `find`, which is in `file` exactly once, by `put`; the unit
 * tests of `tests` (only those with `name` in their names, if it is given) must fail then. `entries`: what the defect is known by.
 *
 * @type {readonly {
 *   readonly id: string, readonly entries: readonly string[], readonly flannel: string, readonly file: string,
 *   readonly find: string, readonly put: string, readonly tests: readonly string[], readonly name?: string,
 * }[]}
 */
export const mutants = [...etcd, ...leases, ...ownLease, ...kernel, ...host];
