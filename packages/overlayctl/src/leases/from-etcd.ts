import { formatAddress, formatPrefix } from '@overlay/cidr';
import {
  LeaseSet,
  parseLeaseName,
  parseLeaseValue,
  parseNetworkConfig,
  type LeaseAttributes,
  type LeaseSnapshot,
  type LeaseSubnets,
  type NetworkConfig,
  type OverlayExtension,
  type RawLease,
  type RejectedLease,
} from '@overlay/lease';
import { announced, type LeaseEntry, type LeaseView } from './entry.js';

/** The leases without a daemon: judged by the same rules, but for no host in particular. By subnet, unreadable keys last. */
export function viewOfSnapshot(snapshot: LeaseSnapshot, config: NetworkConfig | undefined): LeaseView {
  const rejected = new Map<string, RejectedLease>();
  const used = new Set<string>();
  if (config !== undefined) {
    const set = new LeaseSet({ config });
    set.applySnapshot(snapshot);
    for (const one of set.rejected()) rejected.set(one.name, one);
    for (const { name } of set.used()) used.add(name);
  }
  const read = snapshot.leases.map((raw) => readLease(raw));
  read.sort((a, b) => order(a) - order(b) || (a.raw.name < b.raw.name ? -1 : 1));
  const leases = read.map((lease) => {
    const reason = rejected.get(lease.raw.name)?.reason ?? lease.fault;
    return entryOf(lease, reason, used.has(lease.raw.name) || reason === undefined);
  });
  return { source: 'etcd', revision: snapshot.revision, leases };
}

interface ReadLease {
  readonly raw: RawLease;
  readonly subnets?: LeaseSubnets;
  readonly attributes?: LeaseAttributes;
  readonly fault?: string;
}

function readLease(raw: RawLease): ReadLease {
  try {
    const subnets = parseLeaseName(raw.name);
    try {
      return { raw, subnets, attributes: parseLeaseValue(raw.value) };
    } catch (error) {
      return { raw, subnets, fault: (error as Error).message };
    }
  } catch (error) {
    return { raw, fault: (error as Error).message };
  }
}

const order = ({ subnets }: ReadLease): number => subnets?.subnet.bits ?? Number.MAX_SAFE_INTEGER;

function entryOf(
  { raw, subnets, attributes }: ReadLease,
  reason: string | undefined,
  usable: boolean,
): LeaseEntry {
  const reservation = raw.etcdLease === '0';
  return {
    name: raw.name,
    subnet: subnets === undefined ? null : formatPrefix(subnets.subnet),
    ipv6Subnet: subnets?.ipv6Subnet === undefined ? null : formatPrefix(subnets.ipv6Subnet),
    ...(attributes === undefined ? UNREADABLE : describe(attributes)),
    own: false,
    reservation,
    state: stateOf(usable, reservation),
    reason: reason ?? null,
    way: null,
    expiresInSeconds: null,
    createRevision: raw.createRevision,
    modRevision: raw.modRevision,
    etcdLease: raw.etcdLease,
  };
}

type Described = Pick<
  LeaseEntry,
  | 'node'
  | 'nodeId'
  | 'publicIp'
  | 'publicIpv6'
  | 'backend'
  | 'backends'
  | 'mustRenumber'
  | 'version'
  | 'backendData'
>;

const UNREADABLE: Described = {
  node: null,
  nodeId: null,
  publicIp: null,
  publicIpv6: null,
  backend: null,
  backends: [],
  mustRenumber: false,
  version: null,
  backendData: null,
};

function describe({ overlay, publicIp, publicIpv6, backendType, backendData }: LeaseAttributes): Described {
  const address = formatAddress(publicIp);
  return {
    ...describeNode(overlay, address),
    publicIp: address,
    publicIpv6: publicIpv6 === undefined ? null : formatAddress(publicIpv6),
    backend: backendType || null,
    backends: announced(overlay?.backends.map(({ id, type }) => id ?? type) ?? [], backendType),
    backendData: backendData ?? null,
  };
}

function describeNode(
  overlay: OverlayExtension | undefined,
  address: string,
): Pick<Described, 'node' | 'nodeId' | 'version' | 'mustRenumber'> {
  const { hostname = '', nodeId = '', version = '', mustRenumber = false } = overlay ?? {};
  return {
    node: hostname || nodeId || address,
    nodeId: nodeId || null,
    version: version || null,
    mustRenumber,
  };
}

function stateOf(usable: boolean, reservation: boolean): string {
  if (!usable) return 'rejected';
  return reservation ? 'reserved' : 'valid';
}

/** The config, or undefined when there is none or it cannot be read: the leases are then only read, not judged. */
export function configOrNone(text: string | undefined): NetworkConfig | undefined {
  if (text === undefined) return undefined;
  try {
    return parseNetworkConfig(text);
  } catch {
    return undefined;
  }
}
