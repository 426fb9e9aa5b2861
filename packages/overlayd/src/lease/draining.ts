import { contains, overlaps } from '@overlay/cidr';
import {
  formatLeaseName,
  formatLeaseValue,
  leaseFitsConfig,
  parseLeaseName,
  parseLeaseValue,
  type Lease,
  type LeaseAttributes,
  type LeaseSnapshot,
  type LeaseStore,
  type LeaseSubnets,
  type NetworkConfig,
  type RawLease,
  type WriteResult,
} from '@overlay/lease';
import { subnetsNamed } from './read-key.js';

/** A lease of ours beside the one that fits the network config: containers may still live in its subnet. */
export interface DrainingLease {
  readonly lease: Lease;
  /** The key as we last wrote it. */
  readonly raw: RawLease;
}

/** What the draining keys are to say, and on which etcd lease; `"0"` when the lease we hold is a reservation. */
export interface DrainingTerms {
  readonly attributes: LeaseAttributes;
  readonly etcdLease: string;
}

const RACES = 10;

/**
 * Whether a lease of ours that the config has outgrown goes on beside the new one: its IPv4 subnet does not fit any more, and nodes honour
 * it still, inside the Network or a former network. One whose IPv4 half fits is replaced at once, since the half is taken over.
 */
export function drains(name: string, config: NetworkConfig): boolean {
  const subnet = subnetsNamed(name)?.subnet;
  const { ipv6: _, ...ipv4Only } = config;
  if (subnet === undefined || config.ipv4 === undefined || leaseFitsConfig({ subnet }, ipv4Only))
    return false;
  const networks = [config.ipv4.network, ...config.formerNetworks];
  return networks.some((network) => network.family === 4 && contains(network, subnet));
}

/** What a draining key says: a node that has another lease already needs not renumber. */
function drainingAttributes(attributes: LeaseAttributes): LeaseAttributes {
  const { overlay } = attributes;
  if (overlay?.mustRenumber === undefined) return attributes;
  const { mustRenumber: _, ...others } = overlay;
  return { ...attributes, overlay: others };
}

/** A reservation stays one. Beside a lease that is a reservation a key keeps the etcd lease it has, and goes with it. */
const etcdLeaseFor = (raw: RawLease, { etcdLease }: DrainingTerms): string =>
  raw.etcdLease === '0' || etcdLease === '0' ? raw.etcdLease : etcdLease;

function held(raw: RawLease): DrainingLease {
  const { name, value, createRevision, modRevision, etcdLease } = raw;
  const attributes = parseLeaseValue(value);
  return {
    raw,
    lease: { ...parseLeaseName(name), name, attributes, createRevision, modRevision, etcdLease },
  };
}

/**
 * Brings a key of ours to these terms with at most one write: one etcd lease for all keys of this node. Undefined when somebody else
 * changed the key. @throws OverlayError the store's codes
 */
export async function keepKey(
  store: LeaseStore,
  raw: RawLease,
  terms: DrainingTerms,
): Promise<DrainingLease | undefined> {
  const attributes = drainingAttributes(terms.attributes);
  const etcdLease = etcdLeaseFor(raw, terms);
  if (raw.value === formatLeaseValue(attributes) && raw.etcdLease === etcdLease) return held(raw);
  const written = await store.update(raw, attributes, etcdLease);
  return written.ok ? held(written.lease) : undefined;
}

function isFree(subnets: LeaseSubnets, { leases }: LeaseSnapshot): boolean {
  return leases.every(({ name }) => {
    const other = subnetsNamed(name);
    if (other === undefined) return true;
    const meets6 =
      subnets.ipv6Subnet !== undefined &&
      other.ipv6Subnet !== undefined &&
      overlaps(subnets.ipv6Subnet, other.ipv6Subnet);
    return !overlaps(subnets.subnet, other.subnet) && !meets6;
  });
}

/**
 * Writes a draining key again that went with the etcd lease (an outage longer than the TTL): its containers are still there. Undefined when
 * somebody else has the subnet now. @throws OverlayError the store's codes
 */
export async function restoreKey(
  store: LeaseStore,
  subnets: LeaseSubnets,
  terms: DrainingTerms,
): Promise<DrainingLease | undefined> {
  const attributes = drainingAttributes(terms.attributes);
  for (let race = 0; race < RACES; race += 1) {
    const snapshot = await store.list();
    if (!isFree(subnets, snapshot)) return undefined;
    const options = { listedAt: snapshot.revision, etcdLease: terms.etcdLease };
    const written: WriteResult = await store.create(subnets, attributes, options);
    if (written.ok) return held(written.lease);
  }
  return undefined;
}

/** Those of the wanted subnets that no key of ours has. */
export function missingSubnets(
  wanted: readonly LeaseSubnets[],
  ours: readonly RawLease[],
): readonly LeaseSubnets[] {
  const names = new Set(ours.map(({ name }) => name));
  return wanted.filter((subnets) => !names.has(formatLeaseName(subnets)));
}
