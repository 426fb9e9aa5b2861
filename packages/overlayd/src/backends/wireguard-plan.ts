import { comparePrefix, contains, OverlayError, parsePrefix, type Address, type Prefix } from '@overlay/cidr';
import type { Endpoint, KernelObject, WireguardLink } from '@overlay/dataplane';
import type { Json } from '@overlay/lease';
import { device, ownSubnets, slotName } from './device.js';
import type { HostFacts, NodeInput, Peer, Slot, WireguardKey } from './model.js';
import { offerMember } from './offer-data.js';
import { peerError } from './peer-error.js';
import { remotesOf, tunnelRoute } from './remote.js';
import { underlayMtu } from './underlay.js';
import { parseWireguardKey } from './wireguard-key.js';
import { listenPort, type WireguardOptions } from './wireguard-options.js';

/** Outer IPv6 40 (IPv4 20) + UDP 8 + WireGuard 32 bytes; Flannel takes 80 for both families. */
export const WIREGUARD_OVERHEAD = 80;

export const wireguardLinks = (slot: Slot): Readonly<Record<4 | 6, string>> => ({
  4: slotName('flannel-wg', slot),
  6: slotName('flannel-wg-v6', slot),
});

/** Name of the device that carries a family. */
export const carrier = ({ slot, mode }: WireguardOptions, family: 4 | 6): string =>
  wireguardLinks(slot)[mode === 'separate' ? family : 4];

/** Name of the host's key: one per generation, so that an old and a new one work side by side while peers change over. */
export const keyNameOf = ({ generation }: WireguardOptions): string =>
  generation === 0 ? 'wgkey' : `wgkey-${generation}`;

/** @throws OverlayError OVL_WIREGUARD_KEY: `refuse` says so before */
export function ownKey(facts: HostFacts, options: WireguardOptions): WireguardKey {
  const name = keyNameOf(options);
  const key = facts.wireguardKeys.get(name);
  if (key !== undefined) return key;
  throw new OverlayError(
    'OVL_WIREGUARD_KEY',
    `the WireGuard key ${name} of this host could not be made or read`,
  );
}

function wireguardDevice(
  input: NodeInput,
  options: WireguardOptions,
  subnets: readonly Prefix[],
  family: 4 | 6,
): readonly KernelObject[] {
  const { publicKey, file: keyFile } = ownKey(input.facts, options);
  const link: WireguardLink = {
    type: 'link',
    kind: 'wireguard',
    name: carrier(options, family),
    mtu: underlayMtu(options.underlay, input.facts) - WIREGUARD_OVERHEAD,
    listenPort: listenPort(options, family),
    publicKey,
    keyFile,
    alias: input.alias,
  };
  return device(input, link, subnets);
}

export function planWireguardNode(input: NodeInput, options: WireguardOptions): readonly KernelObject[] {
  const subnets = ownSubnets(input);
  if (options.mode !== 'separate') return wireguardDevice(input, options, subnets, 4);
  return subnets.flatMap((subnet) => wireguardDevice(input, options, [subnet], subnet.family));
}

function peerKey(input: NodeInput, options: WireguardOptions, peer: Peer, family: 4 | 6): string {
  const [data, field] =
    family === 4 ? [peer.offer.data, 'BackendData'] : [peer.offer.v6Data, 'BackendV6Data'];
  const written = offerMember(data, 'PublicKey');
  const key = typeof written === 'string' ? parseWireguardKey(written) : undefined;
  if (key === undefined) throw peerError(peer, `${field} has no PublicKey of 32 bytes in base64`);
  if (key !== ownKey(input.facts, options).publicKey) return key;
  throw peerError(
    peer,
    `${field} has this host's own PublicKey: one of the two is a copy; remove its key file`,
  );
}

/** What a peer announces for a family; missing and 0 (old writers): the port of the options. */
function peerPort(options: WireguardOptions, peer: Peer, data: Json | undefined, family: 4 | 6): number {
  const port = offerMember(data, 'Port') ?? 0;
  const valid = typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535;
  if (!valid) throw peerError(peer, `Port of its WireGuard data must be a whole number from 0 to 65535`);
  return port || options.ports[family];
}

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].map((text) =>
  parsePrefix(text),
);

/** RFC 1918 and RFC 4193, as Go's IsPrivate. */
const isPrivate = (address: Address): boolean => PRIVATE.some((range) => contains(range, address));

/** Mode auto takes IPv6 where only that looks reachable from anywhere, as Flannel does (section 4.5). */
function outerFamily(mode: WireguardOptions['mode'], facts: HostFacts, peer: Peer): 4 | 6 {
  const { publicIp, publicIpv6 } = peer.lease.attributes;
  if (mode !== 'auto') return mode === 'ipv6' ? 6 : 4;
  if (publicIpv6 === undefined || facts.publicIpv6 === undefined || !isPrivate(publicIp)) return 4;
  return isPrivate(publicIpv6) || isPrivate(facts.publicIpv6) ? 4 : 6;
}

function endpointOf(options: WireguardOptions, peer: Peer, family: 4 | 6): Endpoint {
  const { publicIp, publicIpv6 } = peer.lease.attributes;
  const { data, v6Data } = peer.offer;
  if (family === 4) return { address: publicIp, port: peerPort(options, peer, data, 4) };
  if (publicIpv6 === undefined) throw peerError(peer, 'it announces no IPv6 address, and Mode is ipv6');
  // One device listens for both families in every mode but `separate`: on the port of IPv4 if nothing else is said.
  const fallback = options.mode === 'separate' ? 6 : 4;
  return { address: publicIpv6, port: peerPort(options, peer, v6Data, fallback) };
}

interface Part {
  readonly subnets: readonly Prefix[];
  /** Of the device that carries it. */
  readonly family: 4 | 6;
  readonly outer: 4 | 6;
}

/** A peer's subnets by the device that carries them; IPv6 only if the peer announced how. */
function partsOf(input: NodeInput, options: WireguardOptions, peer: Peer): readonly Part[] {
  const remotes = remotesOf(input, peer);
  if (options.mode !== 'separate') {
    const subnets = remotes.map(({ subnet }) => subnet).sort(comparePrefix);
    return [{ subnets, family: 4, outer: outerFamily(options.mode, input.facts, peer) }];
  }
  return remotes.flatMap(({ subnet, address }) => {
    const { family } = subnet;
    const announced = family === 4 || (address !== undefined && peer.offer.v6Data !== undefined);
    return announced ? [{ subnets: [subnet], family, outer: family }] : [];
  });
}

/** Per device a WireGuard peer that may send from its subnets, and a route to each: peers on other backends keep theirs. */
export function planWireguardPeer(
  input: NodeInput,
  options: WireguardOptions,
  peer: Peer,
): readonly KernelObject[] {
  const { presharedKey, keepaliveSeconds } = options;
  return partsOf(input, options, peer).flatMap(({ subnets, family, outer }): readonly KernelObject[] => {
    const link = carrier(options, family);
    return [
      {
        type: 'wireguard-peer',
        link,
        publicKey: peerKey(input, options, peer, family),
        endpoint: endpointOf(options, peer, outer),
        allowedIps: subnets,
        ...(presharedKey === undefined ? {} : { presharedKey }),
        keepaliveSeconds,
      },
      ...subnets.map((subnet) => tunnelRoute(subnet, link)),
    ];
  });
}
