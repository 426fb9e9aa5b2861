import { contains, ipv4, ipv6, parsePrefix, prefixOf, type Prefix } from '@overlay/cidr';
import fc from 'fast-check';
import { PeerTable } from './peer-table.js';

/** Few distinct bits, so that prefixes hold one another. */
const v4 = fc
  .tuple(fc.nat(0xff), fc.integer({ min: 0, max: 32 }))
  .map(([bits, length]) => prefixOf(ipv4((bits * 0x01010101) >>> 0), length));
const v6 = fc
  .tuple(fc.bigInt({ min: 0n, max: 0xffn }), fc.integer({ min: 0, max: 128 }))
  .map(([bits, length]) => prefixOf(ipv6((bits << 120n) | bits), length));

const longest = (held: Iterable<Prefix>, prefix: Prefix): number => {
  const at = prefix.family === 4 ? ipv4(prefix.bits) : ipv6(prefix.bits);
  return Math.max(
    -1,
    ...[...held].filter((p) => p.family === at.family && contains(p, at)).map((p) => p.length),
  );
};

test('the longest prefix that holds the address is found, after any adding and removing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.oneof(v4, v6)), { maxLength: 30 }),
      fc.oneof(v4, v6),
      (steps, at) => {
        const table = new PeerTable<Prefix>();
        const held = new Map<string, Prefix>();
        for (const [add, prefix] of steps) {
          const key = `${prefix.family} ${prefix.bits} ${prefix.length}`;
          if (add) table.set(prefix, prefix);
          else table.delete(prefix);
          if (add) held.set(key, prefix);
          else held.delete(key);
        }
        expect(table.find(at.bits)?.length ?? -1).toBe(longest(held.values(), at));
        expect([...table.values()].length).toBe(held.size);
      },
    ),
  );
});

test('a value set again replaces the former', () => {
  const table = new PeerTable<string>();
  table.set(parsePrefix('10.77.2.0/24'), 'a');
  table.set(parsePrefix('10.77.2.0/24'), 'b');
  expect([table.find(0x0a4d02ff), table.find(0x0a4d0300), [...table.values()]]).toEqual([
    'b',
    undefined,
    ['b'],
  ]);
});
