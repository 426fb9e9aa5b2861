import type { LeaseRow, LeasesReply, PeerCounts } from '@overlay/api';
import { formatAddress, formatPrefix } from '@overlay/cidr';
import type { Lease, RejectedLease } from '@overlay/lease';
import type { Daemon } from '../daemon.js';

const isCurrent = (daemon: Daemon, name: string): boolean => name === daemon.keeper.status.lease?.name;

/** The lease we hold, or one that we hold beside it while we renumber. */
export const isOwn = (daemon: Daemon, name: string): boolean =>
  isCurrent(daemon, name) || daemon.keeper.draining.has(name);

const DRAINING = 'kept until its last container is gone';

/** Why our own lease, or a part of it, is not used: peers judge it by the same rules. Undefined when all is well. */
export function ownRejection(daemon: Daemon): string | undefined {
  return daemon.book.rejected().find(({ name }) => isCurrent(daemon, name))?.reason;
}

/**
 * Peers by what became of them, each counted once: a lease of which only the IPv6 half is rejected is in use, and one whose newest
 * value is bad may be in use with its last good one.
 */
export function peerCounts(daemon: Daemon): PeerCounts {
  const { peers } = daemon.kernelLane.state;
  const states = [...peers.values()].map(({ state }) => state);
  const count = (wanted: string): number => states.filter((state) => state === wanted).length;
  const refused = daemon.book.rejected().filter(({ name }) => !isOwn(daemon, name) && !peers.has(name));
  return {
    total: states.length + refused.length,
    programmed: count('used'),
    rejected: refused.length + count('rejected'),
    otherBackend: count('other-backend'),
  };
}

function standing(
  daemon: Daemon,
  lease: Lease,
  objection: string,
): Pick<LeaseRow, 'state' | 'reason' | 'own' | 'way'> {
  if (isOwn(daemon, lease.name)) {
    const reason = isCurrent(daemon, lease.name) ? objection : objection || DRAINING;
    return { state: 'own', reason, own: true, way: '' };
  }
  const peer = daemon.kernelLane.state.peers.get(lease.name);
  if (peer === undefined) return { state: 'pending', reason: 'not planned yet', own: false, way: '' };
  return peer.state === 'used'
    ? { state: 'used', reason: objection, own: false, way: peer.way }
    : { state: peer.state, reason: peer.reason, own: false, way: '' };
}

/** What our own field says; nothing of a Flannel host. */
function toldBy({
  attributes: { overlay },
}: Lease): Pick<LeaseRow, 'node' | 'nodeId' | 'version' | 'backends' | 'mustRenumber'> {
  return {
    node: overlay?.hostname ?? '',
    nodeId: overlay?.nodeId ?? '',
    version: overlay?.version ?? '',
    backends: (overlay?.backends ?? []).map(({ id, type }) => id ?? type),
    mustRenumber: overlay?.mustRenumber === true,
  };
}

/** `objection`: what the rules say against a part of the lease or against its newest value; empty for nothing. */
export function leaseRow(daemon: Daemon, lease: Lease, objection: string): LeaseRow {
  const { attributes } = lease;
  return {
    name: lease.name,
    subnet: formatPrefix(lease.subnet),
    ipv6Subnet: lease.ipv6Subnet === undefined ? '' : formatPrefix(lease.ipv6Subnet),
    ...toldBy(lease),
    publicIp: formatAddress(attributes.publicIp),
    publicIpv6: attributes.publicIpv6 === undefined ? '' : formatAddress(attributes.publicIpv6),
    backend: attributes.backendType,
    backendData: attributes.backendData === undefined ? '' : JSON.stringify(attributes.backendData),
    reservation: lease.etcdLease === '0',
    modRevision: lease.modRevision,
    createRevision: lease.createRevision,
    etcdLease: lease.etcdLease,
    ...standing(daemon, lease, objection),
  };
}

function rejectedRow(daemon: Daemon, rejected: RejectedLease): LeaseRow {
  const raw = daemon.book.raw(rejected.name);
  const empty = {
    subnet: rejected.name,
    ipv6Subnet: '',
    node: '',
    nodeId: '',
    version: '',
    publicIp: '',
    publicIpv6: '',
  };
  return {
    ...empty,
    name: rejected.name,
    backend: '',
    backendData: '',
    own: isOwn(daemon, rejected.name),
    reservation: raw?.etcdLease === '0',
    modRevision: raw?.modRevision ?? '',
    createRevision: raw?.createRevision ?? '',
    etcdLease: raw?.etcdLease ?? '',
    state: 'rejected',
    reason: rejected.reason,
    way: '',
    backends: [],
    mustRenumber: false,
  };
}

/** Every lease as this daemon sees it: used ones first, then the rejected with the reason. */
export function leasesReply(daemon: Daemon): LeasesReply {
  const used = [...daemon.book.all()];
  const rejected = new Map(daemon.book.rejected().map((one) => [one.name, one]));
  const rows = used.map((lease) => leaseRow(daemon, lease, rejected.get(lease.name)?.reason ?? ''));
  for (const { name } of used) rejected.delete(name);
  return {
    leases: [...rows, ...[...rejected.values()].map((one) => rejectedRow(daemon, one))],
    revision: daemon.book.highestRevision,
  };
}
