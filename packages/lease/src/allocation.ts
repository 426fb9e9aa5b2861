import type { Ipv4, Prefix, RandomBelow } from '@overlay/cidr';
import {
  contains,
  equalAddress,
  equalPrefix,
  formatAddress,
  formatPrefix,
  OverlayError,
  prefixOf,
} from '@overlay/cidr';

import { isLan, lanReserved, leasedToOther } from './lan-ranges.js';
import { parseFlannelKey, parseLeaseName } from './lease-name.js';
import { parseLeaseValue } from './lease-value.js';
import type { Ipv4Pool, Ipv6Pool, Lease, LeaseSubnets, NetworkConfig, RawLease } from './model.js';
import type { PoolUsage, Taken } from './subnet-choice.js';
import { chooseSubnet } from './subnet-choice.js';

export interface LeaseRequest {
  readonly config: NetworkConfig;
  /** Everything under `subnets/` as listed, in etcd's order (by key). */
  readonly leases: readonly RawLease[];
  readonly publicIp: Ipv4;
  readonly nodeId: string;
  /** What subnet.env of this host says it had: a wish. */
  readonly previous?: LeaseSubnets;
  readonly random: RandomBelow;
  /** Write a single-stack key beside dual-stack Flannel hosts, or the other way round, although it stops them. */
  readonly allowMixed?: boolean;
  /**
   * Of a lease that no longer fits, the subnet stays in use for now: the next one shares no address with it, and the caller deletes it
   * later, when its last container is gone.
   */
  readonly keepStale?: boolean;
  /** Prefixes that this host knows to be in use: on a LAN its router's and its own addresses. */
  readonly reserved?: readonly Prefix[];
}

/** What to do to hold a lease. */
export type LeaseDecision =
  /** Rewrite this lease with our attributes; keep it without an etcd lease when it is a reservation (`etcdLease` "0"). */
  | { readonly kind: 'reuse'; readonly lease: Lease }
  /** Our lease no longer fits the config: create `next` and delete it, with `keepStale` only later. */
  | {
      readonly kind: 'replace';
      readonly lease: Lease;
      readonly next: LeaseSubnets;
      readonly pools: readonly PoolUsage[];
    }
  | { readonly kind: 'create'; readonly subnets: LeaseSubnets; readonly pools: readonly PoolUsage[] }
  /** Another node holds a lease with our public address: do not start (B06). */
  | { readonly kind: 'conflict'; readonly lease: Lease; readonly code: string; readonly reason: string }
  /** No subnet is free; try again when a lease goes (B09). */
  | {
      readonly kind: 'exhausted';
      readonly pools: readonly PoolUsage[];
      readonly code: string;
      readonly reason: string;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string };

/**
 * Decides as Flannel does (LocalManager.tryAcquireLease): our lease by public address, then the previous subnet, then a random one
 * of the first 100 free. Beyond Flannel: our own lease is also known by node id together with the previous subnet, another node's
 * with our address is a conflict, a replaced lease passes the half that still fits on to its successor, a reservation is never
 * deleted, and single and dual stack are not mixed with Flannel hosts.
 */
export function chooseLease(request: LeaseRequest): LeaseDecision {
  const { config } = request;
  if (config.ipv4 === undefined) {
    return refused(
      'OVL_CONFIG_NO_IPV4',
      'a lease key always names an IPv4 subnet; set EnableIPv4 in the network config',
    );
  }
  const readable = request.leases.flatMap((raw) => readLease(raw) ?? []);
  const rival = readable.find((lease) => isRival(lease, request));
  if (rival !== undefined) return conflict(rival);
  const own = readable.filter((lease) => isOwn(lease, request));
  const fitting = own.find((lease) => leaseFitsConfig(lease, config));
  if (fitting !== undefined) return { kind: 'reuse', lease: fitting };
  const stale = own.find((lease) => lease.etcdLease !== '0');
  const others = readable.filter((lease) => lease !== stale);
  const mixed = request.allowMixed === true ? undefined : mixedWith(others, config);
  return mixed ?? inTheirRange(others, request) ?? choose(request, config.ipv4, { stale, others });
}

/** Whether Flannel would go on using these subnets: inside [SubnetMin, SubnetMax], of exactly SubnetLen, both families as configured. */
export function leaseFitsConfig(subnets: LeaseSubnets, config: NetworkConfig): boolean {
  const { subnet, ipv6Subnet } = subnets;
  if (config.ipv4 === undefined || !fits(subnet, config.ipv4)) return false;
  if (config.ipv6 === undefined || ipv6Subnet === undefined)
    return config.ipv6 === undefined && ipv6Subnet === undefined;
  return fits(ipv6Subnet, config.ipv6);
}

interface Held {
  /** Our lease that no longer fits. */
  readonly stale: Lease | undefined;
  readonly others: readonly Lease[];
}

function choose(request: LeaseRequest, ipv4Pool: Ipv4Pool, { stale, others }: Held): LeaseDecision {
  const { config, random } = request;
  const reserved = [...lanReserved(config, others), ...(request.reserved ?? [])];
  const freed = request.keepStale === true ? undefined : stale?.name;
  const taken = request.leases.filter((raw) => raw.name !== freed).flatMap(takenBy);
  const wishes = wishesOf(request, stale);
  const common = { taken, reserved, random };
  const ipv4 = chooseSubnet({ ...common, pool: ipv4Pool, wishes: wishes.map(({ subnet }) => subnet) });
  const ipv6 =
    config.ipv6 &&
    chooseSubnet({ ...common, pool: config.ipv6, wishes: wishes.map(({ ipv6Subnet }) => ipv6Subnet) });
  const pools = ipv6 === undefined ? [ipv4.usage] : [ipv4.usage, ipv6.usage];
  if (ipv4.subnet === undefined) return exhausted(ipv4.usage, pools);
  if (ipv6 !== undefined && ipv6.subnet === undefined) return exhausted(ipv6.usage, pools);
  const subnets = { subnet: ipv4.subnet, ...(ipv6?.subnet && { ipv6Subnet: ipv6.subnet }) };
  return stale === undefined
    ? { kind: 'create', subnets, pools }
    : { kind: 'replace', lease: stale, next: subnets, pools };
}

/** The previous subnets count only as a whole (Flannel), those of the lease to replace each by itself. */
function wishesOf({ config, previous }: LeaseRequest, stale: Lease | undefined): LeaseSubnets[] {
  const fitting = previous !== undefined && leaseFitsConfig(previous, config) ? [previous] : [];
  return stale === undefined ? fitting : [...fitting, stale];
}

function exhausted(full: PoolUsage, pools: readonly PoolUsage[]): LeaseDecision {
  return { kind: 'exhausted', pools, code: 'OVL_SUBNETS_EXHAUSTED', reason: full.description };
}

function fits(
  subnet: LeaseSubnets['subnet'] | NonNullable<LeaseSubnets['ipv6Subnet']>,
  pool: Ipv4Pool | Ipv6Pool,
): boolean {
  const inRange = subnet.bits >= pool.subnetMin.bits && subnet.bits <= pool.subnetMax.bits;
  return inRange && subnet.length === pool.subnetLen;
}

/** A lease a node of ours, or of somebody else's making, can be known by; a key or value that cannot be read is not one. */
function readLease(raw: RawLease): Lease | undefined {
  const { value, ...rest } = raw;
  try {
    return { ...rest, ...parseLeaseName(raw.name), attributes: parseLeaseValue(value) };
  } catch (error) {
    if (error instanceof OverlayError) return undefined;
    throw error;
  }
}

function isRival(lease: Lease, { publicIp, nodeId }: LeaseRequest): boolean {
  const owner = lease.attributes.overlay?.nodeId ?? '';
  return (
    equalAddress(lease.attributes.publicIp, publicIp) &&
    lease.etcdLease !== '0' &&
    owner !== '' &&
    owner !== nodeId
  );
}

function isOwn(lease: Lease, { publicIp, nodeId, previous }: LeaseRequest): boolean {
  if (equalAddress(lease.attributes.publicIp, publicIp)) return true;
  const hadIt = previous !== undefined && equalPrefix(previous.subnet, lease.subnet);
  return hadIt && nodeId !== '' && lease.attributes.overlay?.nodeId === nodeId;
}

/** The subnets Flannel sees in a key, good or bad, masked; nobody may be given them. */
function takenBy(raw: RawLease): Taken[] {
  const key = parseFlannelKey(raw.name);
  if (key === undefined) return [];
  const { subnet, ipv6Subnet } = key;
  const reserved = raw.etcdLease === '0';
  return [subnet, ...(ipv6Subnet ? [ipv6Subnet] : [])].map((half) => {
    return { prefix: prefixOf(half.address, half.length), reserved };
  });
}

/**
 * Flannel panics when it allocates dual stack beside a single-stack lease, and freezes when single stack it sees a dual-stack one.
 * Leases with an Overlay field are ours, and we do neither.
 */
function mixedWith(leases: readonly Lease[], config: NetworkConfig): LeaseDecision | undefined {
  const dual = config.ipv6 !== undefined;
  const other = leases.find((lease) => {
    const inside = config.ipv4 !== undefined && contains(config.ipv4.network, lease.subnet);
    return inside && lease.attributes.overlay === undefined && (lease.ipv6Subnet !== undefined) !== dual;
  });
  if (other === undefined) return undefined;
  const [mine, theirs] = dual ? ['dual', 'single'] : ['single', 'dual'];
  return refused(
    'OVL_MIXED_STACK',
    `the config asks for ${mine} stack but the Flannel host ${formatAddress(other.attributes.publicIp)} holds the ${theirs}-stack lease ` +
      `${other.name}, and Flannel hosts stop working when both kinds meet; move that host first or allow mixing`,
  );
}

/** On a LAN containers of another host may have our address already. */
function inTheirRange(
  others: readonly Lease[],
  { config, publicIp }: LeaseRequest,
): LeaseDecision | undefined {
  const reason = isLan(config) ? leasedToOther(publicIp, others) : undefined;
  return reason === undefined ? undefined : refused('OVL_LAN_ADDRESS_LEASED', reason);
}

function conflict(lease: Lease): LeaseDecision {
  const { publicIp, overlay } = lease.attributes;
  const owner = `node ${overlay?.nodeId ?? ''} (${overlay?.hostname ?? ''})`;
  return {
    kind: 'conflict',
    lease,
    code: 'OVL_PUBLIC_IP_CONFLICT',
    reason:
      `${owner} holds ${formatPrefix(lease.subnet)} with our public address ${formatAddress(publicIp)}; give each host its own ` +
      'address (--public-ip, --iface), or release that lease if the node is gone',
  };
}

function refused(code: string, reason: string): LeaseDecision {
  return { kind: 'refused', code, reason };
}
