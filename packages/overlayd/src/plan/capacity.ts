import { contains, formatAddress, SubnetPool, type Prefix } from '@overlay/cidr';
import type { NetworkConfig } from '@overlay/lease';
import type { Problem } from '../loop/problems.js';
import { namedIn } from './fence.js';

/** From which part on a range of subnets is nearly used up. */
const SCARCE = 0.8;

type Pool = NonNullable<NetworkConfig['ipv4'] | NetworkConfig['ipv6']>;

/** How many subnets of a range there are, and how many of them no lease meets. */
function countFree({ network, subnetMin, subnetMax, subnetLen }: Pool, taken: readonly Prefix[]) {
  const pool = new SubnetPool(subnetMin, subnetMax, subnetLen);
  const all = pool.freeCount;
  for (const prefix of taken)
    if (prefix.length > network.length && contains(network, prefix)) pool.block(prefix);
  return { all, free: pool.freeCount };
}

function scarceIn(pool: Pool, taken: readonly Prefix[]): Problem | undefined {
  if (pool.subnetMin.bits > pool.subnetMax.bits) return undefined;
  const { all, free } = countFree(pool, taken);
  if (all - free < all * SCARCE) return undefined;
  const range = `${formatAddress(pool.subnetMin)} to ${formatAddress(pool.subnetMax)}`;
  return {
    code: 'OVL_SUBNETS_SCARCE',
    message:
      `${all - free} of ${all} subnets of length /${pool.subnetLen} from ${range} are taken: a host that comes when none is left has to ` +
      'wait. Release leases of hosts that are gone, or enlarge the range in the network config',
  };
}

/** Told when four fifths of the subnets that hosts can lease are taken (B09), of either family; undefined before. */
export function scarceSubnets({ ipv4, ipv6 }: NetworkConfig, names: Iterable<string>): Problem | undefined {
  const taken = [...names].flatMap(namedIn);
  return [ipv4, ipv6]
    .map((pool) => (pool === undefined ? undefined : scarceIn(pool, taken)))
    .find((problem) => problem !== undefined);
}
