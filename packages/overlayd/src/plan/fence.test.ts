import fc from 'fast-check';
import { formatPrefix, ipv4Prefix, overlaps, parseIpv4, parsePrefix, type Prefix } from '@overlay/cidr';
import type { RawLease } from '@overlay/lease';
import { NODE_ID, peer, rawOf } from '../../test/support/hosts.js';
import { fence, otherOwner, type Fenced, type FenceInput } from './fence.js';

const SELF = { nodeId: NODE_ID, publicIp: parseIpv4('172.31.0.1') };
const LOST = parsePrefix('10.5.2.0/24');

/** The lease of peer `n`, whose host is overlayd's or Flannel's, or says to be this one. */
function lease(n: number, nodeId?: string, publicIp = `172.31.0.${n}`): RawLease {
  const overlay = { nodeId: nodeId ?? '', hostname: `h${n}`, version: '1', backends: [] };
  return rawOf(peer(n, { publicIp: parseIpv4(publicIp), ...(nodeId === undefined ? {} : { overlay }) }));
}

const look = (changes: Partial<FenceInput>): readonly Fenced[] =>
  fence({
    used: [LOST],
    held: [],
    leases: [],
    self: SELF,
    before: [],
    followed: false,
    unused: () => false,
    nowMs: 0,
    idleForMs: 100,
    ...changes,
  });

const texts = (fenced: readonly Fenced[]): readonly string[] =>
  fenced.map(({ prefix }) => formatPrefix(prefix));

test('B03 another node, a Flannel host and a clone of this machine own a lease; we, and what cannot be read, do not', () => {
  expect(otherOwner(lease(2, 'node-b'), SELF)).toBe('node node-b (h2, 172.31.0.2)');
  expect(otherOwner(lease(2), SELF)).toBe('the Flannel host 172.31.0.2');
  expect(otherOwner(lease(2, NODE_ID), SELF)).toBe(`node ${NODE_ID} (h2, 172.31.0.2)`);
  for (const ours of [lease(1), lease(2, NODE_ID, '172.31.0.1')])
    expect(otherOwner(ours, SELF)).toBeUndefined();
  expect(otherOwner({ ...lease(2), value: '{' }, SELF)).toBeUndefined();
});

test('B03 as long as this host does not know its address only another node id tells', () => {
  const { nodeId } = SELF;
  expect(otherOwner(lease(2), { nodeId })).toBeUndefined();
  expect(otherOwner(lease(2, nodeId), { nodeId })).toBeUndefined();
  expect(otherOwner(lease(2, 'node-b'), { nodeId })).toBeDefined();
});

test('B03 a subnet that this host had and another one leases is fenced, with its owner', () => {
  expect(look({ leases: [lease(2, 'node-b')] })).toEqual([
    { prefix: LOST, owner: 'node node-b (h2, 172.31.0.2)' },
  ]);
});

test('A22 a subnet that nobody is known to own is not fenced, held or not', () => {
  expect(look({ leases: [lease(3, 'node-c')] })).toEqual([]);
  expect(look({ held: [LOST], leases: [] })).toEqual([]);
});

test('C03 a subnet that is held, draining too, is not fenced whatever other keys say', () => {
  expect(look({ held: [LOST], leases: [lease(2, 'node-b')] })).toEqual([]);
  expect(look({ held: [parsePrefix('10.5.0.0/22')], leases: [lease(2, 'node-b')] })).toEqual([]);
});

test('B02 B03 an owner of a part, or of more than the subnet, fences it', () => {
  for (const name of ['10.5.2.128-25', '10.5.0.0-22'])
    expect(texts(look({ leases: [{ ...lease(2, 'node-b'), name }] }))).toEqual(['10.5.2.0/24']);
});

test('B03 in dual stack each half is fenced by itself', () => {
  const used = [LOST, parsePrefix('fc00:5:0:2::/64')];
  const both = { ...lease(2, 'node-b'), name: '10.5.2.0-24&fc00:5:0:2::-64' };
  const half = { ...both, name: '10.5.9.0-24&fc00:5:0:2::-64' };
  expect(texts(look({ used, leases: [both] }))).toEqual(['10.5.2.0/24', 'fc00:5:0:2::/64']);
  expect(texts(look({ used, leases: [half] }))).toEqual(['fc00:5:0:2::/64']);
});

const BEFORE: readonly Fenced[] = [{ prefix: LOST, owner: 'node node-b (h2, 172.31.0.2)' }];

test('B03 a fence outlives the lease of the owner, and ends when the subnet is held again or Docker has another', () => {
  expect(texts(look({ before: BEFORE }))).toEqual(['10.5.2.0/24']);
  expect(look({ before: BEFORE, held: [LOST] })).toEqual([]);
  expect(look({ before: BEFORE, followed: true, leases: [lease(2, 'node-b')] })).toEqual([]);
});

test.each([
  ['nobody owns it', { leases: [] }],
  ['nothing seems to use it', { leases: [lease(2, 'node-b')], unused: () => true }],
])('B03 where nobody can tell it ends when for a time %s', (_, changes) => {
  const idle = look({ before: BEFORE, ...changes, nowMs: 50 });
  expect(idle).toEqual([{ ...BEFORE[0], idleSinceMs: 50 }]);
  expect(look({ before: idle, ...changes, nowMs: 149 })).toEqual(idle);
  expect(look({ before: idle, ...changes, nowMs: 150 })).toEqual([]);
  const again = look({ before: idle, leases: [lease(2, 'node-b')], nowMs: 149 });
  expect(again).toEqual(BEFORE);
});

const prefixes = fc
  .tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 24, max: 29 }))
  .map(([n, length]): Prefix => ipv4Prefix((0x0a050000 | (n << 3)) & (0xffffffff << (32 - length)), length));

test('B03 what is fenced is never held, and whenever another host owns what was ours it is fenced', () => {
  const keys = fc.array(fc.tuple(prefixes, fc.constantFrom('node-b', NODE_ID)), { maxLength: 5 });
  const few = fc.array(prefixes, { maxLength: 3 });
  fc.assert(
    fc.property(few, few, keys, (used, held, named) => {
      const leases = named.map(([prefix, nodeId], index) => ({
        ...lease(index + 2, nodeId, nodeId === NODE_ID ? '172.31.0.1' : `172.31.0.${index + 2}`),
        name: formatPrefix(prefix).replace('/', '-'),
      }));
      const result = look({ used, held, leases });
      const others = named.filter(([, nodeId]) => nodeId !== NODE_ID).map(([prefix]) => prefix);
      const meets = (list: readonly Prefix[], one: Prefix): boolean =>
        list.some((other) => overlaps(other, one));
      const expected = used.filter((one) => !meets(held, one) && meets(others, one)).map(formatPrefix);
      expect(new Set(texts(result))).toEqual(new Set(expected));
      expect(look({ used, held, leases: [...leases].reverse(), before: result }).length).toBe(result.length);
    }),
  );
});
