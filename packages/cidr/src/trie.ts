/**
 * Which prefixes are blocked, as a binary trie over address bits: a node at depth d is a prefix of length d, `holds` says how often
 * exactly it is blocked, `free` how many slots (prefixes of the pool's length) below it nothing blocks. An absent node has all its
 * slots free, so the trie is as large as what is blocked, however large the space is.
 */
export interface TrieNode {
  holds: number;
  free: number;
  low: TrieNode | undefined;
  high: TrieNode | undefined;
}

/** A prefix as 32-bit words, most significant first, and the depth of its slots. */
export interface Path {
  readonly words: Uint32Array;
  readonly length: number;
  readonly slotLength: number;
}

function bitAt(words: Uint32Array, depth: number): boolean {
  return (((words[depth >>> 5] ?? 0) >>> (31 - (depth & 31))) & 1) === 1;
}

/** Sets or clears the bit of the address at the depth; 0 is the most significant one. */
export function setBitAt(words: Uint32Array, depth: number, set: boolean): void {
  const mask = 1 << (31 - (depth & 31));
  const word = words[depth >>> 5] ?? 0;
  words[depth >>> 5] = set ? word | mask : word & ~mask;
}

/** The half of the node with the next bit clear, or set. */
export function childOf(node: TrieNode | undefined, high: boolean): TrieNode | undefined {
  return high ? node?.high : node?.low;
}

/** Free slots under a node at the depth. Zero is always exact; other values are up to 2^53. */
export function freeUnder(node: TrieNode | undefined, depth: number, slotLength: number): number {
  return node === undefined ? 2 ** (slotLength - depth) : node.free;
}

/**
 * Adds `delta` to the holds of the prefix at the path and returns what stands at this node afterwards: undefined once nothing at or
 * below it is blocked. Holds never fall below zero.
 */
export function hold(
  node: TrieNode | undefined,
  depth: number,
  path: Path,
  delta: 1 | -1,
): TrieNode | undefined {
  const next = node ?? { holds: 0, free: 0, low: undefined, high: undefined };
  if (depth === path.length) {
    next.holds = Math.max(0, next.holds + delta);
  } else if (bitAt(path.words, depth)) {
    next.high = hold(next.high, depth + 1, path, delta);
  } else {
    next.low = hold(next.low, depth + 1, path, delta);
  }
  if (next.holds === 0 && next.low === undefined && next.high === undefined) return undefined;
  const { slotLength } = path;
  next.free =
    next.holds > 0
      ? 0
      : freeUnder(next.low, depth + 1, slotLength) + freeUnder(next.high, depth + 1, slotLength);
  return next;
}

/** Whether nothing above, at or below the path is blocked. */
export function isUnheld(root: TrieNode | undefined, rootDepth: number, path: Path): boolean {
  let node = root;
  for (let depth = rootDepth; depth < path.length && node !== undefined; depth++) {
    if (node.holds > 0) return false;
    node = childOf(node, bitAt(path.words, depth));
  }
  return node === undefined;
}
