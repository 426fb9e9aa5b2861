import { BlockList } from 'node:net';
import fc from 'fast-check';
import { IPv4CidrRange, IPv6CidrRange } from 'ip-num';
import type { Address, Prefix } from './index.js';
import {
  aggregate,
  compareAddress,
  comparePrefix,
  contains,
  equalAddress,
  equalPrefix,
  firstAddress,
  formatAddress,
  formatPrefix,
  ipv4,
  ipv6,
  lastAddress,
  networkAddress,
  nextPrefix,
  nthAddress,
  overlaps,
  parseAddress,
  parsePrefix,
  prefixOf,
  rangeToPrefixes,
  split,
} from './index.js';

const address4 = fc
  .oneof(
    fc.nat(0xffffffff),
    fc.nat(63).map((n) => 0x0a000000 + n),
    fc.nat(63).map((n) => 0xffffffff - n),
  )
  .map(ipv4);
const address6 = fc.bigInt(0n, (1n << 128n) - 1n).map(ipv6);
const prefix4 = fc.tuple(address4, fc.nat(32)).map(([a, length]) => prefixOf(a, length));
const prefix6 = fc.tuple(address6, fc.nat(128)).map(([a, length]) => prefixOf(a, length));
const anyPrefix: fc.Arbitrary<Prefix> = fc.oneof(prefix4, prefix6);

/* A space of 64 addresses at the end of IPv4 or around a 32-bit border of IPv6, small enough to list. */
const BASES: readonly Address[] = [
  parseAddress('255.255.255.192'),
  parseAddress('10.0.0.0'),
  parseAddress('fd00::ffff:ffc0'),
];
const nth = (base: Address, n: number): Address =>
  nthAddress(prefixOf(base, base.family === 4 ? 26 : 122), n);
const smallPrefix = fc
  .record({ base: fc.constantFrom(...BASES), n: fc.nat(63), host: fc.nat(6) })
  .map(({ base, n, host }) => prefixOf(nth(base, n), (base.family === 4 ? 32 : 128) - host));

function listed(prefixes: Iterable<Prefix>): string[] {
  return [...prefixes].flatMap((prefix) => {
    const size = Number(BigInt(lastAddress(prefix).bits) - BigInt(prefix.bits)) + 1;
    return Array.from({ length: size }, (_, i) => formatAddress(nthAddress(prefix, i)));
  });
}

const refused = (code: string): Error => expect.objectContaining({ code }) as Error;
const text = (prefixes: Iterable<Prefix>): string[] => [...prefixes].map(formatPrefix);

test('contains says what net.BlockList says', () => {
  const near = fc.tuple(anyPrefix, address4, address6, fc.nat(255)).map(([prefix, a4, a6, n]) => {
    const outside = prefix.family === 4 ? a4 : a6;
    return {
      prefix,
      addresses: [
        outside,
        lastAddress(prefix),
        prefixOf(lastAddress(prefix), Math.max(0, prefix.length - (n % 9))),
      ],
    };
  });
  fc.assert(
    fc.property(near, ({ prefix, addresses }) => {
      const kind = prefix.family === 4 ? 'ipv4' : 'ipv6';
      fc.pre(prefix.family === 4 || prefix.bits >> 32n !== 0xffffn);
      const list = new BlockList();
      list.addRange(formatAddress(prefix), formatAddress(lastAddress(prefix)), kind);
      for (const address of addresses.map(({ family, bits }) => ({ family, bits }) as Address)) {
        expect(contains(prefix, address)).toBe(list.check(formatAddress(address), kind));
      }
    }),
    { numRuns: 1000 },
  );
});

test('contains and overlaps of prefixes agree with their lists of addresses', () => {
  fc.assert(
    fc.property(smallPrefix, smallPrefix, (a, b) => {
      const inA = new Set(listed([a]));
      const inB = listed([b]);
      expect(contains(a, b)).toBe(inB.every((address) => inA.has(address)));
      expect(overlaps(a, b)).toBe(inB.some((address) => inA.has(address)));
      expect(overlaps(b, a)).toBe(overlaps(a, b));
    }),
    { numRuns: 1000 },
  );
});

test('nothing contains or overlaps across families', () => {
  const [all4, all6] = [parsePrefix('0.0.0.0/0'), parsePrefix('::/0')];
  expect([
    contains(all4, all6),
    contains(all6, all4),
    overlaps(all4, all6),
    contains(all6, ipv4(0)),
    contains(all4, ipv6(0n)),
  ]).toEqual(Array(5).fill(false));
});

test('first, last and next are what ip-num says', () => {
  fc.assert(
    fc.property(prefix4, prefix6, (p4, p6) => {
      const pairs = [
        [p4, IPv4CidrRange.fromCidr(formatPrefix(p4))],
        [
          p6,
          IPv6CidrRange.fromCidr(
            `${p6.bits
              .toString(16)
              .padStart(32, '0')
              .replace(/....(?!$)/g, '$&:')}/${p6.length}`,
          ),
        ],
      ] as const;
      for (const [prefix, range] of pairs) {
        expect(BigInt(firstAddress(prefix).bits)).toBe(range.getFirst().getValue());
        expect(BigInt(lastAddress(prefix).bits)).toBe(range.getLast().getValue());
        const next = nextPrefix(prefix);
        expect(next && BigInt(next.bits)).toBe(
          range.hasNextRange() ? range.nextRange()?.getFirst().getValue() : undefined,
        );
        expect(networkAddress(prefix)).toEqual(firstAddress(prefix));
      }
    }),
    { numRuns: 300 },
  );
});

test('nth address counts from the network address and ends with the prefix', () => {
  const prefix = parsePrefix('10.5.34.0/24');
  expect(formatAddress(nthAddress(prefix, 1))).toBe('10.5.34.1');
  expect(formatAddress(nthAddress(parsePrefix('fd00::/64'), 2n ** 64n - 1n))).toBe(
    'fd00::ffff:ffff:ffff:ffff',
  );
  for (const n of [256, -1, 0.5, 256n])
    expect(() => nthAddress(prefix, n)).toThrow(refused('OVL_CIDR_RANGE'));
});

test('split lists the same addresses in parts of the new length', () => {
  fc.assert(
    fc.property(smallPrefix, fc.nat(6), (prefix, more) => {
      const newLength = Math.min(prefix.length + more, prefix.family === 4 ? 32 : 128);
      const parts = [...split(prefix, newLength)];
      expect(parts.every((part) => part.length === newLength)).toBe(true);
      expect(listed(parts)).toEqual(listed([prefix]));
    }),
  );
});

test('split refuses a shorter length at once and is lazy', () => {
  expect(() => split(parsePrefix('10.0.0.0/8'), 7)).toThrow(refused('OVL_CIDR_RANGE'));
  expect(() => split(parsePrefix('10.0.0.0/8'), 33)).toThrow(refused('OVL_CIDR_INVALID'));
  const [first] = split(parsePrefix('::/0'), 128);
  expect(first && formatPrefix(first)).toBe('::/128');
});

test('a range becomes the fewest prefixes that hold exactly it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...BASES), fc.nat(63), fc.nat(63), (base, i, j) => {
      const [low, high] = [Math.min(i, j), Math.max(i, j)];
      const prefixes = rangeToPrefixes(nth(base, low), nth(base, high));
      expect(listed(prefixes)).toEqual(
        Array.from({ length: high - low + 1 }, (_, n) => formatAddress(nth(base, low + n))),
      );
      expect(aggregate(prefixes)).toEqual(prefixes);
    }),
    { numRuns: 500 },
  );
});

test('ranges over a whole address space are one prefix, reversed or mixed ones are refused', () => {
  expect(text(rangeToPrefixes(ipv4(0), ipv4(0xffffffff)))).toEqual(['0.0.0.0/0']);
  expect(text(rangeToPrefixes(ipv6(0n), ipv6((1n << 128n) - 1n)))).toEqual(['::/0']);
  expect(() => rangeToPrefixes(ipv4(2), ipv4(1))).toThrow(refused('OVL_CIDR_RANGE'));
  expect(() => rangeToPrefixes(ipv4(1), ipv6(2n))).toThrow(refused('OVL_CIDR_RANGE'));
});

test('an aggregate holds the same addresses and no two of it overlap or join', () => {
  fc.assert(
    fc.property(fc.array(smallPrefix, { maxLength: 12 }), (prefixes) => {
      const result = aggregate(prefixes);
      const addresses = listed(result);
      expect([...addresses].sort()).toEqual([...new Set(listed(prefixes))].sort());
      const siblings = result.filter((prefix) =>
        result.some(
          (other) =>
            !equalPrefix(prefix, other) &&
            prefix.length === other.length &&
            contains(prefixOf(prefix, prefix.length - 1), other),
        ),
      );
      expect(siblings).toEqual([]);
      expect([...result].sort(comparePrefix)).toEqual(result);
    }),
    { numRuns: 500 },
  );
});

test('order is by family, address, then the wider prefix; equality is of family, bits and length', () => {
  const sorted = ['9.0.0.0/8', '10.0.0.0/8', '10.0.0.0/9', '10.128.0.0/9', '200.0.0.0/8', '::/0', 'fd00::/8'];
  expect(
    text(
      sorted
        .map((p) => parsePrefix(p))
        .reverse()
        .sort(comparePrefix),
    ),
  ).toEqual(sorted);
  expect(compareAddress(ipv4(7), ipv4(7))).toBe(0);
  expect(
    equalAddress(ipv4(7), ipv4(7)) && !equalAddress(ipv4(7), ipv6(7n)) && !equalAddress(ipv4(7), ipv4(8)),
  ).toBe(true);
  expect(equalPrefix(parsePrefix('10.0.0.0/8'), parsePrefix('10.0.0.0/9'))).toBe(false);
});
