import type * as IpNum from 'ip-num';
import type { Family } from './model.js';

/*
 * The only file that knows ip-num. Plain numbers go in, plain values come out, and none of its errors or objects leave. It is kept to
 * the cold border: it is 10 to 2,000 times slower than uint32 arithmetic, takes 30 ms to load, and its own parser is wrong for us
 * (accepts `/016`, rejects `::ffff:1.2.3.4/96`, calls a leading zero a value above 8 bits).
 */

// Loaded on first use, so that a process that never asks for a mask does not pay for it at start.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const load = (): typeof IpNum => require('ip-num') as typeof IpNum;

/** The netmask of a valid prefix length as an unsigned integer of 32 or 128 bits. */
export function netmaskBits(length: number, family: Family): bigint {
  const { IPv4Prefix, IPv6Prefix } = load();
  const prefix = family === 4 ? IPv4Prefix : IPv6Prefix;
  return prefix.fromNumber(BigInt(length)).toMask().getValue();
}
