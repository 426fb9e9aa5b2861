import type { Prefix } from '@overlay/cidr';
import type { KernelFeature, KernelObject, ProxyLink } from '@overlay/dataplane';
import { device, ownSubnets, slotName } from './device.js';
import type { HostFacts, NodeInput, Peer, PeerPlan, Slot } from './model.js';
import { planRemotes, tunnelRoute } from './remote.js';
import { binding, ipDevice, ipRoute } from './tunnel.js';
import { underlayMtu } from './underlay.js';

export interface UdpOptions {
  readonly slot: Slot;
  /** UDP port of each family's packets, on both ends: the kernel is told by the port which of them is inside. */
  readonly ports: Readonly<Record<4 | 6, number>>;
  readonly underlay: number;
}

/** Outer IPv4 20 + UDP 8 bytes; the payload is the bare IP packet (Flannel section 4.6). */
export const UDP_OVERHEAD = 28;

export const udpLinks = (slot: Slot): Readonly<Record<4 | 6, string>> => ({
  4: slotName('overlay.udp', slot),
  6: slotName('overlay-v6.udp', slot),
});

const KERNEL_WAY: Readonly<Record<4 | 6, readonly KernelFeature[]>> = {
  4: ['fou', 'ipip'],
  6: ['fou', 'sit'],
};

/** What the kernel lacks to carry a family itself; empty when it can. */
export const lacksUdp = (facts: HostFacts, family: 4 | 6): readonly KernelFeature[] =>
  KERNEL_WAY[family].filter((feature) => facts.missing.has(feature));

const proxied = (facts: HostFacts, family: 4 | 6): boolean => lacksUdp(facts, family).length > 0;

function kernelDevice(input: NodeInput, options: UdpOptions, family: 4 | 6): readonly KernelObject[] {
  const port = options.ports[family];
  const link = ipDevice(input, family, {
    name: udpLinks(options.slot)[family],
    mtu: underlayMtu(options.underlay, input.facts) - UDP_OVERHEAD,
    encapsulation: { sourcePort: port, destinationPort: port },
    ...binding('udp', options.slot, input.facts),
  });
  return [{ type: 'fou', family: 4, port, protocol: family === 4 ? 4 : 41 }, link];
}

function proxyDevice(input: NodeInput, options: UdpOptions, family: 4 | 6): ProxyLink {
  return {
    type: 'link',
    kind: 'udp-proxy',
    name: udpLinks(options.slot)[family],
    mtu: underlayMtu(options.underlay, input.facts) - UDP_OVERHEAD,
    local: input.facts.address,
    port: options.ports[family],
    alias: input.alias,
  };
}

function familyDevice(input: NodeInput, options: UdpOptions, subnet: Prefix): readonly KernelObject[] {
  const { family } = subnet;
  const made = proxied(input.facts, family)
    ? [proxyDevice(input, options, family)]
    : kernelDevice(input, options, family);
  return made.flatMap((object) => (object.type === 'link' ? device(input, object, [subnet]) : [object]));
}

/** For each family a UDP port that the kernel takes apart and an ipip or sit device that fills it, or a proxy of this process. */
export function planUdpNode(input: NodeInput, options: UdpOptions): readonly KernelObject[] {
  return ownSubnets(input).flatMap((subnet) => familyDevice(input, options, subnet));
}

export function planUdpPeer(input: NodeInput, options: UdpOptions, peer: Peer): PeerPlan {
  const address = peer.lease.attributes.publicIp;
  return planRemotes(input, peer, false, ({ subnet }) => {
    const { family } = subnet;
    const link = udpLinks(options.slot)[family];
    if (!proxied(input.facts, family)) return [ipRoute(subnet, link, address)];
    const endpoint = { address, port: options.ports[family] };
    return [{ type: 'proxy-peer', link, subnet, endpoint }, tunnelRoute(subnet, link)];
  });
}
