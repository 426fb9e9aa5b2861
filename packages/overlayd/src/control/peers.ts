import type { LeaseRow, LeasesReply, PeerCounts } from '@overlay/api';
import { formatAddress, formatPrefix } from '@overlay/cidr';
import type { Lease, RejectedLease } from '@overlay/lease';
import type { Daemon } from '../daemon.js';

/** Peers by what became of them. */
export function peerCounts(daemon: Daemon): PeerCounts {
  const states = [...daemon.kernelLane.state.peers.values()].map(({ state }) => state);
  const count = (wanted: string): number => states.filter((state) => state === wanted).length;
  const rejected = daemon.book.rejected().length + count('rejected');
  const total = states.length + daemon.book.rejected().length;
  return { total, programmed: count('used'), rejected, otherBackend: count('other-backend') };
}

function standing(daemon: Daemon, lease: Lease): Pick<LeaseRow, 'state' | 'reason' | 'own'> {
  if (lease.name === daemon.keeper.status.lease?.name) return { state: 'own', reason: '', own: true };
  const peer = daemon.kernelLane.state.peers.get(lease.name);
  if (peer === undefined) return { state: 'pending', reason: 'not planned yet', own: false };
  return { state: peer.state, reason: peer.state === 'used' ? '' : peer.reason, own: false };
}

export function leaseRow(daemon: Daemon, lease: Lease): LeaseRow {
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
    ...standing(daemon, lease),
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
    own: false,
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
  const names = new Set(used.map(({ name }) => name));
  const rejected = daemon.book.rejected().filter(({ name }) => !names.has(name));
  return {
    leases: [
      ...used.map((lease) => leaseRow(daemon, lease)),
      ...rejected.map((one) => rejectedRow(daemon, one)),
    ],
    revision: daemon.book.highestRevision,
  };
}
