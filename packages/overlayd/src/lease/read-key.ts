import { OverlayError, type Prefix } from '@overlay/cidr';
import {
  parseLeaseName,
  parseLeaseValue,
  type LeaseAttributes,
  type LeaseSubnets,
  type RawLease,
} from '@overlay/lease';

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof OverlayError) return undefined;
    throw error;
  }
}

/** What a key says; undefined when it cannot be read. */
export const attributesOf = ({ value }: Pick<RawLease, 'value'>): LeaseAttributes | undefined =>
  readable(() => parseLeaseValue(value));

/** The subnets that a key is for; undefined when it is no lease's. */
export const subnetsNamed = (name: string): LeaseSubnets | undefined => readable(() => parseLeaseName(name));

/** One prefix for each address family. */
export const prefixesOf = ({ subnet, ipv6Subnet }: LeaseSubnets): readonly Prefix[] =>
  ipv6Subnet === undefined ? [subnet] : [subnet, ipv6Subnet];

/** The prefixes that a key is for; none when it is no lease's. */
export function namedIn(name: string): readonly Prefix[] {
  const subnets = subnetsNamed(name);
  return subnets === undefined ? [] : prefixesOf(subnets);
}
