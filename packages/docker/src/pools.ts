import { formatPrefix, overlaps, type Prefix } from '@overlay/cidr';
import type { DockerProblem } from './model.js';
import { prefixes, type DockerNetwork } from './network-decision.js';
import { problem } from './problem.js';

/** Docker's own pools for new networks when `default-address-pools` is not set (libnetwork ipamutils). */
const BUILT_IN_POOLS = [
  '172.17.0.0/16',
  '172.18.0.0/16',
  '172.19.0.0/16',
  '172.20.0.0/14',
  '172.24.0.0/14',
  '172.28.0.0/14',
  '192.168.0.0/16',
];

/**
 * Warns when Docker may give, or gave, addresses of the overlay network to a network of its own: those hide other hosts' containers.
 * `configured` are the bases of `default-address-pools`, empty when not set; `overlay` is the whole overlay network.
 */
export function poolWarnings(
  overlay: Prefix,
  configured: readonly string[],
  others: readonly DockerNetwork[],
): DockerProblem[] {
  const pools = configured.length > 0 ? configured : BUILT_IN_POOLS;
  const hit = (subnet: string) => prefixes(subnet).some((prefix) => overlaps(prefix, overlay));
  const pool = pools.find(hit);
  const network = others.find((other) => other.pools.some(({ subnet }) => hit(subnet)));
  const seen = [
    ...(pool === undefined ? [] : [`Docker's address pool ${pool}`]),
    ...(network === undefined ? [] : [`Docker network ${network.name}`]),
  ];
  if (seen.length === 0) return [];
  const message =
    `${seen.join(' and ')} overlap${seen.length === 1 ? 's' : ''} the overlay network ${formatPrefix(overlay)}: containers there hide ` +
    `those of other hosts. Set default-address-pools in daemon.json to a range outside of it, or choose another overlay network.`;
  return [problem('OVL_DOCKER_POOL_OVERLAP', message)];
}
