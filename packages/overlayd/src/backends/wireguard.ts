import type { BackendOffer, JsonObject } from '@overlay/lease';
import type { Backend, BackendFactory, HostFacts, Slot } from './model.js';
import { lacking, tooSmall, underlayMtu } from './underlay.js';
import { fingerprint } from './wireguard-key.js';
import { listenPort, parseWireguard, portsMeet, type WireguardOptions } from './wireguard-options.js';
import {
  carrier,
  keyNameOf,
  ownKey,
  planWireguardNode,
  planWireguardPeer,
  WIREGUARD_OVERHEAD,
  wireguardLinks,
} from './wireguard-plan.js';

const OVERHEAD = { 4: WIREGUARD_OVERHEAD, 6: WIREGUARD_OVERHEAD };

/**
 * What must agree: the preshared key, the generation (a host has one key per generation), and in dual stack whether each family has its
 * device: a peer takes IPv6 packets only from the key and device it expects them from. Ports are announced, and the modes with one
 * device understand each other.
 */
function idOf({ mode, presharedKey, generation }: WireguardOptions): string {
  return [
    'wireguard',
    ...(mode === 'separate' ? [] : ['one device']),
    ...(presharedKey === undefined ? [] : [`psk ${fingerprint(presharedKey)}`]),
    ...(generation === 0 ? [] : [`generation ${generation}`]),
  ].join(' ');
}

function refuse(options: WireguardOptions, facts: HostFacts, dualStack: boolean): string | undefined {
  const lacks = lacking(facts, ['wireguard'], ' install wireguard-go,');
  if (lacks !== undefined) return lacks;
  if (options.mode === 'ipv6' && !dualStack)
    return 'wireguard with Mode ipv6 needs EnableIPv6 in the network config: without it leases name no IPv6 address';
  if (dualStack && options.mode === 'separate' && portsMeet(options))
    return `wireguard needs ListenPortV6 (${options.ports[6]}) neither equal to ListenPort (${options.ports[4]}) nor 2 away from it: the device of each family has a port, and a second pair 2 higher serves while a key is replaced`;
  return tooSmall(underlayMtu(options.underlay, facts), OVERHEAD, dualStack);
}

/** As Flannel writes it; each port is the one that is really listened on. */
function publish(options: WireguardOptions, facts: HostFacts, dualStack: boolean): BackendOffer {
  const { publicKey } = ownKey(facts, options);
  const data = { PublicKey: publicKey, Port: listenPort(options, 4) };
  if (!dualStack) return { type: 'wireguard', data };
  const port = listenPort(options, options.mode === 'separate' ? 6 : 4);
  return { type: 'wireguard', data, v6Data: { PublicKey: publicKey, Port: port } };
}

function sharedOf({ mode, generation }: WireguardOptions): JsonObject {
  return {
    ...(mode === 'separate' ? {} : { Mode: mode }),
    ...(generation === 0 ? {} : { KeyGeneration: generation }),
  };
}

function create(raw: JsonObject, slot: Slot): Backend {
  const { options, unknown } = parseWireguard(raw, slot);
  const links = wireguardLinks(slot);
  return {
    type: 'wireguard',
    id: idOf(options),
    options: raw,
    shared: sharedOf(options),
    slot,
    exclusive: false,
    encrypts: true,
    features: ['wireguard'],
    keyName: keyNameOf(options),
    accepts: () => true,
    unknownOptions: unknown,
    links: [links[4], links[6]],
    direct: false,
    tunnel: (family) => carrier(options, family),
    mtu: (facts) => underlayMtu(options.underlay, facts) - WIREGUARD_OVERHEAD,
    refuse: (facts, dualStack) => refuse(options, facts, dualStack),
    publish: (facts, dualStack) => publish(options, facts, dualStack),
    planNode: (input) => planWireguardNode(input, options),
    planPeer: (input, peer) => ({ objects: planWireguardPeer(input, options, peer), direct: [] }),
  };
}

/** `wireguard`: encrypted, a device per family or one for both, a WireGuard peer and routes per host (Flannel section 4.5). */
export const wireguard: BackendFactory = { type: 'wireguard', create };
