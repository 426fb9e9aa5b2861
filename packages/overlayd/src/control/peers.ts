import type { LeaseRow, LeasesReply, PeerCounts } from '@overlay/api';
import { formatAddress, formatPrefix } from '@overlay/cidr';
import type { Lease, RejectedLease } from '@overlay/lease';
import type { Daemon } from '../daemon.js';

const isOwn = (daemon: Daemon, name: string): boolean => name === daemon.keeper.status.lease?.name;

/** Why our own lease, or a part of it, is not used: peers judge it by the same rules. Undefined when all is well. */
export function ownRejection(daemon: Daemon): string | undefined {
  return daemon.book.rejected().find(({ name }) => isOwn(daemon, name))?.reason;
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
): Pick<LeaseRow, 'state' | 'reason' | 'own'> {
  if (isOwn(daemon, lease.name)) return { state: 'own', reason: objection, own: true };
  const peer = daemon.kernelLane.state.peers.get(lease.name);
  if (peer === undefined) return { state: 'pending', reason: 'not planned yet', own: false };
  return { state: peer.state, reason: peer.state === 'used' ? objection : peer.reason, own: false };
}

/** `objection`: what the rules say against a part of the lease or against its newest value; empty for nothing. */
export function leaseRow(daemon: Daemon, lease: Lease, objection: string): LeaseRow {
  const { attributes } = lease;
  const { overlay } = attributes;
  return {
    name: lease.name,
    subnet: formatPrefix(lease.subnet),
    ipv6Subnet: lease.ipv6Subnet === undefined ? '' : formatPrefix(lease.ipv6Subnet),
    node: overlay?.hostname ?? '',
    nodeId: overlay?.nodeId ?? '',
    version: overlay?.version ?? '',
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
