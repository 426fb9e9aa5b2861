import type { Ipv4, Ipv4Prefix, Ipv6, Ipv6Prefix, Prefix } from '@overlay/cidr';
import { ipv4, ipv6, OverlayError, parseAddress, parsePrefix } from '@overlay/cidr';

const MAPPED = 0xffffn;

/** An IPv4 address as Go's net.ParseIP(..).To4() reads it: `::ffff:10.0.0.1` is 10.0.0.1. Throws OVL_CIDR_INVALID. */
export function readIpv4(text: string): Ipv4 {
  const address = parseAddress(text);
  if (address.family === 4) return address;
  if (address.bits >> 32n === MAPPED) return ipv4(Number(address.bits & 0xffffffffn));
  throw new OverlayError('OVL_CIDR_INVALID', `"${text}" is an IPv6 address where an IPv4 address is needed`);
}

/** An IPv6 address as Go's net.ParseIP(..).To16() reads it: an IPv4 address becomes IPv4-mapped. Throws OVL_CIDR_INVALID. */
export function readIpv6(text: string): Ipv6 {
  const address = parseAddress(text);
  return address.family === 6 ? address : ipv6((MAPPED << 32n) | BigInt(address.bits));
}

/** An IPv4 network as Go's net.ParseCIDR reads it: host bits masked off, zeros before the length allowed. */
export function readIpv4Prefix(text: string): Ipv4Prefix {
  const prefix = readPrefix(text);
  if (prefix.family === 4) return prefix;
  throw new OverlayError('OVL_CIDR_INVALID', `"${text}" is an IPv6 network where an IPv4 network is needed`);
}

/** See readIpv4Prefix. Flannel lets an IPv4 network pass here and then computes nonsense; it is refused. */
export function readIpv6Prefix(text: string): Ipv6Prefix {
  const prefix = readPrefix(text);
  if (prefix.family === 6) return prefix;
  throw new OverlayError('OVL_CIDR_INVALID', `"${text}" is an IPv4 network where an IPv6 network is needed`);
}

function readPrefix(text: string): Prefix {
  return parsePrefix(text.replace(/\/0+(?=\d)/, '/'), 'mask');
}
