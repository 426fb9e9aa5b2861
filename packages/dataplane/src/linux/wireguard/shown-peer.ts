import type { Endpoint, WireguardPeerObject } from '../../model.js';
import { shownKey } from '../../preshared-key.js';
import { sameEndpoint } from './peer-plan.js';
import type { PeerState } from './state.js';

/** After that long without a handshake no packet of the old session is accepted (REJECT_AFTER_TIME of the protocol). */
const SESSION_SECONDS = 180;

/** What decides how a peer is shown. */
export interface PeerView {
  readonly link: string;
  readonly wanted: WireguardPeerObject | undefined;
  /** The endpoint this process set last; undefined when it set none (a restart). */
  readonly lastSet: Endpoint | undefined;
  /** Unix time. */
  readonly nowSeconds: number;
}

/** A peer as read, as an object to compare with the wanted one. */
export function shownPeer(peer: PeerState, view: PeerView): WireguardPeerObject {
  const endpoint = shownEndpoint(peer, view);
  const presharedKey = shownKey(peer.presharedKey, view.wanted?.presharedKey);
  return {
    type: 'wireguard-peer',
    link: view.link,
    publicKey: peer.publicKey,
    allowedIps: peer.allowedIps,
    keepaliveSeconds: peer.keepaliveSeconds,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(presharedKey === undefined ? {} : { presharedKey }),
  };
}

/**
 * WireGuard follows a peer that sends from another endpoint, authentically: behind a NAT, or from another of its addresses. While such a
 * session lives the endpoint counts as the wanted one: setting it back would send packets where the peer may not be, and again after
 * each packet of the peer. It is set back when the session has ended, and the moment another endpoint is wanted than was set last.
 */
function shownEndpoint(peer: PeerState, { wanted, lastSet, nowSeconds }: PeerView): Endpoint | undefined {
  const order = wanted?.endpoint;
  if (order === undefined || peer.endpoint === undefined || sameEndpoint(order, peer.endpoint))
    return peer.endpoint;
  if (lastSet !== undefined && !sameEndpoint(order, lastSet)) return peer.endpoint;
  return nowSeconds - peer.handshakeSeconds < SESSION_SECONDS ? order : peer.endpoint;
}
