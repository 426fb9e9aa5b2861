import { contains, formatPrefix, parseIpv4, parseIpv4Prefix } from '@overlay/cidr';
import fc from 'fast-check';

import {
  chooseLease,
  formatLeaseName,
  leaseFitsConfig,
  parseLeaseName,
  parseNetworkConfig,
} from './index.js';
import type { LeaseDecision, LeaseRequest, RawLease } from './index.js';

const config = parseNetworkConfig('{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}');
const small = parseNetworkConfig('{"Network":"10.5.0.0/24","Backend":{"Type":"vxlan"}}');
const dual = parseNetworkConfig(
  '{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/48","Backend":{"Type":"vxlan"}}',
);

const request: LeaseRequest = {
  config,
  leases: [],
  publicIp: parseIpv4('192.0.2.1'),
  nodeId: 'node-1',
  random: () => 0,
};

function raw(name: string, ip: string, nodeId?: string, etcdLease = '7'): RawLease {
  const overlay = nodeId === undefined ? '' : `,"Overlay":{"NodeID":"${nodeId}","Hostname":"h"}`;
  return {
    name,
    value: `{"PublicIP":"${ip}","PublicIPv6":null${overlay}}`,
    createRevision: '5',
    modRevision: '5',
    etcdLease,
  };
}

function summary(decision: LeaseDecision): string {
  switch (decision.kind) {
    case 'reuse':
      return `reuse ${decision.lease.name}`;
    case 'replace':
      return `replace ${decision.lease.name} by ${formatLeaseName(decision.next)}`;
    case 'create':
      return `create ${formatLeaseName(decision.subnets)}`;
    default:
      return `${decision.kind} ${decision.code}`;
  }
}

test.each<[string, Partial<LeaseRequest>, string]>([
  ['an empty network: the first subnet is skipped', {}, 'create 10.5.1.0-24'],
  [
    'at most the first 100 free subnets are drawn from',
    { random: (bound) => bound - 1 },
    'create 10.5.100.0-24',
  ],
  [
    'subnets that overlap a lease are passed over',
    { leases: [raw('10.5.0.0-22', '192.0.2.9')] },
    'create 10.5.4.0-24',
  ],
  ['our lease by public address', { leases: [raw('10.5.9.0-24', '192.0.2.1')] }, 'reuse 10.5.9.0-24'],
  [
    'our lease by public address and node id',
    { leases: [raw('10.5.9.0-24', '192.0.2.1', 'node-1')] },
    'reuse 10.5.9.0-24',
  ],
  [
    'B11 our lease by node id and previous subnet after the address changed',
    { leases: [raw('10.5.9.0-24', '192.0.2.77', 'node-1')], previous: parseLeaseName('10.5.9.0-24') },
    'reuse 10.5.9.0-24',
  ],
  [
    'B07 a node id alone is no proof: a clone gets its own subnet',
    { leases: [raw('10.5.9.0-24', '192.0.2.77', 'node-1')] },
    'create 10.5.1.0-24',
  ],
  [
    'B06 our address in the live lease of another node',
    { leases: [raw('10.5.9.0-24', '192.0.2.1', 'node-2')] },
    'conflict OVL_PUBLIC_IP_CONFLICT',
  ],
  [
    'the previous subnet when it is free',
    { previous: parseLeaseName('10.5.77.0-24') },
    'create 10.5.77.0-24',
  ],
  [
    'B08 the previous subnet when another host holds it',
    { previous: parseLeaseName('10.5.77.0-24'), leases: [raw('10.5.77.0-24', '192.0.2.9')] },
    'create 10.5.1.0-24',
  ],
  [
    'B08 the previous subnet when another host holds a part of it',
    { previous: parseLeaseName('10.5.77.0-24'), leases: [raw('10.5.77.128-25', '192.0.2.9')] },
    'create 10.5.1.0-24',
  ],
  [
    'B08 a previous subnet of another cluster',
    { previous: parseLeaseName('10.9.77.0-24') },
    'create 10.5.1.0-24',
  ],
  ['a previous subnet of another length', { previous: parseLeaseName('10.5.76.0-23') }, 'create 10.5.1.0-24'],
  [
    'our lease of another length',
    { leases: [raw('10.5.8.0-23', '192.0.2.1')] },
    'replace 10.5.8.0-23 by 10.5.1.0-24',
  ],
  [
    'our lease in the old network',
    { leases: [raw('10.9.8.0-24', '192.0.2.1')], previous: parseLeaseName('10.9.8.0-24') },
    'replace 10.9.8.0-24 by 10.5.1.0-24',
  ],
  [
    'turning dual stack on keeps the IPv4 subnet',
    { config: dual, leases: [raw('10.5.9.0-24', '192.0.2.1')] },
    'replace 10.5.9.0-24 by 10.5.9.0-24&fd00:5:0:1::-64',
  ],
  [
    'B12 a reservation for our address',
    { leases: [raw('10.5.9.0-24', '192.0.2.1', undefined, '0')] },
    'reuse 10.5.9.0-24',
  ],
  [
    'B12 a reservation for our address made by another node',
    { leases: [raw('10.5.9.0-24', '192.0.2.1', 'node-2', '0')] },
    'reuse 10.5.9.0-24',
  ],
  [
    'B12 a reservation that does not fit is not deleted and stays taken',
    { leases: [raw('10.5.0.0-23', '192.0.2.1', undefined, '0')] },
    'create 10.5.2.0-24',
  ],
  [
    'a key we reject but Flannel reads is taken',
    { leases: [raw('x10.5.1.7-24', 'garbage')] },
    'create 10.5.2.0-24',
  ],
  [
    'C11 a key around or outside the network takes nothing',
    { leases: [raw('0.0.0.0-0', '192.0.2.9'), raw('10.5.0.0-16', '192.0.2.9')] },
    'create 10.5.1.0-24',
  ],
  [
    'B09 none free',
    { config: small, leases: [raw('10.5.0.64-26', '192.0.2.8'), raw('10.5.0.128-25', '192.0.2.9')] },
    'exhausted OVL_SUBNETS_EXHAUSTED',
  ],
  [
    'SubnetMin above SubnetMax',
    { config: parseNetworkConfig('{"Network":"10.3.0.0/16","SubnetMin":"10.3.9.0","SubnetMax":"10.3.2.0"}') },
    'exhausted OVL_SUBNETS_EXHAUSTED',
  ],
  [
    'dual stack: both families',
    { config: dual, random: (bound) => bound - 1 },
    'create 10.5.100.0-24&fd00:5:0:64::-64',
  ],
  [
    'dual stack: a previous pair',
    { config: dual, previous: parseLeaseName('10.5.7.0-24&fd00:5:0:9::-64') },
    'create 10.5.7.0-24&fd00:5:0:9::-64',
  ],
  [
    'dual stack beside a single-stack Flannel host',
    { config: dual, leases: [raw('10.5.9.0-24', '192.0.2.9')] },
    'refused OVL_MIXED_STACK',
  ],
  [
    'single stack beside a dual-stack Flannel host',
    { leases: [raw('10.5.9.0-24&fd00:5:0:1::-64', '192.0.2.9')] },
    'refused OVL_MIXED_STACK',
  ],
  [
    'mixing on purpose',
    { config: dual, leases: [raw('10.5.9.0-24', '192.0.2.9')], allowMixed: true },
    'create 10.5.1.0-24&fd00:5:0:1::-64',
  ],
  [
    'mixing with hosts of ours is fine',
    { config: dual, leases: [raw('10.5.9.0-24', '192.0.2.9', 'node-2')] },
    'create 10.5.1.0-24&fd00:5:0:1::-64',
  ],
  [
    'a lease we hold already is kept in mixed company',
    { leases: [raw('10.5.8.0-24', '192.0.2.1'), raw('10.5.9.0-24&fd00:5:0:1::-64', '192.0.2.9')] },
    'reuse 10.5.8.0-24',
  ],
  [
    'IPv6 alone',
    { config: parseNetworkConfig('{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00:5::/48"}') },
    'refused OVL_CONFIG_NO_IPV4',
  ],
])('%s', (_what, part, expected) => {
  expect(summary(chooseLease({ ...request, ...part }))).toBe(expected);
});

describe('keepStale', () => {
  const longer = parseNetworkConfig('{"Network":"10.5.0.0/16","SubnetLen":25,"Backend":{"Type":"vxlan"}}');
  const stale = raw('10.5.1.0-24', '192.0.2.1', 'node-1');

  test('the next subnet shares no address with the one that drains', () => {
    const kept = { ...request, config: longer, leases: [stale], keepStale: true };
    expect(summary(chooseLease(kept))).toBe('replace 10.5.1.0-24 by 10.5.0.128-25');
    const next = chooseLease({ ...kept, random: () => 1 });
    expect(summary(next)).toBe('replace 10.5.1.0-24 by 10.5.2.0-25');
    expect(summary(chooseLease({ ...kept, keepStale: false, random: () => 1 }))).toBe(
      'replace 10.5.1.0-24 by 10.5.1.0-25',
    );
  });

  test('a half that still fits is not passed on while the old lease holds it', () => {
    const leases = [raw('10.4.1.0-24&fd00:5:0:1::-64', '192.0.2.1', 'node-1')];
    const kept = { ...request, config: dual, leases };
    expect(summary(chooseLease(kept))).toContain('by 10.5.1.0-24&fd00:5:0:1::-64');
    expect(summary(chooseLease({ ...kept, keepStale: true }))).toContain('by 10.5.1.0-24&fd00:5:0:2::-64');
  });

  test('with both leases there, the one that fits is ours', () => {
    const leases = [stale, raw('10.5.2.0-25', '192.0.2.1', 'node-1')];
    expect(summary(chooseLease({ ...request, config: longer, leases, keepStale: true }))).toBe(
      'reuse 10.5.2.0-25',
    );
  });
});

test('B09 the message counts subnets, leases and reservations', () => {
  const leases = [raw('10.5.0.64-26', '192.0.2.8'), raw('10.5.0.128-25', '192.0.2.9', undefined, '0')];
  expect(chooseLease({ ...request, config: small, leases })).toMatchObject({
    pools: [{ family: 4, capacity: 3, free: 0, leases: 2, reservations: 1 }],
    reason:
      '0 of 3 subnets of length /26 are free from 10.5.0.64 to 10.5.0.192: 2 leases, 1 of them reservations; wait for one to expire, release one, or widen the range',
  });
});

test('B16 I1 a created subnet fits the config and meets no listed lease', () => {
  const listed = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 18, max: 30 })), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(listed, fc.nat(99), (pairs, draw) => {
      const prefixes = pairs.map(([octet, length]) => parseIpv4Prefix(`10.5.${octet}.0/${length}`, 'mask'));
      const leases = prefixes.map((subnet) => raw(formatLeaseName({ subnet }), '192.0.2.200'));
      const decision = chooseLease({ ...request, leases, random: (bound) => draw % bound });
      if (decision.kind !== 'create') {
        expect(decision.kind).toBe('exhausted');
        return;
      }
      const { subnet } = decision.subnets;
      expect(leaseFitsConfig(decision.subnets, config)).toBe(true);
      const meets = prefixes.filter((other) => contains(other, subnet) || contains(subnet, other));
      expect(meets.map((prefix) => formatPrefix(prefix))).toEqual([]);
    }),
  );
});

test.each([
  ['10.5.1.0-24', config, true],
  ['10.5.0.0-24', config, false],
  ['10.5.255.0-24', config, true],
  ['10.6.0.0-24', config, false],
  ['10.5.1.0-25', config, false],
  ['10.5.1.0-24', dual, false],
  ['10.5.1.0-24&fd00:5:0:1::-64', dual, true],
  ['10.5.1.0-24&fd00:5::-64', dual, false],
  ['10.5.1.0-24&fd00:5:0:1::-64', config, false],
])('%s fits its config: case %#', (name, against, expected) => {
  expect(leaseFitsConfig(parseLeaseName(name), against)).toBe(expected);
});
