const ZERO = 48;
const HEX_GROUP = /^[0-9a-fA-F]{1,4}$/;

/** Reads text made of decimal digits only, without leading zero, up to `max`; -1 for anything else. */
export function scanDecimal(text: string, start: number, end: number, max: number): number {
  if (end <= start || (end - start > 1 && text.charCodeAt(start) === ZERO)) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > max) return -1;
  }
  return value;
}

/** The bits of dotted-decimal text of exactly four octets; -1 when it is not that. */
export function scanIpv4(text: string): number {
  let bits = 0;
  let start = 0;
  for (let i = 0; i < 4; i++) {
    const dot = i < 3 ? text.indexOf('.', start) : text.length;
    const octet = dot < 0 ? -1 : scanDecimal(text, start, dot, 255);
    if (octet < 0) return -1;
    bits = bits * 256 + octet;
    start = dot + 1;
  }
  return bits;
}

/** The 16-bit groups of colon-separated text as padded hexadecimal; undefined when a group is bad. A dotted tail makes two groups. */
function scanGroups(text: string, mayEndDotted: boolean): string[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const tail = groups[groups.length - 1] ?? '';
  if (mayEndDotted && tail.includes('.')) {
    const bits = scanIpv4(tail);
    if (bits < 0) return undefined;
    const hex = bits.toString(16).padStart(8, '0');
    groups.splice(-1, 1, hex.slice(0, 4), hex.slice(4));
  }
  return groups.every((group) => HEX_GROUP.test(group)) ? groups : undefined;
}

/** The bits of IPv6 text (RFC 4291 section 2.2, all three forms, no zone); undefined when it is not that. */
export function scanIpv6(text: string): bigint | undefined {
  const gap = text.indexOf('::');
  const head = scanGroups(gap < 0 ? text : text.slice(0, gap), gap < 0);
  const tail = gap < 0 ? [] : scanGroups(text.slice(gap + 2), true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  return BigInt(`0x${groups.map((group) => group.padStart(4, '0')).join('')}`);
}
