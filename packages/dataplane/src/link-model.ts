import type { Address, Ipv4 } from '@overlay/cidr';

/** A MAC address as six lower-case hex pairs: `7e:73:a8:ee:4d:53`. */
export type Mac = string;

/** A vxlan device (uapi/linux/if_link.h, IFLA_VXLAN_*). */
export interface VxlanLink {
  readonly type: 'link';
  readonly kind: 'vxlan';
  readonly name: string;
  readonly vni: number;
  /** UDP destination port. */
  readonly port: number;
  /** Outer source address. */
  readonly local: Address;
  readonly mac: Mac;
  readonly mtu: number;
  readonly learning: boolean;
  readonly gbp: boolean;
  /** IFLA_IFALIAS: `overlayd:<instance>`, how a restarted daemon knows its own. */
  readonly alias: string;
  /** Name of the bridge it is a port of (one Ethernet segment across hosts). */
  readonly master?: string;
}

/** Foo-over-UDP around a tunnel's packets (uapi/linux/if_tunnel.h, TUNNEL_ENCAP_FOU). */
export interface FouEncapsulation {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/**
 * A tunnel over IPv4 without a fixed remote end: the next hop of a route says where a packet goes (uapi/linux/if_tunnel.h). `gre`
 * asks a neighbour entry for the underlay address, `ipip` takes the gateway itself, `sit` a gateway `::a.b.c.d`.
 */
export interface TunnelLink {
  readonly type: 'link';
  readonly kind: 'gre' | 'ipip' | 'sit';
  readonly name: string;
  /** Outer source; any when absent. */
  readonly local?: Ipv4;
  /** Device the tunnel is bound to; none when absent. The kernel allows one tunnel per kind, local, device and key. */
  readonly underlay?: string;
  /** GRE key (RFC 2890), both ways. */
  readonly key?: number;
  /** Of the outer header; 0 takes the inner one. */
  readonly ttl: number;
  /** Don't-fragment on the outer header follows path MTU discovery. */
  readonly pathMtuDiscovery: boolean;
  readonly encapsulation?: FouEncapsulation;
  readonly mtu: number;
  readonly alias: string;
  /** Only on a tunnel that was read: it has what is never wanted, like a fixed remote end, and must be made anew. */
  readonly altered?: true;
}

/** A WireGuard device, in the kernel or by wireguard-go, with its own settings. */
export interface WireguardLink {
  readonly type: 'link';
  readonly kind: 'wireguard';
  readonly name: string;
  readonly mtu: number;
  readonly listenPort: number;
  /** Base64, 32 bytes. The private key never enters a plan: it is in `keyFile`. */
  readonly publicKey: string;
  readonly keyFile: string;
  readonly alias: string;
}

/** A TUN device whose packets this process carries in UDP: what foo-over-UDP does in the kernel, for a kernel without it. */
export interface ProxyLink {
  readonly type: 'link';
  readonly kind: 'udp-proxy';
  readonly name: string;
  readonly mtu: number;
  /** Where the UDP socket is bound, and the source of what it sends. */
  readonly local: Ipv4;
  readonly port: number;
  readonly alias: string;
}

/** An Open vSwitch bridge and its internal port of the same name. */
export interface OvsBridgeLink {
  readonly type: 'link';
  readonly kind: 'ovs-bridge';
  readonly name: string;
  readonly mtu: number;
  readonly mac: Mac;
  /** `system`: openvswitch.ko; `netdev`: user space. */
  readonly datapath: 'system' | 'netdev';
  /** Kept in `external_ids:overlay`. */
  readonly alias: string;
}

/** A bridge that took over the host's NIC with its addresses and routes. */
export interface LanBridgeLink {
  readonly type: 'link';
  readonly kind: 'lan-bridge';
  readonly name: string;
  /** The enslaved NIC; empty for whichever it has. */
  readonly nic: string;
  readonly mtu: number;
  readonly alias: string;
  /** Also where the network most likely drops the containers' MACs: Wi-Fi, clouds. */
  readonly force?: boolean;
}

export interface BridgeLink {
  readonly type: 'link';
  readonly kind: 'bridge';
  readonly name: string;
  readonly mtu: number;
  readonly mac?: Mac;
  readonly alias: string;
}

export interface DummyLink {
  readonly type: 'link';
  readonly kind: 'dummy';
  readonly name: string;
  readonly mtu: number;
  readonly alias: string;
}

export interface VethLink {
  readonly type: 'link';
  readonly kind: 'veth';
  readonly name: string;
  readonly peer: string;
  readonly mtu: number;
  /** Name of the bridge it is a port of. */
  readonly master?: string;
  readonly alias: string;
}

/** A link that is wanted; always administratively up. */
export type LinkObject =
  | VxlanLink
  | TunnelLink
  | WireguardLink
  | ProxyLink
  | OvsBridgeLink
  | LanBridgeLink
  | BridgeLink
  | DummyLink
  | VethLink;
