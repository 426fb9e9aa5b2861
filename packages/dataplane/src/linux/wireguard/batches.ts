import type { PeerSetting } from './state.js';

/** Of the attributes of one message; the length of a nest is 16 bits. */
const MESSAGE_BYTES = 60_000;
/** A peer without its allowed IPs, and one allowed IP of IPv6, as written by the codec, rounded up. */
const PEER_BYTES = 128;
const ALLOWED_IP_BYTES = 48;
const ALLOWED_IPS_PER_PIECE = 1000;

/** Peers in batches that fit one message each, in order; one with very many allowed IPs goes on in a piece of its own that only adds. */
export function batchesOf(peers: readonly PeerSetting[]): PeerSetting[][] {
  const batches: PeerSetting[][] = [];
  let room = 0;
  for (const piece of peers.flatMap(piecesOf)) {
    const bytes = PEER_BYTES + ALLOWED_IP_BYTES * piece.allowedIps.length;
    if (bytes > room) {
      batches.push([]);
      room = MESSAGE_BYTES;
    }
    room -= bytes;
    batches.at(-1)?.push(piece);
  }
  return batches;
}

function piecesOf(peer: PeerSetting): PeerSetting[] {
  const { publicKey, allowedIps } = peer;
  if (allowedIps.length <= ALLOWED_IPS_PER_PIECE) return [peer];
  const pieces: PeerSetting[] = [{ ...peer, allowedIps: allowedIps.slice(0, ALLOWED_IPS_PER_PIECE) }];
  for (let start = ALLOWED_IPS_PER_PIECE; start < allowedIps.length; start += ALLOWED_IPS_PER_PIECE)
    pieces.push({
      publicKey,
      onlyExisting: true,
      allowedIps: allowedIps.slice(start, start + ALLOWED_IPS_PER_PIECE),
    });
  return pieces;
}
