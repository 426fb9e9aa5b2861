const LEASE = 'packages/overlayd/src/lease';

/** How a Flannel daemon acquires, keeps and loses its own lease. */
export const ownLease = [
  {
    id: 'A16-renewal-is-a-write',
    entries: ['A16', 'B14'],
    flannel:
      'a renewal grants another etcd lease: the one before is left behind, and a full database ends renewing',
    file: `${LEASE}/renewal.ts`,
    find: '      const ttl = await deps.store.keepAlive(etcdLease);',
    put: '      await deps.store.grant(ttlSeconds);\n      const ttl = await deps.store.keepAlive(etcdLease);',
    tests: [`${LEASE}/renewal.test.ts`],
  },
  {
    id: 'A20-loss-unnoticed',
    entries: ['A20', 'B13'],
    flannel:
      'a lease that is gone from etcd is never acquired again: a daemon without a lease, or none at all',
    file: `${LEASE}/keeper.ts`,
    find: '    this.deps.onLost(reason, loss);',
    put: "    if (loss === 'rewritten') this.deps.onLost(reason, loss);",
    tests: [`${LEASE}/keeper.test.ts`],
  },
  {
    id: 'A25-one-failure-ends-renewing',
    entries: ['A25'],
    flannel: 'one call that fails ends the renewing; the daemon goes on until its subnet is given away',
    file: `${LEASE}/renewal.ts`,
    find: '      waitMs = RETRY_MS * (1 + clock.random());',
    put: '      return;',
    tests: [`${LEASE}/renewal.test.ts`],
  },
  {
    id: 'B01-lost-race-exits',
    entries: ['B01'],
    flannel: 'who loses a race for a subnet does not try the next one, but ends',
    file: `${LEASE}/acquire.ts`,
    find: 'const RACES = 30;',
    put: 'const RACES = 1;',
    tests: [`${LEASE}/acquire.test.ts`],
  },
  {
    id: 'B06-public-address-shared',
    entries: ['B06'],
    flannel:
      'a host with the public address of another one takes that one’s lease for its own: both have one subnet',
    file: 'packages/lease/src/allocation.ts',
    find: '  if (rival !== undefined) return conflict(rival);',
    put: "  if (rival?.etcdLease === '0') return conflict(rival);",
    tests: ['packages/lease/src/allocation.test.ts'],
  },
  {
    id: 'B12-reservation-destroyed',
    entries: ['B12'],
    flannel: 'a reservation, a key without a TTL, becomes an ordinary lease at the next restart',
    file: `${LEASE}/acquire.ts`,
    find: "raw.etcdLease === '0' ? FOR_EVER : await this.termOf(raw.etcdLease);",
    put: "raw.etcdLease === '' ? FOR_EVER : await this.termOf(raw.etcdLease);",
    tests: [`${LEASE}/acquire.test.ts`],
  },
  {
    id: 'B14-lease-left-per-start',
    entries: ['B14'],
    flannel: 'each start grants an etcd lease of its own, and the one before stays without a key',
    file: `${LEASE}/acquire.ts`,
    find: '    if (ttlSeconds !== this.request.ttlSeconds) return this.grant();',
    put: '    if (ttlSeconds >= 0) return this.grant();',
    tests: [`${LEASE}/acquire.test.ts`],
  },
  {
    id: 'B14-moved-lease-left',
    entries: ['B14'],
    flannel: 'the etcd lease that a key moved off is never revoked',
    file: `${LEASE}/acquire.ts`,
    find: '      if (!used.has(id)) await this.deps.store.revoke(id).catch(() => undefined);',
    put: '      if (used.has(id)) continue;',
    tests: [`${LEASE}/acquire.test.ts`],
  },
  {
    id: 'C17-mixed-stack',
    entries: ['C17'],
    flannel: 'single-stack and dual-stack leases meet in one network, and daemons panic or freeze',
    file: 'packages/lease/src/allocation.ts',
    find: 'const mixed = request.allowMixed === true ? undefined : mixedWith(others, config);',
    put: 'const mixed = request.allowMixed === false ? mixedWith(others, config) : undefined;',
    tests: ['packages/lease/src/allocation.test.ts'],
  },
];
