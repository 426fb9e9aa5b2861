import { addressFromBytes, addressToBytes, compareAddress } from './address.js';
import { formatAddress } from './format.js';
import { invalid, outOfRange } from './invalid.js';
import type { Ipv4, Ipv4Prefix, Ipv6, Ipv6Prefix, Prefix } from './model.js';
import { contains, lastAddress, overlaps, prefixOf, split } from './prefix.js';
import { rangeToPrefixes } from './range.js';
import { childOf, freeUnder, hold, isUnheld, setBitAt } from './trie.js';
import type { Path, TrieNode } from './trie.js';

/** A whole number from 0 up to, not including, the bound; the bound is at most 2^30. `crypto.randomInt` is one. */
export type RandomBelow = (bound: number) => number;

type PrefixOf<A> = A extends { readonly family: 4 } ? Ipv4Prefix : Ipv6Prefix;

// Up to this many free slots one draw picks among all of them; above, a draw of this grain picks the half to go into.
const EXACT_DRAW = 2 ** 30;

function wordsOf(address: Ipv4 | Ipv6): Uint32Array {
  const bytes = addressToBytes(address);
  const view = new DataView(bytes.buffer);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4));
}

function prefixFromWords(words: Uint32Array, length: number): Prefix {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, i) => view.setUint32(i * 4, word));
  return prefixOf(addressFromBytes(new Uint8Array(view.buffer)), length);
}

/** The longest prefix, at most of the given length, that holds both addresses. */
function commonPrefix(first: Ipv4 | Ipv6, last: Ipv4 | Ipv6, length: number): Prefix {
  let prefix = prefixOf(first, length);
  while (!contains(prefix, last)) prefix = prefixOf(first, prefix.length - 1);
  return prefix;
}

/** The prefixes that make up the part of the span outside the range: siblings of the way down to each bound. */
function complement(span: Prefix, range: readonly Prefix[]): Prefix[] {
  if (range.some((part) => contains(part, span))) return [];
  if (!range.some((part) => overlaps(part, span))) return [span];
  return [...split(span, span.length + 1)].flatMap((half) => complement(half, range));
}

function checkBounds(first: Ipv4 | Ipv6, last: Ipv4 | Ipv6, length: number): void {
  if (first.family !== last.family || compareAddress(first, last) > 0) {
    throw outOfRange(
      `a pool from ${formatAddress(first)} to ${formatAddress(last)} is empty; give two addresses of one family, the lower one first`,
    );
  }
  const odd = [first, last].find((bound) => prefixOf(bound, length).bits !== bound.bits);
  if (odd === undefined) return;
  throw invalid(
    `${formatAddress(odd)} is not the network address of a /${length}; give bounds with no host bits set`,
  );
}

/**
 * The prefixes of one length whose network address lies between two bounds, and which of them are free. Every question and change
 * costs as many steps as the range has bits (16 for the /24 subnets of a /8), however many prefixes are blocked.
 */
export class SubnetPool<A extends Ipv4 | Ipv6 = Ipv4 | Ipv6> {
  private readonly span: Prefix;
  private readonly range: readonly Prefix[];
  private root: TrieNode | undefined;

  /**
   * `first` and `last` are the network addresses of the lowest and highest prefix of the pool (both in it), `length` is that of its
   * prefixes. Throws OVL_CIDR_INVALID for a bad length or bounds with host bits, OVL_CIDR_RANGE for an empty range.
   */
  constructor(
    first: A,
    last: A,
    readonly length: number,
  ) {
    checkBounds(first, last, length);
    this.span = commonPrefix(first, last, length);
    this.range = rangeToPrefixes(first, lastAddress(prefixOf(last, length)));
    this.holdOutside(complement(this.span, this.range));
  }

  /** How many prefixes are free; exact up to 2^53, and always right about zero. */
  get freeCount(): number {
    return freeUnder(this.root, this.span.length, this.length);
  }

  /** Takes every prefix that overlaps this one, of any length, out of the free ones. Blocks add up. Outside the range it does nothing. */
  block(prefix: Prefix): void {
    this.change(prefix, 1);
  }

  /**
   * Undoes one `block` of the same prefix; a part of a blocked prefix, or more than it, frees nothing. Pass only what was blocked:
   * prefixes longer than the pool's count together for the one they lie in.
   */
  unblock(prefix: Prefix): void {
    this.change(prefix, -1);
  }

  /** Whether the prefix lies in the range and nothing in it, in units of the pool's prefixes, is blocked. */
  isFree(prefix: Prefix): boolean {
    return contains(this.span, prefix) && isUnheld(this.root, this.span.length, this.pathTo(prefix));
  }

  /** The free prefix with the lowest address; undefined when none is free. */
  lowestFree(): PrefixOf<A> | undefined {
    return this.firstFree(1)[0];
  }

  /** The `n` free prefixes with the lowest addresses, in order; fewer when fewer are free. */
  firstFree(n: number): PrefixOf<A>[] {
    const found: PrefixOf<A>[] = [];
    this.collect(this.root, this.span.length, wordsOf(this.span), n, found);
    return found;
  }

  /** A free prefix, each with the same chance, by the draws of `random`; undefined when none is free. */
  randomFree(random: RandomBelow): PrefixOf<A> | undefined {
    if (this.freeCount === 0) return undefined;
    const words = wordsOf(this.span);
    let node = this.root;
    let rank: number | undefined;
    for (let depth = this.span.length; depth < this.length; depth++) {
      const low = freeUnder(node?.low, depth + 1, this.length);
      const total = freeUnder(node, depth, this.length);
      if (total <= EXACT_DRAW) rank ??= random(total);
      const high = (rank ?? (random(EXACT_DRAW) / EXACT_DRAW) * total) >= low;
      if (high && rank !== undefined) rank -= low;
      setBitAt(words, depth, high);
      node = childOf(node, high);
    }
    return this.slot(words);
  }

  private slot(words: Uint32Array): PrefixOf<A> {
    return prefixFromWords(words, this.length) as PrefixOf<A>;
  }

  private collect(
    node: TrieNode | undefined,
    depth: number,
    words: Uint32Array,
    n: number,
    found: PrefixOf<A>[],
  ): void {
    if (found.length >= n || node?.free === 0) return;
    if (depth === this.length) {
      found.push(this.slot(words));
      return;
    }
    this.collect(node?.low, depth + 1, words, n, found);
    setBitAt(words, depth, true);
    this.collect(node?.high, depth + 1, words, n, found);
    setBitAt(words, depth, false);
  }

  private change(prefix: Prefix, delta: 1 | -1): void {
    if (!this.range.some((part) => overlaps(part, prefix))) return;
    this.root = hold(this.root, this.span.length, this.pathTo(prefix), delta);
  }

  /** Blocks for good what the trie spans but the range leaves out; `change` never reaches it. */
  private holdOutside(outside: Iterable<Prefix>): void {
    for (const prefix of outside) this.root = hold(this.root, this.span.length, this.pathTo(prefix), 1);
  }

  private pathTo(prefix: Prefix): Path {
    const length = Math.max(this.span.length, Math.min(prefix.length, this.length));
    return {
      words: wordsOf(prefix.length < this.span.length ? this.span : prefix),
      length,
      slotLength: this.length,
    };
  }
}
