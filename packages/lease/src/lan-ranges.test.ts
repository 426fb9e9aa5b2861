import { formatPrefix, parseIpv4 } from '@overlay/cidr';

import { chooseLease } from './allocation.js';
import { excludedRanges } from './lan-ranges.js';
import { LeaseSet } from './lease-set.js';
import type { Json, RawLease } from './model.js';
import { parseNetworkConfig } from './network-config.js';

const config = (exclude: readonly string[] = [], type = 'bridge') =>
  parseNetworkConfig(
    JSON.stringify({
      Network: '192.168.28.0/24',
      SubnetLen: 26,
      SubnetMin: '192.168.28.0',
      Backend: { Type: type, Exclude: exclude },
    }),
  );

const lease = (name: string, publicIp: string): RawLease => ({
  name,
  value: JSON.stringify({ PublicIP: publicIp, PublicIPv6: null, BackendType: 'bridge' }),
  createRevision: '5',
  modRevision: '5',
  etcdLease: '9',
});

interface Choice {
  readonly exclude?: readonly string[];
  readonly leases?: readonly RawLease[];
  readonly publicIp?: string;
  readonly reserved?: readonly string[];
  readonly type?: string;
}

/** Every range that chance could pick. */
function possible({
  exclude,
  leases = [],
  publicIp = '192.168.28.5',
  reserved = [],
  type,
}: Choice): string[] {
  const found = new Set<string>();
  for (let pick = 0; pick < 4; pick++) {
    const decision = chooseLease({
      config: config(exclude, type),
      leases,
      publicIp: parseIpv4(publicIp),
      nodeId: 'n1',
      reserved: reserved.flatMap((entry) => excludedRanges({ Exclude: [entry] })),
      random: (bound) => Math.min(pick, bound - 1),
    });
    found.add(decision.kind === 'create' ? formatPrefix(decision.subnets.subnet) : decision.kind);
  }
  return [...found].sort();
}

test('excluded ranges, the router and hosts` addresses are in no range', () => {
  const leases = [lease('192.168.28.128-26', '192.168.28.66')];
  expect(possible({ exclude: ['192.168.28.192-192.168.28.254'], reserved: ['192.168.28.2'] })).toEqual([
    '192.168.28.128/26',
    '192.168.28.64/26',
  ]);
  expect(possible({ leases, reserved: ['192.168.28.2'] })).toEqual(['192.168.28.192/26']);
});

test('with another backend hosts` addresses block nothing', () => {
  const leases = [lease('192.168.28.128-26', '192.168.28.66')];
  expect(possible({ leases, type: 'host-gw' })).toContain('192.168.28.64/26');
});

test('a host whose address lies in the range of another one is refused', () => {
  const leases = [lease('192.168.28.64-26', '192.168.28.5')];
  expect(possible({ leases, publicIp: '192.168.28.70' })).toEqual(['refused']);
});

test.each<[Json, readonly string[]]>([
  ['192.168.28.100-192.168.28.103', ['192.168.28.100/30']],
  [' 192.168.28.7 - 192.168.28.8 ', ['192.168.28.7/32', '192.168.28.8/32']],
  ['192.168.28.192/26', ['192.168.28.192/26']],
  ['192.168.28.9', ['192.168.28.9/32']],
  ['fd28::10-fd28::1f', ['fd28::10/124']],
])('Exclude %j is %j', (entry, prefixes) => {
  expect(excludedRanges({ exclude: [entry] }).map(formatPrefix)).toEqual(prefixes);
});

test.each<[Json]>([['a-b'], ['192.168.28.9-192.168.28.1'], ['1-2-3'], [7], [null]])(
  'Exclude with %j is OVL_BACKEND_OPTION',
  (entry) => {
    expect(() => excludedRanges({ Exclude: [entry] })).toThrow(
      expect.objectContaining({ code: 'OVL_BACKEND_OPTION' }) as Error,
    );
  },
);

test.each<[string, string, boolean]>([
  ['bridge', '192.168.28.8', true],
  ['bridge', '192.168.28.70', false],
  ['host-gw', '192.168.28.8', false],
])('backend %s uses a lease of 192.168.28.64/26 with public address %s: %s', (type, address, used) => {
  const set = new LeaseSet({ config: config([], type) });
  set.applySnapshot({ leases: [lease('192.168.28.64-26', address)], revision: '9' });
  expect([...set.used()].length).toBe(used ? 1 : 0);
});
