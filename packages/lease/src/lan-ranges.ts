import type { Address, Prefix } from '@overlay/cidr';
import {
  contains,
  formatAddress,
  formatPrefix,
  OverlayError,
  parseAddress,
  parsePrefix,
  prefixOf,
  rangeToPrefixes,
} from '@overlay/cidr';

import { goMember } from './go-struct.js';
import type { Json, JsonObject, Lease, NetworkConfig } from './model.js';

/** The backend whose Network is the LAN itself: hosts have their addresses in it, and lease ranges of the rest. */
const LAN_BACKEND = 'bridge';

/** True when hosts' own addresses may lie inside the Network. */
export function isLan({ backendType }: Pick<NetworkConfig, 'backendType'>): boolean {
  return backendType === LAN_BACKEND;
}

/**
 * `Exclude` of the Backend options: what DHCP or somebody else gives out, each as `first-last`, a prefix or one address.
 * @throws OverlayError OVL_BACKEND_OPTION
 */
export function excludedRanges(backend: JsonObject): readonly Prefix[] {
  const written = goMember(backend, 'Exclude') ?? [];
  if (!Array.isArray(written)) throw badExclude(written);
  return (written as readonly Json[]).flatMap(rangeOf);
}

function rangeOf(entry: Json): readonly Prefix[] {
  if (typeof entry !== 'string') throw badExclude(entry);
  try {
    const [first, last, ...more] = entry.split('-').map((part) => part.trim());
    if (more.length > 0) throw badExclude(entry);
    if (last !== undefined) return rangeToPrefixes(parseAddress(first ?? ''), parseAddress(last));
    return entry.includes('/') ? [parsePrefix(entry, 'mask')] : [hostPrefix(parseAddress(entry.trim()))];
  } catch {
    throw badExclude(entry);
  }
}

function badExclude(value: Json): OverlayError {
  return new OverlayError(
    'OVL_BACKEND_OPTION',
    `Backend option Exclude of bridge must list ranges like "192.168.28.100-192.168.28.150", prefixes or addresses, not ${JSON.stringify(value)}; ` +
      'correct it with `overlayctl config set`',
  );
}

export function hostPrefix(address: Address): Prefix {
  return prefixOf(address, address.family === 4 ? 32 : 128);
}

/** What no lease may hold where the Network is the LAN: excluded ranges and the address of every host that has a lease. Else nothing. */
export function lanReserved(config: NetworkConfig, leases: readonly Lease[]): readonly Prefix[] {
  if (!isLan(config)) return [];
  const addresses = leases.flatMap(({ attributes: { publicIp, publicIpv6 } }) =>
    publicIpv6 === undefined ? [publicIp] : [publicIp, publicIpv6],
  );
  return [...excludedRanges(config.backend), ...addresses.map(hostPrefix)];
}

/** Why this host cannot join: a container of another host may have its address already. Undefined when it can. */
export function leasedToOther(address: Address, others: readonly Lease[]): string | undefined {
  const holder = others.find(({ subnet, ipv6Subnet }) =>
    [subnet, ...(ipv6Subnet === undefined ? [] : [ipv6Subnet])].some((held) => contains(held, address)),
  );
  if (holder === undefined) return undefined;
  return (
    `our address ${formatAddress(address)} lies in ${formatPrefix(holder.subnet)}, which is leased to ` +
    `${formatAddress(holder.attributes.publicIp)} for its containers: give this host another address, or let that host renumber`
  );
}
