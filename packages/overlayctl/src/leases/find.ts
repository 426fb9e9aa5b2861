import { OverlayError } from '@overlay/cidr';
import { formatLeaseName } from '@overlay/lease';
import { parseSubnetArgument } from './subnet-argument.js';

/**
 * The lease that a person means: by its key as it stands, even one no node can read, or by its subnet; the IPv4 subnet alone
 * also names a dual-stack lease.
 * @throws OverlayError `OVL_NOT_FOUND`, or as parseSubnetArgument
 */
export function findLease<T extends { readonly name: string }>(leases: readonly T[], wanted: string): T {
  const exact = leases.find(({ name }) => name === wanted);
  if (exact !== undefined) return exact;
  const key = formatLeaseName(parseSubnetArgument(wanted));
  const found =
    leases.find(({ name }) => name === key) ?? leases.find(({ name }) => name.startsWith(`${key}&`));
  if (found === undefined)
    throw new OverlayError('OVL_NOT_FOUND', `no lease ${wanted}; see overlayctl lease list`);
  return found;
}
