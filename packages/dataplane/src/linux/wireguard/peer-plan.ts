import { equalAddress, formatPrefix } from '@overlay/cidr';
import type { Prefix } from '@overlay/cidr';
import type { Change, Endpoint, WireguardPeerObject } from '../../model.js';
import { sameKey } from '../../preshared-key.js';
import type { PeerSetting } from './state.js';

/** A change of a peer. */
export type PeerChange = Change & { readonly object: WireguardPeerObject };

/**
 * What to set, in this order, so that every address has a peer at every moment: first what peers gain, which takes it from the peer that
 * has it; then what a peer loses and no other gains; then the peers that go. Neither the kernel before 6.16 nor wireguard-go can take an
 * allowed IP off a peer, and replacing the list leaves the others without a peer for a moment: what is lost is given to a peer of
 * the name `discard`, a public key nobody has, which is then removed.
 */
export function peerSettings(changes: readonly PeerChange[], discard: string): PeerSetting[] {
  const kept = changes.flatMap((change) => (change.op === 'remove' ? [] : [gains(change)]));
  const gained = new Set(kept.flatMap(({ allowedIps }) => allowedIps.map(formatPrefix)));
  const lost = changes.flatMap(losses).filter((prefix) => !gained.has(formatPrefix(prefix)));
  const discarding: PeerSetting[] =
    lost.length === 0
      ? []
      : [
          { publicKey: discard, replaceAllowedIps: true, allowedIps: lost },
          { publicKey: discard, remove: true, allowedIps: [] },
        ];
  const removals = changes
    .filter(({ op }) => op === 'remove')
    .map(({ object }): PeerSetting => ({ publicKey: object.publicKey, remove: true, allowedIps: [] }));
  return [...kept, ...discarding, ...removals];
}

function gains(change: PeerChange): PeerSetting {
  const { publicKey, endpoint, allowedIps, presharedKey = '', keepaliveSeconds } = change.object;
  const previous = previousOf(change);
  if (previous === undefined)
    return {
      publicKey,
      replaceAllowedIps: true,
      allowedIps,
      presharedKey,
      keepaliveSeconds,
      ...(endpoint === undefined ? {} : { endpoint }),
    };
  return {
    publicKey,
    onlyExisting: true,
    allowedIps: without(allowedIps, previous.allowedIps),
    ...(sameKey(change.object.presharedKey, previous.presharedKey) ? {} : { presharedKey }),
    ...(keepaliveSeconds === previous.keepaliveSeconds ? {} : { keepaliveSeconds }),
    ...(endpoint === undefined || sameEndpoint(endpoint, previous.endpoint) ? {} : { endpoint }),
  };
}

function losses(change: PeerChange): readonly Prefix[] {
  return without(previousOf(change)?.allowedIps ?? [], change.object.allowedIps);
}

function previousOf(change: PeerChange): WireguardPeerObject | undefined {
  return change.op === 'replace' && change.previous.type === 'wireguard-peer' ? change.previous : undefined;
}

function without(prefixes: readonly Prefix[], others: readonly Prefix[]): Prefix[] {
  const known = new Set(others.map(formatPrefix));
  return prefixes.filter((prefix) => !known.has(formatPrefix(prefix)));
}

export function sameEndpoint(a: Endpoint, b: Endpoint | undefined): boolean {
  return a.port === b?.port && equalAddress(a.address, b.address);
}
