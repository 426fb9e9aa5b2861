import { ipv6, type Address, type Ipv4, type Prefix } from '@overlay/cidr';
import type { KernelObject, TunnelLink } from '@overlay/dataplane';
import type { HostFacts, NodeInput, Slot } from './model.js';
import { tunnelRoute } from './remote.js';

type Binding = Pick<TunnelLink, 'local' | 'underlay'>;

/** What ties a tunnel device: the outer source address, the underlay device, or both. */
const TIES = {
  address: ({ address }: HostFacts): Binding => ({ local: address }),
  interface: ({ iface }: HostFacts): Binding => ({ underlay: iface.name }),
  both: ({ address, iface }: HostFacts): Binding => ({ local: address, underlay: iface.name }),
};

/**
 * How each device is tied, in slot 0 and 1. The kernel allows one tunnel without a remote end per device type (gre; ipip; sit), outer
 * source, underlay device and key (ip_tunnel_find in net/ipv4/ip_tunnel.c, ipip6_tunnel_locate in net/ipv6/sit.c), and keeps the one
 * tied to nothing for itself (tunl0, gre0, sit0): ipip and the two slots of udp share three places. All can stand together.
 *
 * | device        | slot 0              | slot 1             |
 * | gre           | address             | address, interface |
 * | ipip (v6 sit) | address, as Flannel | the same device    |
 * | udp  (v6 sit) | address, interface  | interface          |
 *
 * What comes in goes to the best match, whichever of the devices was meant: address and interface before address before interface.
 */
const TABLE = {
  gre: [TIES.address, TIES.both],
  ipip: [TIES.address, TIES.address],
  udp: [TIES.both, TIES.interface],
} as const;

/** An outer header's TTL: the kernel's default for packets of its own. 0 would take the inner one, and end a traceroute in the underlay. */
export const DEFAULT_TTL = 64;

export const binding = (backend: keyof typeof TABLE, slot: Slot, facts: HostFacts): Binding =>
  TABLE[backend][slot](facts);

/** What is the same in every ipip and sit device. */
export function ipDevice(
  input: NodeInput,
  family: 4 | 6,
  settings: Pick<TunnelLink, 'name' | 'mtu' | 'encapsulation' | 'local' | 'underlay'>,
): TunnelLink {
  return {
    type: 'link',
    kind: family === 4 ? 'ipip' : 'sit',
    ttl: DEFAULT_TTL,
    pathMtuDiscovery: true,
    alias: input.alias,
    ...settings,
  };
}

/**
 * A route by an ipip or sit device, whose gateway is the peer's underlay address: of sit as an IPv4-compatible IPv6 address
 * (`::172.31.0.9`, RFC 4213 section 2 and ipip6_tunnel_xmit in net/ipv6/sit.c).
 */
export function ipRoute(destination: Prefix, link: string, remote: Ipv4): KernelObject {
  const gateway: Address = destination.family === 4 ? remote : ipv6(BigInt(remote.bits));
  return tunnelRoute(destination, link, gateway);
}
