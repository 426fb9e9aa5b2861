import type { JsonObject } from '@overlay/lease';
import type { Backend, BackendFactory, HostFacts, Slot } from './model.js';
import { offerMember } from './offer-data.js';
import { parseOvs, type OvsOptions } from './ovs-options.js';
import { ovsNames, planOvsNode, planOvsPeer } from './ovs-plan.js';
import { stretchedSegment } from './segment.js';
import { behindNat, tooSmall, underlayMtu } from './underlay.js';

/**
 * Outer IPv4 20 + GRE with a key 8 (RFC 2890), or UDP 8 and VXLAN 8 (RFC 7348) or Geneve without options 8 (RFC 8926), + inner
 * Ethernet 14 bytes.
 */
const OVERHEAD = { gre: 42, vxlan: 50, geneve: 50 } as const;

const idOf = ({ tunnel, key, port, stretch }: OvsOptions): string =>
  `ovs ${tunnel} key ${key}${port === undefined ? '' : ` port ${port}`}${stretch ? ' stretch' : ''}`;

const sharedOf = ({ tunnel, key, port, stretch }: OvsOptions): JsonObject => ({
  Tunnel: tunnel,
  Key: key,
  ...(port === undefined ? {} : { Port: port }),
  ...(stretch ? { Stretch: true } : {}),
});

/** Both families of the containers go through one bridge: by the tunnel's IPv4 either way. */
function linksOf({ slot, stretch }: OvsOptions): readonly string[] {
  const { bridge, dockerEnd } = ovsNames(slot);
  return stretch ? [bridge, dockerEnd] : [bridge];
}

/** The user-space datapath reads packets of a veth pair before the checksum that its driver leaves to hardware is there. */
function withoutChecksums({ stretch, datapath }: OvsOptions): string | undefined {
  if (!stretch || datapath === 'system') return undefined;
  return 'Stretch with Datapath netdev would break TCP of containers, whose checksums come too late for it: set Datapath to system';
}

function create(raw: JsonObject, slot: Slot): Backend {
  const { options, unknown } = parseOvs(raw, slot);
  const overhead = OVERHEAD[options.tunnel];
  const mtu = (facts: HostFacts): number => underlayMtu(options.underlay, facts) - overhead;
  return {
    type: 'ovs',
    id: idOf(options),
    options: raw,
    shared: sharedOf(options),
    slot,
    exclusive: options.stretch,
    encrypts: false,
    features: [],
    accepts: ({ data }) => offerMember(data, 'MAC') !== undefined,
    unknownOptions: unknown,
    links: linksOf(options),
    direct: false,
    tunnel: () => (options.stretch ? undefined : ovsNames(slot).bridge),
    mtu,
    refuse: (facts, dualStack) =>
      behindNat('ovs', facts, 'vxlan, udp or wireguard') ??
      withoutChecksums(options) ??
      tooSmall(underlayMtu(options.underlay, facts), { 4: overhead, 6: overhead }, dualStack),
    publish: (facts, dualStack) => ({
      type: 'ovs',
      data: { MAC: facts.vtepMac },
      ...(dualStack ? { v6Data: { MAC: facts.vtepMac } } : {}),
    }),
    ...(options.stretch ? { segment: stretchedSegment } : {}),
    planNode: (input) => planOvsNode(input, options, mtu(input.facts)),
    planPeer: (input, peer) => planOvsPeer(input, options, peer),
  };
}

/**
 * `ovs`: an Open vSwitch bridge with a tunnel port per peer. Routed between a subnet per host, or, with `Stretch`, one Ethernet segment.
 * Not in Flannel.
 */
export const ovs: BackendFactory = { type: 'ovs', create };
