import { formatAddress, type Prefix } from '@overlay/cidr';
import { poolUsage, type NetworkConfig } from '@overlay/lease';
import type { Problem } from '../loop/problems.js';

/** From which part on a range of subnets is nearly used up. */
const SCARCE = 0.8;

type Pool = NonNullable<NetworkConfig['ipv4'] | NetworkConfig['ipv6']>;

/** Prefixes that no other host can lease. */
interface Occupied {
  /** By leases. */
  readonly taken: readonly Prefix[];
  /** Not to be leased, although no lease names them: as `chooseLease` is told. */
  readonly reserved: readonly Prefix[];
}

function scarceIn(pool: Pool, { taken, reserved }: Occupied): Problem | undefined {
  const leased = taken.map((prefix) => ({ prefix, reserved: false }));
  const { capacity, free } = poolUsage({ pool, taken: leased, reserved });
  if (capacity === 0 || capacity - free < capacity * SCARCE) return undefined;
  const range = `${formatAddress(pool.subnetMin)} to ${formatAddress(pool.subnetMax)}`;
  return {
    code: 'OVL_SUBNETS_SCARCE',
    message:
      `${capacity - free} of ${capacity} subnets of length /${pool.subnetLen} from ${range} are taken: a host that comes when none is left ` +
      'has to wait. Release leases of hosts that are gone, or enlarge the range in the network config',
  };
}

/** Told when four fifths of the subnets that hosts can lease are taken (B09), of either family; undefined before. */
export function scarceSubnets({ ipv4, ipv6 }: NetworkConfig, occupied: Occupied): Problem | undefined {
  return [ipv4, ipv6]
    .map((pool) => (pool === undefined ? undefined : scarceIn(pool, occupied)))
    .find((problem) => problem !== undefined);
}
