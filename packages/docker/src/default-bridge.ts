import { formatPrefix } from '@overlay/cidr';
import { masquerades } from './daemon-json-keys.js';
import type { DockerWish } from './model.js';
import { bridgeOf, subnetsOf, type DockerNetwork } from './network-decision.js';
import { OPTION_MASQUERADE, OPTION_MTU } from './network-spec.js';

/** What Docker's default network really is, and in what it differs from the lease: `subnet 172.17.0.0/16, wanted 10.5.34.0/24`. */
export interface DefaultBridge {
  readonly bridge: string;
  readonly subnet?: string;
  readonly ipv6Subnet?: string;
  readonly differences: readonly string[];
}

const whole = ({ subnet }: DockerNetwork['pools'][number]) => ({ subnet });

/** Compares the network named `bridge`. On a bridge of the administrator's own, Docker allocates from `IPRange`, not from the whole subnet. */
export function defaultBridge(network: DockerNetwork, wish: DockerWish): DefaultBridge {
  const bridge = bridgeOf(network);
  const inUse = bridge === 'docker0' && !wish.segment ? network.pools.map(whole) : network.pools;
  const { subnet, ipv6Subnet } = subnetsOf(inUse);
  const compared: [string, string | undefined, string][] = [
    ['subnet', subnet, formatPrefix(wish.subnet)],
    ['mtu', network.options[OPTION_MTU] ?? '1500', String(wish.mtu)],
    ['ip-masq', network.options[OPTION_MASQUERADE] ?? 'true', String(masquerades(wish))],
  ];
  const { segment } = wish;
  if (segment?.bridge) compared.push(['bridge', bridge, segment.bridge]);
  if (wish.ipv6Subnet) {
    compared.push(['IPv6 subnet', ipv6Subnet, formatPrefix(wish.ipv6Subnet)]);
  }
  const differences = compared
    .filter(([, is, wants]) => is !== wants)
    .map(([what, is, wants]) => `${what} ${is ?? 'none'}, wanted ${wants}`);
  return { bridge, ...subnetsOf(inUse), differences };
}
