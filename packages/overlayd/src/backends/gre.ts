import { networkAddress } from '@overlay/cidr';
import type { KernelObject, TunnelLink } from '@overlay/dataplane';
import type { JsonObject } from '@overlay/lease';
import { device, ownSubnets, slotName } from './device.js';
import type { Backend, BackendFactory, HostFacts, NodeInput, Peer, PeerPlan, Slot } from './model.js';
import { OptionReader } from './options.js';
import { directOption, planRemotes, tunnelRoute } from './remote.js';
import { binding, DEFAULT_TTL } from './tunnel.js';
import { behindNat, lacking, tooSmall, underlayMtu, underlayOption } from './underlay.js';

interface GreOptions {
  readonly slot: Slot;
  readonly key?: number;
  readonly ttl: number;
  readonly df: boolean;
  readonly directRouting: boolean;
  readonly underlay: number;
}

function parse(options: JsonObject): Omit<GreOptions, 'slot'> & { readonly unknown: readonly string[] } {
  const reader = new OptionReader('gre', options);
  const key = reader.optionalWhole('Key', [0, 0xff_ff_ff_ff]);
  return {
    ...(key === undefined ? {} : { key }),
    ttl: reader.whole('TTL', DEFAULT_TTL, [0, 255]),
    df: reader.flag('DF', true),
    directRouting: reader.flag('DirectRouting'),
    underlay: underlayOption(reader),
    unknown: reader.unknown(),
  };
}

/** Outer IPv4 20 + GRE 4 (RFC 2784) + key 4 bytes (RFC 2890). */
const overheadOf = ({ key }: Pick<GreOptions, 'key'>): number => (key === undefined ? 24 : 28);

const linkOf = (slot: Slot): string => slotName('overlay.gre', slot);

function planNode(input: NodeInput, options: GreOptions): readonly KernelObject[] {
  const { facts, alias } = input;
  const { slot, key, ttl, df } = options;
  const link: TunnelLink = {
    type: 'link',
    kind: 'gre',
    name: linkOf(slot),
    ...binding('gre', slot, facts),
    ...(key === undefined ? {} : { key }),
    ttl,
    pathMtuDiscovery: df,
    mtu: underlayMtu(options.underlay, facts) - overheadOf(options),
    alias,
  };
  return device(input, link, ownSubnets(input));
}

/** The neighbour entry says where the next hop, the base of the peer's subnet, is in the underlay (ipgre_header in net/ipv4/ip_gre.c). */
function planPeer(input: NodeInput, options: GreOptions, peer: Peer): PeerPlan {
  const link = linkOf(options.slot);
  const { publicIp } = peer.lease.attributes;
  return planRemotes(input, peer, options.directRouting, ({ subnet }) => {
    const address = networkAddress(subnet);
    return [{ type: 'neighbour', link, address, mac: publicIp }, tunnelRoute(subnet, link, address)];
  });
}

function create(raw: JsonObject, slot: Slot): Backend {
  const { unknown, ...options } = { ...parse(raw), slot };
  const { key, directRouting } = options;
  const overhead = overheadOf(options);
  const underlay = (facts: HostFacts): number => underlayMtu(options.underlay, facts);
  return {
    type: 'gre',
    id: key === undefined ? 'gre' : `gre key ${key}`,
    options: raw,
    shared: { ...(key === undefined ? {} : { Key: key }), ...directOption(directRouting) },
    slot,
    exclusive: false,
    encrypts: false,
    features: ['gre'],
    accepts: () => key === undefined,
    unknownOptions: unknown,
    links: [linkOf(slot)],
    direct: directRouting,
    tunnel: () => linkOf(slot),
    mtu: (facts) => underlay(facts) - overhead,
    refuse: (facts, dualStack) =>
      lacking(facts, ['gre']) ??
      behindNat('gre', facts, 'vxlan, udp or wireguard') ??
      tooSmall(underlay(facts), { 4: overhead, 6: overhead }, dualStack),
    publish: () => ({ type: 'gre' }),
    planNode: (input) => planNode(input, options),
    planPeer: (input, peer) => planPeer(input, options, peer),
  };
}

/** `gre`: one multipoint GRE device for both families, a neighbour entry and an on-link route per peer (RFC 2784). Not in Flannel. */
export const gre: BackendFactory = { type: 'gre', create };
