import type { Address } from '@overlay/cidr';
import type { Pinger } from './ping.js';

/** What a plain ping sends: 20 bytes of IP, 8 of ICMP, 56 of data (IPv6: 20 more). */
const SMALL_BYTES = 104;
/** Sizes asked for at once. */
const PARALLEL = 8;

/** Sizes between two others, evenly spread. */
function between(low: number, high: number): readonly number[] {
  const count = Math.min(PARALLEL, high - low - 1);
  return Array.from({ length: count }, (_, n) => low + Math.ceil(((n + 1) * (high - low)) / (count + 1)));
}

/**
 * The largest packet, bytes, below `bytes` that an address answers, where small ones are answered and those of `bytes` are not: a link on
 * the way carries no more, and the word about it (ICMP "fragmentation needed", RFC 1191) does not come back.
 */
export async function largestAnswered(ping: Pinger, address: Address, bytes: number): Promise<number> {
  let [passes, lost] = [Math.min(SMALL_BYTES, bytes), bytes];
  while (lost - passes > 1) {
    const sizes = between(passes, lost);
    const answers = await Promise.all(sizes.map((size) => ping(address, size)));
    const first = answers.indexOf(false);
    lost = sizes[first] ?? lost;
    passes = sizes[first === -1 ? sizes.length - 1 : first - 1] ?? passes;
  }
  return passes;
}
