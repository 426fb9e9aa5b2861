import type { Prefix } from '@overlay/cidr';

interface Level<B, T> {
  readonly length: number;
  readonly mask: B;
  readonly values: Map<B, T>;
}

/** Values by prefix, found by the longest one that holds an address: one hash look-up per prefix length in use. */
export class PeerTable<T> {
  /** Longest first. */
  private levels4: readonly Level<number, T>[] = [];
  private levels6: readonly Level<bigint, T>[] = [];

  set(prefix: Prefix, value: T): void {
    const { length } = prefix;
    if (prefix.family === 4)
      this.levels4 = withValue(this.levels4, { length, mask: mask4(length) }, prefix.bits, value);
    else this.levels6 = withValue(this.levels6, { length, mask: mask6(length) }, prefix.bits, value);
  }

  delete(prefix: Prefix): void {
    if (prefix.family === 4) this.levels4 = without(this.levels4, prefix.length, prefix.bits);
    else this.levels6 = without(this.levels6, prefix.length, prefix.bits);
  }

  /** @param address as the `bits` of an address: a number for IPv4, a bigint for IPv6 */
  find(address: number | bigint): T | undefined {
    if (typeof address === 'bigint') return this.find6(address);
    for (const { mask, values } of this.levels4) {
      const found = values.get((address & mask) >>> 0);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  *values(): Iterable<T> {
    for (const { values } of [...this.levels4, ...this.levels6]) yield* values.values();
  }

  private find6(address: bigint): T | undefined {
    for (const { mask, values } of this.levels6) {
      const found = values.get(address & mask);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

const mask4 = (length: number): number => (length === 0 ? 0 : -1 << (32 - length));
const mask6 = (length: number): bigint => ((1n << BigInt(length)) - 1n) << BigInt(128 - length);

function withValue<B, T>(
  levels: readonly Level<B, T>[],
  { length, mask }: Omit<Level<B, T>, 'values'>,
  bits: B,
  value: T,
): readonly Level<B, T>[] {
  const level = levels.find((candidate) => candidate.length === length);
  level?.values.set(bits, value);
  if (level !== undefined) return levels;
  return [...levels, { length, mask, values: new Map([[bits, value]]) }].sort((a, b) => b.length - a.length);
}

function without<B, T>(levels: readonly Level<B, T>[], length: number, bits: B): readonly Level<B, T>[] {
  levels.find((level) => level.length === length)?.values.delete(bits);
  return levels.filter(({ values }) => values.size > 0);
}
