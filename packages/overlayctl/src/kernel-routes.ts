import { formatAddress, ipv4, type Ipv4Prefix } from '@overlay/cidr';

/**
 * The device and gateway of the route for exactly this subnet that goes through a gateway, from the text of /proc/net/route
 * (net/ipv4/fib_trie.c: addresses in hexadecimal, in the host's byte order). Undefined when there is none.
 */
export function gatewayRoute(procNetRoute: string, subnet: Ipv4Prefix): string | undefined {
  const mask = subnet.length === 0 ? 0 : (-1 << (32 - subnet.length)) >>> 0;
  for (const line of procNetRoute.split('\n').slice(1)) {
    const [device = '', destination = '', gateway = '', , , , , routeMask = ''] = line.trim().split(/\s+/);
    const matches = fromHex(destination) === subnet.bits && fromHex(routeMask) === mask;
    if (matches && fromHex(gateway) !== 0) return `${device} via ${formatAddress(ipv4(fromHex(gateway)))}`;
  }
  return undefined;
}

/** Little-endian on every machine that node runs on but s390x. */
function fromHex(text: string): number {
  return /^[0-9A-F]{8}$/i.test(text) ? Buffer.from(text, 'hex').readUInt32LE() : 0;
}
