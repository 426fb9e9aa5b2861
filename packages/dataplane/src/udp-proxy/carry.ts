import type { Ipv4 } from '@overlay/cidr';
import { decrementTtl, destinationOf, lengthOf, sourceOf } from './ip-header.js';
import type { PeerTable } from './peer-table.js';

/** Why a packet went no further. */
export type Drop =
  | 'notIp'
  | 'ttlExceeded'
  | 'noPeer'
  /** The inner source is in no peer's subnet. */
  | 'sourceUnknown'
  /** The inner source is in a peer's subnet, and the datagram came from another host. */
  | 'wrongHost'
  | 'notSent'
  | 'notDelivered';

/** What a decision about packets needs of a peer. */
export interface CarriedPeer {
  readonly address: Ipv4;
}

/**
 * The peer that a packet of `held` bytes from the device goes to, its time to live one less (in place); or why it goes nowhere. Flannel
 * does the same (its proxy's tun_to_udp).
 */
export function outbound<P extends CarriedPeer>(
  packet: Uint8Array,
  held: number,
  peers: PeerTable<P>,
): P | Drop {
  if (lengthOf(packet, held) === 0) return 'notIp';
  const peer = peers.find(destinationOf(packet));
  if (peer === undefined) return 'noPeer';
  return decrementTtl(packet) ? peer : 'ttlExceeded';
}

/**
 * How many bytes of a datagram of `held` bytes from the host `from` (as `Ipv4.bits`) are a packet for the device, its time to live one less
 * (in place); or why it is dropped. The inner source must be in a subnet of the host that sent it: Flannel delivers anything that
 * anybody sends to the port.
 */
export function inbound(
  packet: Uint8Array,
  held: number,
  from: number,
  peers: PeerTable<CarriedPeer>,
): number | Drop {
  const length = lengthOf(packet, held);
  if (length === 0) return 'notIp';
  const peer = peers.find(sourceOf(packet));
  if (peer === undefined) return 'sourceUnknown';
  if (peer.address.bits !== from) return 'wrongHost';
  return decrementTtl(packet) ? length : 'ttlExceeded';
}
