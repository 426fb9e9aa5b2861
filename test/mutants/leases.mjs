const LEASE = 'packages/lease/src';
const LOOP = 'packages/overlayd/src/loop';

/** What a Flannel daemon makes of the keys of the others. */
export const leases = [
  {
    id: 'C08-bad-key-is-empty-snapshot',
    entries: ['C08', 'I4', 'I5'],
    flannel:
      'an event that cannot be read is passed on as a snapshot without leases: one bad key and all peers go',
    file: `${LEASE}/lease-set.ts`,
    find: "      if (event.type === 'put') this.put(event.lease);\n",
    put: `      if (event.type === 'put' && isProblem(readCandidate(event.lease, this.policy)))
        return this.applySnapshot({ leases: [], revision: event.lease.modRevision });
      if (event.type === 'put') this.put(event.lease);
`,
    tests: [`${LEASE}/lease-set.test.ts`],
  },
  {
    id: 'C10-sloppy-key',
    entries: ['C10'],
    flannel:
      'a key counts as a lease if it only ends like one: subnets/x10.5.2.0-24, host bits, nested folders',
    file: `${LEASE}/lease-name.ts`,
    find: `  const subnets = name.length <= MAX_NAME ? readName(name) : undefined;
  if (subnets !== undefined && formatLeaseName(subnets) === name) return subnets;`,
    put: `  const [end = name] = FLANNEL_KEY.exec(name) ?? [];
  const subnets = readName(end);
  if (subnets !== undefined) return subnets;`,
    tests: [`${LEASE}/lease-set.test.ts`],
  },
  {
    id: 'A19-wiped-etcd-believed',
    entries: ['A19', 'I4'],
    flannel: 'an etcd that was wiped and started empty withdraws every peer',
    file: `${LOOP}/removal-hold.ts`,
    find: 'const suspect = holdMs > 0 && used >= FEWEST && missing.length * 2 > used;',
    put: 'const suspect = holdMs > 0 && used >= FEWEST && missing.length > used;',
    tests: [`${LOOP}/removal-hold.test.ts`, `${LOOP}/lease-book.test.ts`],
  },
  {
    id: 'D10-list-blind-to-values',
    entries: ['D10'],
    flannel: 'a list after a gap skips leases whose subnet is known: another address or MAC is never applied',
    file: `${LEASE}/lease-set.ts`,
    find: 'for (const raw of snapshot.leases) this.replace(raw.name, this.entryFor(raw));',
    put: 'for (const raw of snapshot.leases)\n      if (!this.entries.has(raw.name)) this.replace(raw.name, this.entryFor(raw));',
    tests: [`${LOOP}/lease-book.test.ts`],
  },
  {
    id: 'D10-own-lease-is-a-peer',
    entries: ['D10'],
    flannel: 'the own lease in a list is handled as a peer: a tunnel to itself',
    file: `${LOOP}/lease-book.ts`,
    find: '  *used(): Iterable<Lease> {\n',
    put: '  *used(): Iterable<Lease> {\n    if (this.complete) return yield* this.all();\n',
    tests: [`${LOOP}/lease-book.test.ts`],
  },
  {
    id: 'C02-bad-config-is-none',
    entries: ['C02'],
    flannel: 'a network config that cannot be read any more is used as none at all (nil, and a crash)',
    file: `${LOOP}/network-config.ts`,
    find: '    } catch (error) {\n      this.error =',
    put: '    } catch (error) {\n      this.running = undefined;\n      this.latest = undefined;\n      this.error =',
    tests: [`${LOOP}/network-config.test.ts`],
  },
  {
    id: 'C11-hostile-subnet',
    entries: ['C11', 'I6'],
    flannel: 'any subnet in a lease becomes a route: 128.0.0.0/1, the LAN, somebody else’s network',
    file: `${LEASE}/lease-rules.ts`,
    find: "  if (pool === undefined) return problem('OVL_LEASE_SUBNET', `${family} is off in the network config`);",
    put: "  if (pool === undefined) return problem('OVL_LEASE_SUBNET', `${family} is off in the network config`);\n  if (pool.subnetLen >= 0) return undefined;",
    tests: [`${LEASE}/lease-set.test.ts`],
  },
  {
    id: 'C11-over-own-subnet',
    entries: ['C11', 'I6'],
    flannel: 'a lease may lie over the host’s own subnet, and takes its containers’ traffic away',
    file: `${LEASE}/lease-rules.ts`,
    find: '  if (ownSubnet !== undefined) {',
    put: '  if (ownSubnet !== undefined && ownSubnet.length === 0) {',
    tests: [`${LEASE}/lease-set.test.ts`],
  },
  {
    id: 'C11-last-check-missing',
    entries: ['C11', 'I6'],
    flannel: 'nothing stands between a plan and the kernel: what a fault in the plan asks for is written',
    file: 'packages/dataplane/src/safety.ts',
    find: '  if (!insideNetworks(inner, networks))\n    return',
    put: '  if (networks.length === 0)\n    return',
    tests: ['packages/dataplane/src/safety.test.ts'],
  },
  {
    id: 'C12-overlap-accepted',
    entries: ['C12'],
    flannel: 'of overlapping leases each is programmed, and the last one to arrive wins',
    file: `${LEASE}/claim-index.ts`,
    find: 'if (!holds(other, half) || compareAge(other, candidate) >= 0) continue;',
    put: 'if (other.raw.name.length > 0 || compareAge(other, candidate) >= 0) continue;',
    tests: [`${LEASE}/lease-set.test.ts`],
  },
  {
    id: 'C13-foreign-mac',
    entries: ['C13'],
    flannel: 'a lease with the VTEP MAC of another host redirects all of that host’s traffic',
    file: `${LEASE}/lease-candidate.ts`,
    find: '    ...macs.map((mac) => `IPv4 VTEP MAC ${mac}`),\n',
    put: '    ...macs.filter((mac) => mac.length === 0),\n',
    tests: [`${LEASE}/lease-set.test.ts`],
  },
  {
    id: 'C13-zero-and-group-mac',
    entries: ['C13'],
    flannel:
      'a zero or multicast MAC is written to the forwarding table, where zero means every unknown destination',
    file: `${LEASE}/lease-rules.ts`,
    find: "  return mac !== '00:00:00:00:00:00' && Number.parseInt(mac.slice(0, 2), 16) % 2 === 0;",
    put: '  return mac.length === 17;',
    tests: [`${LEASE}/lease-set.test.ts`],
  },
  {
    id: 'C14-shared-public-address',
    entries: ['C14', 'B06'],
    flannel: 'two leases with one public address are both used',
    file: `${LEASE}/lease-candidate.ts`,
    find: '    `public address ${formatAddress(attributes.publicIp)}`,\n',
    put: '',
    tests: [`${LEASE}/lease-set.test.ts`],
  },
  {
    id: 'C17-ipv6-half-missing',
    entries: ['C17'],
    flannel: 'a peer of which one family is missing brings the other down',
    file: 'packages/overlayd/src/backends/vxlan-plan.ts',
    find: '  if (address === undefined || (subnet.family === 6 && v6Data === undefined)) return undefined;',
    put: '  if (address === undefined) return undefined;',
    tests: ['packages/overlayd/src/backends/vxlan.test.ts'],
  },
  {
    id: 'I5-one-bad-peer-ends-the-pass',
    entries: ['I5', 'F11'],
    flannel: 'what cannot be done for one peer ends the work for all of them',
    file: 'packages/overlayd/src/plan/plan.ts',
    find: '      if (!(error instanceof OverlayError)) throw error;\n      refused ??= error.message;',
    put: '      if (error instanceof OverlayError) throw error;\n      refused ??= String(error);',
    tests: ['packages/overlayd/src/plan/plan.test.ts'],
  },
];
