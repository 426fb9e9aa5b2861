import fc from 'fast-check';
import type { Ipv4, Ipv6, Prefix } from './index.js';
import {
  SubnetPool,
  equalPrefix,
  formatPrefix,
  nextPrefix,
  overlaps,
  parseAddress,
  parseIpv4,
  parseIpv6,
  parsePrefix,
  prefixOf,
  split,
} from './index.js';

/** What the pool claims to be, said plainly: every slot listed, every block kept and looked at each time. */
class ListedPool {
  readonly slots: Prefix[] = [];
  private blocks: Prefix[] = [];

  constructor(first: Ipv4 | Ipv6, last: Ipv4 | Ipv6, length: number) {
    const end = prefixOf(last, length);
    for (
      let slot: Prefix | undefined = prefixOf(first, length);
      slot;
      slot = equalPrefix(slot, end) ? undefined : nextPrefix(slot)
    ) {
      this.slots.push(slot);
    }
  }

  block(prefix: Prefix): void {
    this.blocks.push(prefix);
  }

  unblock(prefix: Prefix): void {
    const at = this.blocks.findIndex((block) => equalPrefix(block, prefix));
    if (at >= 0) this.blocks.splice(at, 1);
  }

  free(): Prefix[] {
    return this.slots.filter((slot) => !this.blocks.some((block) => overlaps(block, slot)));
  }
}

const SPACES = [
  { around: '10.0.0.0/19', first: '10.0.1.0', last: '10.0.14.0', length: 24, lengths: [16, 28] },
  {
    around: '255.255.255.224/27',
    first: '255.255.255.237',
    last: '255.255.255.255',
    length: 32,
    lengths: [24, 32],
  },
  {
    around: 'fd00:0:0:ffe0::/59',
    first: 'fd00:0:0:ffe3::',
    last: 'fd00:0:0:fffe::',
    length: 64,
    lengths: [56, 64],
  },
  { around: '10.0.0.0/24', first: '10.0.0.0', last: '10.0.0.0', length: 24, lengths: [22, 26] },
] as const;

const step = fc.record({
  undo: fc.nat(2).map((n) => n === 0),
  at: fc.nat(9999),
  length: fc.nat(99),
  pick: fc.nat(9999),
});
const text = (prefixes: Iterable<Prefix>): string[] => [...prefixes].map(formatPrefix);

function prefixIn(space: (typeof SPACES)[number], at: number, length: number): Prefix {
  const whole = parsePrefix(space.around);
  const parts = [...split(whole, Math.max(space.length, whole.length))];
  const [low, high] = space.lengths;
  return prefixOf(parts[at % parts.length]!, low + (length % (high - low + 1)));
}

test('B16 a pool agrees with a list of its slots after every block and unblock', () => {
  fc.assert(
    fc.property(fc.constantFrom(...SPACES), fc.array(step, { maxLength: 40 }), (space, steps) => {
      const [first, last] = [parseAddress(space.first), parseAddress(space.last)];
      const pool = new SubnetPool(first, last, space.length);
      const model = new ListedPool(first, last, space.length);
      const blocked: Prefix[] = [];
      for (const { undo, at, length, pick } of steps) {
        const prefix = undo
          ? blocked.splice(at % Math.max(1, blocked.length), 1)[0]
          : prefixIn(space, at, length);
        if (prefix === undefined) continue;
        if (undo) {
          pool.unblock(prefix);
          model.unblock(prefix);
        } else {
          blocked.push(prefix);
          pool.block(prefix);
          model.block(prefix);
        }
        const free = text(model.free());
        expect(text(pool.firstFree(99))).toEqual(free);
        expect(text(pool.firstFree(2))).toEqual(free.slice(0, 2));
        expect(pool.freeCount).toBe(free.length);
        expect(text(model.slots.filter((slot) => pool.isFree(slot)))).toEqual(free);
        const lowest = pool.lowestFree();
        expect(lowest && formatPrefix(lowest)).toBe(free[0]);
        const random = pool.randomFree((bound) => pick % bound);
        expect(random && formatPrefix(random)).toBe(free[pick % Math.max(1, free.length)]);
      }
    }),
    { numRuns: 300 },
  );
});

test('what lies outside the range is never free and blocks nothing', () => {
  const pool = new SubnetPool(parseIpv4('10.0.1.0'), parseIpv4('10.0.6.0'), 24);
  for (const outside of ['10.0.0.0/24', '10.0.7.0/24', '10.1.0.0/16', '0.0.0.0/32', 'fd00::/64', '::/0']) {
    pool.unblock(parsePrefix(outside));
    pool.block(parsePrefix(outside));
    expect(pool.isFree(parsePrefix(outside))).toBe(false);
  }
  expect(pool.freeCount).toBe(6);
  expect(pool.isFree(parsePrefix('10.0.2.0/23'))).toBe(true);
  expect(pool.isFree(parsePrefix('10.0.0.0/23'))).toBe(false);
});

test('unblocking what was never blocked frees nothing that is', () => {
  const pool = new SubnetPool(parseIpv4('10.0.0.0'), parseIpv4('10.0.3.0'), 24);
  pool.block(parsePrefix('10.0.0.0/22'));
  pool.unblock(parsePrefix('10.0.1.0/24'));
  pool.unblock(parsePrefix('10.0.0.0/23'));
  expect(pool.lowestFree()).toBeUndefined();
  expect(pool.randomFree(() => 0)).toBeUndefined();
  pool.unblock(parsePrefix('10.0.0.0/22'));
  expect(pool.freeCount).toBe(4);
});

test('the last free one of 65,536 is found by every search', () => {
  const pool = new SubnetPool(parseIpv4('10.0.0.0'), parseIpv4('10.255.255.0'), 24);
  const spared = parsePrefix('10.200.7.0/24');
  for (const subnet of split(parsePrefix('10.0.0.0/8'), 24))
    if (!equalPrefix(subnet, spared)) pool.block(subnet);
  expect([pool.lowestFree(), pool.randomFree(() => 0), ...pool.firstFree(5)]).toEqual([
    spared,
    spared,
    spared,
  ]);
});

test('2^64 slots cost no more than what is blocked of them', () => {
  const pool = new SubnetPool(parseIpv6('::'), parseIpv6('ffff:ffff:ffff:ffff::'), 64);
  pool.block(parsePrefix('::/1'));
  pool.block(parsePrefix('8000::/64'));
  expect(text(pool.firstFree(2))).toEqual(['8000:0:0:1::/64', '8000:0:0:2::/64']);
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(2 ** 30 - 1)), (draws) => {
      const found = pool.randomFree((bound) => (draws.next().value as number) % bound);
      expect(found && pool.isFree(found)).toBe(true);
    }),
  );
});

test('a pool refuses bounds with host bits, reversed bounds and mixed families', () => {
  const make = (first: string, last: string) => () =>
    new SubnetPool<Ipv4 | Ipv6>(parseAddress(first), parseAddress(last), 24);
  const refused = (code: string): Error => expect.objectContaining({ code }) as Error;
  expect(make('10.0.0.1', '10.0.9.0')).toThrow(refused('OVL_CIDR_INVALID'));
  expect(make('10.0.0.0', '10.0.9.255')).toThrow(refused('OVL_CIDR_INVALID'));
  expect(make('10.0.9.0', '10.0.0.0')).toThrow(refused('OVL_CIDR_RANGE'));
  expect(make('10.0.9.0', 'fd00::')).toThrow(refused('OVL_CIDR_RANGE'));
});
