import type { Address, Ipv4, Ipv6, Prefix } from '@overlay/cidr';
import type { KernelObject, Mac } from '@overlay/dataplane';
import type { BackendOffer, JsonObject, Lease, LeaseSubnets, NetworkConfig } from '@overlay/lease';

/** What this host is, as far as a plan depends on it. Read only data. */
export interface HostFacts {
  readonly hostname: string;
  readonly nodeId: string;
  /** The underlay interface. `mtu` in bytes. */
  readonly iface: { readonly name: string; readonly mtu: number };
  readonly ipv6: Ipv6Facts;
  /** Its addresses: the outer source of a tunnel. */
  readonly address: Ipv4;
  readonly addressV6?: Ipv6;
  /** What the lease says: `--public-ip` or the interface address. */
  readonly publicIp: Ipv4;
  readonly publicIpv6?: Ipv6;
  /** Networks reached over the underlay interface without a gateway. */
  readonly onLink: readonly OnLink[];
  /** MAC addresses for the VTEPs, kept over restarts and reboots. */
  readonly vtepMac: Mac;
  readonly vtepMacV6: Mac;
}

export interface Ipv6Facts {
  /** The kernel has IPv6 (not booted with ipv6.disable=1). */
  readonly present: boolean;
  /** Links that take router advertisements now and would stop when forwarding is turned on (accept_ra 1, forwarding 0). */
  readonly advertised: readonly string[];
}

export interface OnLink {
  readonly prefix: Prefix;
  readonly link: string;
}

/** What a plan for this host starts from. */
export interface NodeInput {
  readonly facts: HostFacts;
  readonly config: NetworkConfig;
  readonly subnets: LeaseSubnets;
  /** Alias of our links: `overlayd:<instance>`. */
  readonly alias: string;
}

/** What one peer costs: its kernel objects, and the addresses it sends from without encapsulation. */
export interface PeerPlan {
  readonly objects: readonly KernelObject[];
  readonly direct: readonly Address[];
}

/** A peer as a backend sees it: its lease and the data it announced for this backend. */
export interface Peer {
  readonly lease: Lease;
  readonly offer: BackendOffer;
}

/**
 * How packets get to the other hosts. A backend decides and does nothing: every method is pure. Splitting the plan into the
 * node's part and one part per peer makes the incremental path equal to the full one by construction.
 */
export interface Backend {
  readonly type: string;
  /** Unknown option keys, for a warning. */
  readonly unknownOptions: readonly string[];
  /** Devices of this backend, present or not, for ownership. */
  readonly links: readonly string[];
  /** Device that peers' packets of a family come out of; undefined when there is none. */
  tunnel(family: 4 | 6): string | undefined;
  /** True when peers may be reached over the underlay without encapsulation. */
  readonly direct: boolean;
  /** MTU for containers, bytes: what is written to FLANNEL_MTU. */
  mtu(facts: HostFacts): number;
  /** Why this host cannot use the backend; undefined when it can. */
  refuse(facts: HostFacts, dualStack: boolean): string | undefined;
  /** What this host writes in its lease. */
  publish(facts: HostFacts, dualStack: boolean): BackendOffer;
  planNode(input: NodeInput): readonly KernelObject[];
  /** @throws OverlayError OVL_PEER_INVALID: the peer is left out and reported */
  planPeer(input: NodeInput, peer: Peer): PeerPlan;
}

export interface BackendFactory {
  readonly type: string;
  /** @throws OverlayError OVL_BACKEND_OPTION naming the key and the bound */
  create(options: JsonObject): Backend;
}
