import type { Prefix } from '@overlay/cidr';

interface TrieNode<T> {
  readonly key: string;
  values: T[];
  zero?: TrieNode<T> | undefined;
  one?: TrieNode<T> | undefined;
}

type Side = 'zero' | 'one';

/** The network bits of a prefix as '0' and '1': `10.0.0.0/8` is '00001010'. */
export function prefixBits(prefix: Prefix): string {
  return prefix.bits
    .toString(2)
    .padStart(prefix.family === 4 ? 32 : 128, '0')
    .slice(0, prefix.length);
}

/**
 * Values under prefixes of one family, several to a prefix. A path-compressed binary trie: adding, removing and looking up cost
 * at most the prefix length in steps, about log2 of the number of prefixes in practice. Prefixes are given as prefixBits().
 */
export class PrefixTrie<T> {
  private readonly root: TrieNode<T> = { key: '', values: [] };

  add(bits: string, value: T): void {
    let node = this.root;
    while (node.key !== bits) {
      const side = sideOf(bits, node);
      const child = node[side];
      if (child !== undefined && bits.startsWith(child.key)) node = child;
      else node = node[side] = child === undefined ? { key: bits, values: [] } : parentOf(child, bits);
    }
    node.values.push(value);
  }

  remove(bits: string, value: T): void {
    const path = this.path(bits);
    const node = path.at(-1);
    if (node?.key !== bits) return;
    node.values = node.values.filter((kept) => kept !== value);
    for (let depth = path.length - 1; depth > 0; depth -= 1) collapse(path[depth - 1], path[depth]);
  }

  /** Values of the prefix and of those that contain it, the longest last. */
  covering(bits: string): T[] {
    return this.path(bits).flatMap((node) => node.values);
  }

  /** Values of every prefix that shares an address: those that contain it, then lazily those inside it in address order. */
  overlapping(bits: string): Iterable<T> {
    const path = this.path(bits);
    const last = path.at(-1) ?? this.root;
    const covering = path.flatMap((node) => node.values);
    if (last.key === bits) {
      return last.zero === undefined && last.one === undefined ? covering : chain(covering, children(last));
    }
    const child = last[sideOf(bits, last)];
    return child?.key.startsWith(bits) === true ? chain(covering, subtree(child)) : covering;
  }

  /** All values in address order, shorter prefixes first. */
  all(): Iterable<T> {
    return subtree(this.root);
  }

  private path(bits: string): TrieNode<T>[] {
    const path: TrieNode<T>[] = [];
    let node: TrieNode<T> | undefined = this.root;
    while (node !== undefined && bits.startsWith(node.key)) {
      path.push(node);
      node = node.key === bits ? undefined : node[sideOf(bits, node)];
    }
    return path;
  }
}

function sideOf(bits: string, node: { readonly key: string }): Side {
  return bits[node.key.length] === '1' ? 'one' : 'zero';
}

/** A new node above `child` where its key and `bits` part, or at `bits` itself. */
function parentOf<T>(child: TrieNode<T>, bits: string): TrieNode<T> {
  let length = 0;
  while (length < bits.length && bits[length] === child.key[length]) length += 1;
  const parent: TrieNode<T> = { key: bits.slice(0, length), values: [] };
  parent[sideOf(child.key, parent)] = child;
  return parent;
}

/** Takes an empty node out of its parent when nothing or one child hangs below it. */
function collapse<T>(parent: TrieNode<T> | undefined, node: TrieNode<T> | undefined): void {
  if (parent === undefined || node === undefined || node.values.length > 0) return;
  if (node.zero !== undefined && node.one !== undefined) return;
  parent[sideOf(node.key, parent)] = node.zero ?? node.one;
}

function* chain<T>(first: readonly T[], rest: Iterable<T>): Iterable<T> {
  yield* first;
  yield* rest;
}

function* subtree<T>(node: TrieNode<T>): Iterable<T> {
  yield* node.values;
  yield* children(node);
}

function* children<T>(node: TrieNode<T>): Iterable<T> {
  if (node.zero !== undefined) yield* subtree(node.zero);
  if (node.one !== undefined) yield* subtree(node.one);
}
