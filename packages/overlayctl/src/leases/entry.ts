import type { LeaseRow, LeasesReply } from '@overlay/api';
import type { Json } from '@overlay/lease';

/**
 * One lease in the JSON output: a stable contract. Revisions and etcd leases are decimal text, for they do not fit a JSON
 * number; what is unknown is null.
 */
export interface LeaseEntry {
  /** The key under `<prefix>/subnets/`. */
  readonly name: string;
  readonly subnet: string | null;
  readonly ipv6Subnet: string | null;
  /** Host name, node id or public address, the first that is known. */
  readonly node: string | null;
  readonly nodeId: string | null;
  readonly publicIp: string | null;
  readonly publicIpv6: string | null;
  /** Null for udp, alloc and a plain reservation: Flannel writes none for them. */
  readonly backend: string | null;
  /** What its node receives by, most preferred first: `vxlan vni 1 port 8472`, or the type alone where its writer tells no more. */
  readonly backends: readonly string[];
  /** By which of them the daemon of this host sends there; null without a daemon. */
  readonly way: string | null;
  /** Its node announces that the network config asks for another subnet. */
  readonly mustRenumber: boolean;
  /** Held by the daemon of this host; false when no daemon was asked. */
  readonly own: boolean;
  readonly reservation: boolean;
  /** By the daemon: own, used, rejected, other-backend. Without it: valid, reserved, rejected. */
  readonly state: string;
  /** Why it is not used. */
  readonly reason: string | null;
  /** Remaining time to live in etcd; null for a reservation and where it was not asked. */
  readonly expiresInSeconds: number | null;
  readonly createRevision: string;
  readonly modRevision: string;
  readonly etcdLease: string;
  /** Of the overlayd that wrote it; null for Flannel's. */
  readonly version: string | null;
  readonly backendData: Json;
}

/** All leases at one revision, and who told. */
export interface LeaseView {
  readonly source: 'daemon' | 'etcd';
  readonly revision: string;
  readonly leases: readonly LeaseEntry[];
}

const orNull = (text: string): string | null => text || null;

const BY_NAME = new Intl.Collator('en', { numeric: true });

/** The leases as the daemon tells them, by subnet. */
export function viewOfReply({ leases, revision }: LeasesReply): LeaseView {
  const entries = leases.map(entryOfRow).sort((a, b) => BY_NAME.compare(a.name, b.name));
  return { source: 'daemon', revision, leases: entries };
}

/** A lease as the daemon tells it. */
export function entryOfRow(row: LeaseRow): LeaseEntry {
  return {
    name: row.name,
    subnet: orNull(row.subnet),
    ipv6Subnet: orNull(row.ipv6Subnet),
    node: orNull(row.node || row.nodeId || row.publicIp),
    nodeId: orNull(row.nodeId),
    publicIp: orNull(row.publicIp),
    publicIpv6: orNull(row.publicIpv6),
    backend: orNull(row.backend),
    backends: announced(row.backends, row.backend),
    way: orNull(row.way),
    mustRenumber: row.mustRenumber,
    own: row.own,
    reservation: row.reservation,
    state: row.state,
    reason: orNull(row.reason),
    expiresInSeconds: null,
    createRevision: row.createRevision,
    modRevision: row.modRevision,
    etcdLease: row.etcdLease,
    version: orNull(row.version),
    backendData: jsonOf(row.backendData),
  };
}

/** The offers of our own field, else what Flannel's fields say. */
export function announced(offers: readonly string[], backend: string): readonly string[] {
  return offers.length > 0 || backend === '' ? offers : [backend];
}

function jsonOf(text: string): Json {
  try {
    return text === '' ? null : (JSON.parse(text) as Json);
  } catch {
    return text;
  }
}
