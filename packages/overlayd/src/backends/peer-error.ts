import { OverlayError } from '@overlay/cidr';
import type { Peer } from './model.js';

/** A peer that cannot be programmed: it is left out and reported, the others go on. */
export const peerError = (peer: Peer, problem: string): OverlayError =>
  new OverlayError('OVL_PEER_INVALID', `lease ${peer.lease.name}: ${problem}`);
