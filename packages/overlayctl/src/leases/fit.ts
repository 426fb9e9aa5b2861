import { contains, formatAddress, formatPrefix, overlaps, type Address, type Prefix } from '@overlay/cidr';
import {
  leaseFitsConfig,
  parseLeaseName,
  type Ipv4Pool,
  type Ipv6Pool,
  type LeaseSubnets,
  type NetworkConfig,
} from '@overlay/lease';

/**
 * Why a node with this config would not take these subnets, undefined when it would.
 */
export function misfit(subnets: LeaseSubnets, config: NetworkConfig): string | undefined {
  if (leaseFitsConfig(subnets, config)) return undefined;
  return (
    familyMisfit(subnets.subnet, config.ipv4, 'IPv4') ??
    familyMisfit(subnets.ipv6Subnet, config.ipv6, 'IPv6') ??
    'does not fit'
  );
}

function familyMisfit(
  subnet: Prefix | undefined,
  pool: Ipv4Pool | Ipv6Pool | undefined,
  family: string,
): string | undefined {
  if (subnet === undefined)
    return pool === undefined ? undefined : `has no ${family} subnet, and the config asks for one`;
  if (pool === undefined) return `has an ${family} subnet, and ${family} is off`;
  const { network, subnetMin, subnetMax, subnetLen } = pool;
  const text = formatPrefix(subnet);
  if (!contains(network, subnet)) return `${text} is outside ${formatPrefix(network)}`;
  if (subnet.length !== subnetLen) return `${text} is no /${subnetLen}`;
  if (subnet.bits < subnetMin.bits) return `${text} is before the first subnet, ${addressText(subnetMin)}`;
  if (subnet.bits > subnetMax.bits) return `${text} is after the last subnet, ${addressText(subnetMax)}`;
  return undefined;
}

const addressText = (address: Address): string => formatAddress(address);

/** The subnets a key names, undefined when it names none. */
export function subnetsOf(name: string): LeaseSubnets | undefined {
  try {
    return parseLeaseName(name);
  } catch {
    return undefined;
  }
}

/** Whether two leases meet in either family. */
export function subnetsOverlap(a: LeaseSubnets, b: LeaseSubnets): boolean {
  if (overlaps(a.subnet, b.subnet)) return true;
  return a.ipv6Subnet !== undefined && b.ipv6Subnet !== undefined && overlaps(a.ipv6Subnet, b.ipv6Subnet);
}
