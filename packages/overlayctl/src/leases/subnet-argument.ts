import { OverlayError, parseIpv4Prefix, parseIpv6Prefix } from '@overlay/cidr';
import { parseLeaseName, type LeaseSubnets } from '@overlay/lease';

/**
 * Subnets as typed: `10.5.34.0/24`, `10.5.34.0/24,fc00:24:0:28::/64`, or the name of a key (`10.5.34.0-24`).
 * @throws OverlayError `OVL_CIDR_INVALID`, `OVL_LEASE_KEY` or `OVL_USAGE`
 */
export function parseSubnetArgument(text: string): LeaseSubnets {
  if (!text.includes('/')) return parseLeaseName(text);
  const [ipv4 = '', ipv6, ...rest] = text.split(/[,&]/);
  if (rest.length > 0) {
    throw new OverlayError('OVL_USAGE', `${JSON.stringify(text)} names more than one subnet of each family`);
  }
  const subnet = parseIpv4Prefix(ipv4);
  return ipv6 === undefined ? { subnet } : { subnet, ipv6Subnet: parseIpv6Prefix(ipv6) };
}
