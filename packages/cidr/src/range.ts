import { compareAddress } from './address.js';
import { addressOfBits, widthOf } from './bits.js';
import { formatAddress } from './format.js';
import { outOfRange } from './invalid.js';
import type { Address, Prefix } from './model.js';
import { comparePrefix, contains, equalPrefix, nextPrefix, prefixOf } from './prefix.js';

/** The widest prefix that starts at the address and ends at or before the last one. */
function widestFrom(bits: bigint, last: bigint, width: number): { length: number; size: bigint } {
  let length = width;
  let size = 1n;
  while (length > 0 && (bits & (2n * size - 1n)) === 0n && bits + 2n * size - 1n <= last) {
    size *= 2n;
    length -= 1;
  }
  return { length, size };
}

/** The fewest prefixes that hold exactly the addresses from first to last, both included, in order. Throws OVL_CIDR_RANGE. */
export function rangeToPrefixes(first: Address, last: Address): Prefix[] {
  if (first.family !== last.family || compareAddress(first, last) > 0) {
    throw outOfRange(
      `${formatAddress(first)} to ${formatAddress(last)} is no range; give two addresses of one family, the lower one first`,
    );
  }
  const prefixes: Prefix[] = [];
  const end = BigInt(last.bits);
  for (let bits = BigInt(first.bits); bits <= end;) {
    const { length, size } = widestFrom(bits, end, widthOf(first.family));
    prefixes.push(prefixOf(addressOfBits(first.family, bits), length));
    bits += size;
  }
  return prefixes;
}

/** The prefix twice as large that both make up; undefined when they are not its two halves in order. */
function joined(low: Prefix, high: Prefix): Prefix | undefined {
  if (low.length === 0 || low.length !== high.length) return undefined;
  const parent = prefixOf(low, low.length - 1);
  const next = nextPrefix(low);
  return next !== undefined && equalPrefix(next, high) && contains(parent, high) ? parent : undefined;
}

/** The fewest prefixes that hold exactly the addresses of the given ones, in order, IPv4 before IPv6. */
export function aggregate(prefixes: Iterable<Prefix>): Prefix[] {
  const done: Prefix[] = [];
  for (const prefix of [...prefixes].sort(comparePrefix)) {
    const before = done.at(-1);
    if (before !== undefined && contains(before, prefix)) continue;
    let top = prefix;
    for (let low = done.at(-1); low !== undefined; low = done.at(-1)) {
      const parent = joined(low, top);
      if (parent === undefined) break;
      done.pop();
      top = parent;
    }
    done.push(top);
  }
  return done;
}
