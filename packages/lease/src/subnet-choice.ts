import type { Ipv4Prefix, Ipv6Prefix, Prefix, RandomBelow } from '@overlay/cidr';
import { contains, formatAddress, overlaps, SubnetPool } from '@overlay/cidr';

import type { Ipv4Pool, Ipv6Pool } from './model.js';

/** A subnet that a listed key names. */
export interface Taken {
  readonly prefix: Prefix;
  readonly reserved: boolean;
}

/** How full one family of the network is. */
export interface PoolUsage {
  readonly family: 4 | 6;
  /** Subnets between SubnetMin and SubnetMax; above 2^53 not exact. */
  readonly capacity: number;
  readonly free: number;
  /** Listed leases of this family inside the network, and how many of them are reservations. */
  readonly leases: number;
  readonly reservations: number;
  /** One line for a person. */
  readonly description: string;
}

interface Occupancy<Pool extends Ipv4Pool | Ipv6Pool> {
  readonly pool: Pool;
  /** A key outside the network, or as large as it, takes nothing. */
  readonly taken: readonly Taken[];
  /** Not to be leased, although no lease names it. */
  readonly reserved?: readonly Prefix[];
}

interface Question<Pool extends Ipv4Pool | Ipv6Pool> extends Occupancy<Pool> {
  /** Taken in this order if free, before chance decides. */
  readonly wishes: readonly (Prefix | undefined)[];
  readonly random: RandomBelow;
}

interface Choice<Pool extends Ipv4Pool | Ipv6Pool> {
  /** Undefined when none is free. */
  readonly subnet: (Pool extends Ipv4Pool ? Ipv4Prefix : Ipv6Prefix) | undefined;
  readonly usage: PoolUsage;
}

/** Flannel picks among the first hundred free subnets. */
const CHOICES = 100;

/** How full one family of the network is, as `chooseLease` would find it. */
export function poolUsage(occupancy: Occupancy<Ipv4Pool | Ipv6Pool>): PoolUsage {
  const { free, inside } = occupied(occupancy);
  return usageOf(occupancy.pool, inside, free?.freeCount ?? 0);
}

/** What is free, undefined where the range is empty, and the keys that take something. */
function occupied({ pool, taken, reserved = [] }: Occupancy<Ipv4Pool | Ipv6Pool>): {
  readonly free: SubnetPool | undefined;
  readonly inside: readonly Taken[];
} {
  const { network, subnetMin, subnetMax, subnetLen } = pool;
  const inside = taken.filter(({ prefix }) => prefix.length > network.length && contains(network, prefix));
  if (subnetMin.bits > subnetMax.bits) return { free: undefined, inside };
  const free = new SubnetPool(subnetMin, subnetMax, subnetLen);
  for (const { prefix } of inside) free.block(prefix);
  for (const prefix of reserved) if (overlaps(prefix, network)) free.block(prefix);
  return { free, inside };
}

/** Picks a free subnet of one family. */
export function chooseSubnet(question: Question<Ipv4Pool>): Choice<Ipv4Pool>;
export function chooseSubnet(question: Question<Ipv6Pool>): Choice<Ipv6Pool>;
export function chooseSubnet(question: Question<Ipv4Pool | Ipv6Pool>): {
  subnet: Prefix | undefined;
  usage: PoolUsage;
} {
  const { pool, wishes, random } = question;
  const { free, inside } = occupied(question);
  const wished = wishes.find((wish) => wish?.length === pool.subnetLen && free?.isFree(wish) === true);
  const usage = usageOf(pool, inside, free?.freeCount ?? 0);
  return { subnet: wished ?? pick(free, random), usage };
}

function pick(free: SubnetPool | undefined, random: RandomBelow): Prefix | undefined {
  const candidates: readonly Prefix[] = free?.firstFree(CHOICES) ?? [];
  return candidates.length === 0 ? undefined : candidates[random(candidates.length)];
}

function usageOf(pool: Ipv4Pool | Ipv6Pool, inside: readonly Taken[], free: number): PoolUsage {
  const family = pool.network.family;
  const bits = (family === 4 ? 32 : 128) - pool.subnetLen;
  const span = BigInt(pool.subnetMax.bits) - BigInt(pool.subnetMin.bits);
  const capacity = span < 0n ? 0 : Number(span >> BigInt(bits)) + 1;
  const reservations = inside.filter(({ reserved }) => reserved).length;
  const range = `${formatAddress(pool.subnetMin)} to ${formatAddress(pool.subnetMax)}`;
  const description =
    `${free} of ${capacity} subnets of length /${pool.subnetLen} are free from ${range}: ` +
    `${inside.length} leases, ${reservations} of them reservations; wait for one to expire, release one, or widen the range`;
  return { family, capacity, free, leases: inside.length, reservations, description };
}
