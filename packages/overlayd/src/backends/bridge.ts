import {
  contains,
  formatAddress,
  formatPrefix,
  parseIpv4,
  type Ipv4,
  type Ipv4Prefix,
  type Ipv6Prefix,
  type Prefix,
} from '@overlay/cidr';
import { isLanBridge, LAN_BRIDGE } from '@overlay/dataplane';
import type { DockerSegment } from '@overlay/docker';
import { excludedRanges, hostPrefix, type JsonObject, type NetworkConfig } from '@overlay/lease';
import type { Backend, BackendFactory, HostFacts, NodeInput, Peer, PeerPlan, Slot } from './model.js';
import { OptionReader } from './options.js';
import { peerError } from './peer-error.js';
import { networkOf } from './segment.js';
import { behindNat } from './underlay.js';

interface BridgeOptions {
  readonly force: boolean;
  /** Router of the LAN; that of the host's default route when absent. */
  readonly gateway?: Ipv4;
  readonly excluded: readonly Prefix[];
}

function parse(raw: JsonObject): BridgeOptions & { readonly unknown: readonly string[] } {
  const reader = new OptionReader('bridge', raw);
  const gateway = reader.secret('Gateway', 'an IPv4 address', ipv4Text);
  reader.skip('Exclude');
  return {
    force: reader.flag('Force'),
    ...(gateway === undefined ? {} : { gateway: parseIpv4(gateway) }),
    excluded: excludedRanges(raw),
    unknown: reader.unknown(),
  };
}

function ipv4Text(text: string): string | undefined {
  try {
    return formatAddress(parseIpv4(text));
  } catch {
    return undefined;
  }
}

/** Ranges are of the LAN's own prefix: what lies outside of it would be nobody's neighbour there. */
function refuse(facts: HostFacts, options: BridgeOptions, config?: NetworkConfig): string | undefined {
  const lan = networkOf(facts, facts.address);
  if (lan === undefined)
    return `the interface ${facts.iface.name} has no network around its address ${formatAddress(facts.address)}: backend bridge needs a LAN`;
  const network = config?.ipv4?.network;
  if (network !== undefined && !contains(lan, network))
    return (
      `Network ${formatPrefix(network)} is not the LAN of ${facts.iface.name}, ${formatPrefix(lan)}, nor a part of it: ` +
      'set Network to the prefix of the LAN, or choose backend vxlan'
    );
  if ((options.gateway ?? facts.gateway) === undefined)
    return `this host has no default route over ${facts.iface.name} to learn the LAN's router from: name it with Gateway in the Backend options`;
  return behindNat('bridge', facts, 'vxlan');
}

function planNode({ facts, alias }: NodeInput, { force }: BridgeOptions): ReturnType<Backend['planNode']> {
  const { name, nic, mtu, isBridge } = facts.iface;
  if (isBridge === true) return [];
  const port = nic ?? (isLanBridge(name) ? '' : name);
  const forced = force ? { force: true } : {};
  return [{ type: 'link', kind: 'lan-bridge', name: LAN_BRIDGE, nic: port, mtu, alias, ...forced }];
}

/** Nothing to program: its containers answer on the LAN as it does. */
function planPeer({ facts }: NodeInput, peer: Peer): PeerPlan {
  const { publicIp } = peer.lease.attributes;
  const lan = networkOf(facts, facts.address);
  if (lan !== undefined && contains(lan, publicIp)) return { objects: [], direct: [] };
  throw peerError(
    peer,
    `${formatAddress(publicIp)} is not on this host's LAN: backend bridge reaches only that; use vxlan`,
  );
}

/** IPv6 goes out through this host: Docker gives its bridge the gateway's address, which must not be the router's. */
function segment({ facts, subnets }: NodeInput, options: BridgeOptions): DockerSegment | undefined {
  const lan = networkOf(facts, facts.address);
  const router = options.gateway ?? facts.gateway;
  if (lan?.family !== 4 || router === undefined) return undefined;
  const lan6 = subnets.ipv6Subnet === undefined ? undefined : networkOf(facts, facts.addressV6);
  return {
    subnet: lan satisfies Ipv4Prefix,
    ...(lan6?.family === 6 ? { ipv6Subnet: lan6 satisfies Ipv6Prefix } : {}),
    bridge: facts.iface.isBridge === true ? facts.iface.name : LAN_BRIDGE,
    router,
    host: facts.address,
  };
}

function reserved(facts: HostFacts, { gateway, excluded }: BridgeOptions): readonly Prefix[] {
  const addresses = [gateway, facts.gateway, facts.gatewayV6, facts.address, facts.addressV6];
  return [
    ...excluded,
    ...addresses.flatMap((address) => (address === undefined ? [] : [hostPrefix(address)])),
  ];
}

function create(raw: JsonObject, slot: Slot): Backend {
  const { unknown, ...options } = parse(raw);
  return {
    type: 'bridge',
    id: 'bridge',
    options: raw,
    shared: {},
    slot,
    exclusive: true,
    encrypts: false,
    features: [],
    accepts: () => true,
    unknownOptions: unknown,
    links: [LAN_BRIDGE],
    // The LAN's packets come in by the underlay interface, which is the bridge.
    direct: true,
    tunnel: () => undefined,
    mtu: (facts) => facts.iface.mtu,
    refuse: (facts, _dualStack, config) => refuse(facts, options, config),
    publish: () => ({ type: 'bridge' }),
    planNode: (input) => planNode(input, options),
    planPeer,
    segment: (input) => segment(input, options),
    reserved: (facts) => reserved(facts, options),
  };
}

/** `bridge`: the NIC is a port of a bridge that Docker uses, and each host leases a range of the LAN's own prefix. Not in Flannel. */
export const bridge: BackendFactory = { type: 'bridge', create };
