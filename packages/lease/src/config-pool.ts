import type { Ipv4Prefix, Ipv6Prefix } from '@overlay/cidr';
import {
  contains,
  formatAddress,
  formatPrefix,
  ipv4,
  ipv6,
  lastAddress,
  networkAddress,
  OverlayError,
  prefixOf,
} from '@overlay/cidr';

import type { Ipv4Pool, Ipv6Pool } from './model.js';

/** What one family of the config says; 0 and undefined mean unset. */
export interface PoolRequest<Pool extends Ipv4Pool | Ipv6Pool> {
  readonly network: Pool['network'] | undefined;
  readonly subnetLen: number;
  readonly subnetMin: Pool['subnetMin'] | undefined;
  readonly subnetMax: Pool['subnetMax'] | undefined;
}

/** The names and bounds of one family. */
interface Terms {
  readonly key: string;
  readonly networkKey: string;
  readonly example: string;
  readonly longest: number;
  readonly longestNetwork: number;
  readonly usualLen: number;
}

const IPV4: Terms = {
  key: '',
  networkKey: 'Network',
  example: '10.5.0.0/16',
  longest: 30,
  longestNetwork: 28,
  usualLen: 24,
};
const IPV6: Terms = {
  key: 'IPv6',
  networkKey: 'IPv6Network',
  example: 'fd00:5::/48',
  longest: 126,
  longestNetwork: 124,
  usualLen: 64,
};

/** Checks and completes the IPv4 half, in Flannel's order: the first subnet is skipped. Throws OVL_CONFIG_INVALID. */
export function completeIpv4Pool(request: PoolRequest<Ipv4Pool>): Ipv4Pool {
  const network = requireNetwork(request.network, IPV4);
  const subnetLen = subnetLength(network.length, request.subnetLen, IPV4);
  const size = 2 ** (32 - subnetLen);
  const first = ipv4(network.bits + size);
  const last = ipv4(lastAddress<Ipv4Prefix>(network).bits - size + 1);
  const pool = {
    network,
    subnetLen,
    subnetMin: request.subnetMin ?? first,
    subnetMax: request.subnetMax ?? last,
  };
  checkBounds(pool, IPV4);
  return pool;
}

/** As completeIpv4Pool, for IPv6. */
export function completeIpv6Pool(request: PoolRequest<Ipv6Pool>): Ipv6Pool {
  const network = requireNetwork(request.network, IPV6);
  const subnetLen = subnetLength(network.length, request.subnetLen, IPV6);
  const size = 1n << BigInt(128 - subnetLen);
  const first = ipv6(network.bits + size);
  const last = ipv6(lastAddress<Ipv6Prefix>(network).bits - size + 1n);
  const pool = {
    network,
    subnetLen,
    subnetMin: request.subnetMin ?? first,
    subnetMax: request.subnetMax ?? last,
  };
  checkBounds(pool, IPV6);
  return pool;
}

function requireNetwork<N extends { readonly length: number; readonly bits: number | bigint }>(
  network: N | undefined,
  terms: Terms,
): N {
  const empty = network === undefined || (network.length === 0 && BigInt(network.bits) === 0n);
  if (empty)
    throw invalid(`${terms.networkKey} is missing or empty; set it to a network such as "${terms.example}"`);
  return network;
}

function subnetLength(networkLength: number, wanted: number, terms: Terms): number {
  const key = `${terms.key}SubnetLen`;
  const shortest = networkLength + 2;
  if (wanted > terms.longest) throw invalid(`${key} ${wanted} is too long; the longest is ${terms.longest}`);
  if (wanted !== 0 && wanted < shortest) {
    throw invalid(
      `${key} ${wanted} leaves fewer than four subnets in the /${networkLength} ${terms.networkKey}; use ${shortest} or more`,
    );
  }
  if (wanted !== 0) return wanted;
  if (networkLength > terms.longestNetwork) {
    throw invalid(
      `${terms.networkKey} is a /${networkLength}, too small; the smallest useful one is a /${terms.longestNetwork}`,
    );
  }
  return networkLength <= terms.usualLen - 2 ? terms.usualLen : shortest;
}

function checkBounds(pool: Ipv4Pool | Ipv6Pool, terms: Terms): void {
  const bounds = [
    [`${terms.key}SubnetMin`, pool.subnetMin],
    [`${terms.key}SubnetMax`, pool.subnetMax],
  ] as const;
  for (const [key, address] of bounds) {
    if (!contains(pool.network, address)) {
      throw invalid(
        `${key} ${formatAddress(address)} lies outside ${terms.networkKey} ${formatPrefix(pool.network)}`,
      );
    }
  }
  for (const [key, address] of bounds) {
    const base = networkAddress(prefixOf(address, pool.subnetLen));
    if (base.bits !== address.bits) {
      throw invalid(
        `${key} ${formatAddress(address)} is not the first address of a /${pool.subnetLen}; use ${formatAddress(base)}`,
      );
    }
  }
}

function invalid(message: string): OverlayError {
  return new OverlayError('OVL_CONFIG_INVALID', message);
}
