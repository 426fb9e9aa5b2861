import type { Address, Ipv4, Ipv6, Prefix } from '@overlay/cidr';
import { contains, equalAddress, formatAddress, formatPrefix, overlaps, parsePrefix } from '@overlay/cidr';

import { goMember } from './go-struct.js';
import { isLan } from './lan-ranges.js';
import type { Ipv4Pool, Ipv6Pool, Json, LeaseAttributes, LeaseSubnets, NetworkConfig } from './model.js';

/** What makes a lease usable on this host. */
export interface LeasePolicy {
  readonly config: NetworkConfig;
  /** The lease we hold; absent while we hold none. A lease of another name may not overlap it or use its addresses. */
  readonly own?: OwnLease;
}

export interface OwnLease {
  readonly subnets: LeaseSubnets;
  readonly publicIp: Ipv4;
  readonly publicIpv6?: Ipv6;
  /** Further subnets that we hold under leases of their own: containers still live in them while we renumber. */
  readonly draining?: readonly LeaseSubnets[];
}

export interface Problem {
  readonly code: string;
  readonly reason: string;
}

/** Ranges with no host in them; as a subnet also link-local is refused. */
const NO_HOST = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::/8', 'ff00::/8'].map((text) =>
  parsePrefix(text),
);
const RESERVED = [...NO_HOST, parsePrefix('169.254.0.0/16'), parsePrefix('fe80::/10')];
const MAC = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i;

/** The special-use range that a prefix meets (RFC 6890), undefined when none: no lease may lie there. */
export function reservedRange(prefix: Prefix): string | undefined {
  const range = RESERVED.find((candidate) => overlaps(candidate, prefix));
  return range && formatPrefix(range);
}

/**
 * Why a subnet of one family may not be used, undefined when it may. Any length that divides the Network is allowed (C04); outside of
 * the Network the same holds for a former network.
 */
export function subnetProblem(
  subnet: Prefix,
  pool: Ipv4Pool | Ipv6Pool | undefined,
  formerNetworks: readonly Prefix[],
): Problem | undefined {
  const family = `IPv${subnet.family}`;
  if (pool === undefined) return problem('OVL_LEASE_SUBNET', `${family} is off in the network config`);
  const { network } = pool;
  const longest = subnet.family === 4 ? 30 : 126;
  const text = formatPrefix(subnet);
  const networks = overlaps(network, subnet) ? [network] : formerNetworks;
  if (!networks.some((candidate) => subnet.length > candidate.length && contains(candidate, subnet))) {
    return problem('OVL_LEASE_SUBNET', `${text} does not lie inside the network ${formatPrefix(network)}`);
  }
  if (subnet.length > longest) return problem('OVL_LEASE_SUBNET', `${text} is longer than a /${longest}`);
  const reserved = reservedRange(subnet);
  return reserved === undefined
    ? undefined
    : problem('OVL_LEASE_SUBNET', `${text} meets the reserved range ${reserved}`);
}

/**
 * Why the public address of a lease cannot be a tunnel endpoint or next hop, undefined when it can. A former network may be the LAN that
 * hosts have their addresses in, as the Network of a `bridge` is; but no host is among its own containers.
 */
export function publicAddressProblem(
  address: Address,
  subnet: Prefix,
  config: NetworkConfig,
): Problem | undefined {
  const text = `the public address ${formatAddress(address)}`;
  const range = NO_HOST.find((candidate) => contains(candidate, address));
  if (range !== undefined)
    return problem('OVL_LEASE_ADDRESS', `${text} is no host's address (${formatPrefix(range)})`);
  if (contains(subnet, address))
    return problem('OVL_LEASE_ADDRESS', `${text} lies inside its own range ${formatPrefix(subnet)}`);
  const overlay = (address.family === 4 ? config.ipv4 : config.ipv6)?.network;
  return overlay === undefined || isLan(config) || !contains(overlay, address)
    ? undefined
    : problem('OVL_LEASE_ADDRESS', `${text} lies inside the overlay network ${formatPrefix(overlay)}`);
}

/** Why a lease may not stand beside our own, undefined when it may. */
export function ownProblem(
  subnet: Prefix,
  address: Address | undefined,
  own: OwnLease | undefined,
): Problem | undefined {
  if (own === undefined) return undefined;
  const ownSubnet = [own.subnets, ...(own.draining ?? [])]
    .map((held) => (subnet.family === 4 ? held.subnet : held.ipv6Subnet))
    .find((held) => held !== undefined && overlaps(held, subnet));
  if (ownSubnet !== undefined) {
    return problem(
      'OVL_LEASE_OVERLAP',
      `${formatPrefix(subnet)} overlaps our own subnet ${formatPrefix(ownSubnet)}`,
    );
  }
  const ownAddress = address?.family === 6 ? own.publicIpv6 : own.publicIp;
  if (address !== undefined && ownAddress !== undefined && equalAddress(address, ownAddress)) {
    return problem('OVL_LEASE_DUPLICATE', `the public address ${formatAddress(address)} is our own`);
  }
  return undefined;
}

/** The VTEP MACs of one family that a lease names, lower case with colons, or why one is unusable. */
export function vtepMacs(attributes: LeaseAttributes, family: 4 | 6): readonly string[] | Problem {
  const macs = new Set<string>();
  for (const data of vxlanData(attributes, family)) {
    const text = macText(data);
    const mac =
      typeof text === 'string' && MAC.test(text) ? text.toLowerCase().replaceAll('-', ':') : undefined;
    if (mac === undefined || !isUnicastMac(mac)) {
      return problem(
        'OVL_LEASE_MAC',
        `VtepMAC ${JSON.stringify(text ?? null)} is not the MAC of one host (6 bytes, unicast, not zero)`,
      );
    }
    macs.add(mac);
  }
  return [...macs];
}

/** The data of Flannel's own field, which vxlan must have, and of a vxlan offer in ours. */
function vxlanData(attributes: LeaseAttributes, family: 4 | 6): (Json | undefined)[] {
  const own = family === 4 ? attributes.backendData : attributes.backendV6Data;
  const offers = (attributes.overlay?.backends ?? []).filter(({ type }) => type === 'vxlan');
  const offered = offers.map((offer) => (family === 4 ? offer.data : offer.v6Data));
  return [
    ...(attributes.backendType === 'vxlan' ? [own] : []),
    ...offered.filter((data) => data !== undefined),
  ];
}

function macText(data: Json | undefined): Json | undefined {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
    ? goMember(data as Readonly<Record<string, Json>>, 'VtepMAC')
    : undefined;
}

/** The lowest bit of the first byte marks a group address (IEEE 802). */
function isUnicastMac(mac: string): boolean {
  return mac !== '00:00:00:00:00:00' && Number.parseInt(mac.slice(0, 2), 16) % 2 === 0;
}

export function problem(code: string, reason: string): Problem {
  return { code, reason };
}
