import { ipv4Prefix, overlaps } from '@overlay/cidr';
import type { Ipv4Prefix } from '@overlay/cidr';
import fc from 'fast-check';

import { prefixBits, PrefixTrie } from './prefix-trie.js';

const prefix = fc.tuple(fc.nat(31), fc.nat(5)).map(([bits, length]): Ipv4Prefix => {
  return ipv4Prefix((bits >> (5 - length)) * 2 ** (32 - length), length);
});

test('covering and overlapping find what a walk over everything finds, after any additions and removals', () => {
  const step = fc.record({ prefix, remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), prefix, (steps, asked) => {
      const trie = new PrefixTrie<Ipv4Prefix>();
      const held = new Set<Ipv4Prefix>();
      for (const { prefix: item, remove } of steps) {
        const known = [...held][0];
        if (remove && known !== undefined) {
          trie.remove(prefixBits(known), known);
          held.delete(known);
        } else {
          trie.add(prefixBits(item), item);
          held.add(item);
        }
      }
      const meeting = [...held].filter((item) => overlaps(item, asked));
      const over = meeting.filter((item) => item.length <= asked.length);
      expect(new Set(trie.overlapping(prefixBits(asked)))).toEqual(new Set(meeting));
      expect(new Set(trie.covering(prefixBits(asked)))).toEqual(new Set(over));
      expect([...trie.all()]).toHaveLength(held.size);
    }),
  );
});
