import type { Address, Ipv4, Ipv6, Prefix } from '@overlay/cidr';
import type { KernelFeature, KernelObject, Mac } from '@overlay/dataplane';
import type { DockerSegment } from '@overlay/docker';
import type { BackendOffer, JsonObject, Lease, LeaseSubnets, NetworkConfig, Warning } from '@overlay/lease';

/** What this host is, as far as a plan depends on it. Read only data. */
export interface HostFacts {
  readonly hostname: string;
  readonly nodeId: string;
  /** The underlay interface. `mtu` in bytes. */
  readonly iface: {
    readonly name: string;
    readonly mtu: number;
    /** The NIC behind it, when it is our LAN bridge. */
    readonly nic?: string;
    /** It is a bridge that the operator has made. */
    readonly isBridge?: true;
  };
  /** Router of the network on the underlay interface: of its default routes. */
  readonly gateway?: Ipv4;
  readonly gatewayV6?: Ipv6;
  readonly ipv6: Ipv6Facts;
  /** Its addresses: the outer source of a tunnel. */
  readonly address: Ipv4;
  readonly addressV6?: Ipv6;
  /** What the lease says: `--public-ip` or the interface address. */
  readonly publicIp: Ipv4;
  readonly publicIpv6?: Ipv6;
  /** Networks reached over the underlay interface without a gateway. */
  readonly onLink: readonly OnLink[];
  /** Reverse path filtering on the underlay interface is strict (RFC 3704). */
  readonly strictReversePath?: boolean;
  /** With --ip-forward=off: sysctls of forwarding that are 0; absent when there are none. */
  readonly notForwarding?: readonly string[];
  /** MAC addresses for the VTEPs, kept over restarts and reboots. */
  readonly vtepMac: Mac;
  readonly vtepMacV6: Mac;
  /** Of the features that backends asked for (`Backend.features`): those that this kernel lacks. */
  readonly missing: ReadonlySet<KernelFeature>;
  /** Devices that have a name of ours and are somebody else's: what is there, for a person. */
  readonly foreignDevices: ReadonlyMap<string, string>;
  /** WireGuard keys of this host by name (`Backend.keyName`). */
  readonly wireguardKeys: ReadonlyMap<string, WireguardKey>;
  /** --allow-extension: commands from the network config may run here. */
  readonly allowExtension?: boolean;
  /** What each command that a backend asked for (`Backend.preStartup`) printed, trimmed. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Why a key (by its name) or a command that a backend asked for could not be had: that backend cannot run. */
  readonly failures: ReadonlyMap<string, Warning>;
}

/** `file` holds the private key, base64, mode 0600. */
export interface WireguardKey {
  readonly publicKey: string;
  readonly file: string;
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
  /** Further subnets that this host holds while it renumbers: containers may still live in them. */
  readonly draining?: readonly LeaseSubnets[];
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
 * Which of two sets of device names and local ports a backend uses: an old and a new configuration of one type stand beside each other
 * while peers move. 0 has Flannel's names; in 1 a device name ends in `b`.
 */
export type Slot = 0 | 1;

/**
 * How packets get to the other hosts. A backend decides and does nothing: every method is pure. Splitting the plan into the
 * node's part and one part per peer makes the incremental path equal to the full one by construction.
 */
export interface Backend {
  readonly type: string;
  /** Two hosts can talk by backends of one id: type and what must agree on both ends, like `vxlan vni 1 port 8472`. */
  readonly id: string;
  /** As in the network config, `Type` included. */
  readonly options: JsonObject;
  /** Options, without secrets and without `Type`, by which another host can create a backend of this id. */
  readonly shared: JsonObject;
  readonly slot: Slot;
  /** It cannot run beside another one: a change from or to it needs new subnets or a restart (alloc, bridge, one shared segment). */
  readonly exclusive: boolean;
  /** Packets between hosts are encrypted. */
  readonly encrypts: boolean;
  /** What the kernel must have for it; what is missing is in `facts.missing`. */
  readonly features: readonly KernelFeature[];
  /** Name of the WireGuard key it needs in `facts.wireguardKeys`. */
  readonly keyName?: string;
  /** Command that it needs the output of in `facts.outputs`, run once before the lease is written. */
  readonly preStartup?: string;
  /** Devices whose MAC addresses are the VTEPs' of the two address families: those of a device that is there are kept. */
  readonly vteps?: readonly string[];
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
  refuse(facts: HostFacts, dualStack: boolean, config?: NetworkConfig): string | undefined;
  /** Why it cannot stand beside another one that runs here; undefined when it can. */
  clash?(other: Backend, dualStack: boolean): string | undefined;
  /** Something odd about running it on this host that is no reason not to. */
  warning?(facts: HostFacts, dualStack: boolean): Warning | undefined;
  /** What this host writes in its lease for this backend, as Flannel writes it: `type`, `data`, `v6Data`. */
  publish(facts: HostFacts, dualStack: boolean): BackendOffer;
  /** Whether this backend reaches who receives by an offer of its type without an id: one that Flannel wrote. */
  accepts(offer: BackendOffer): boolean;
  /** What Docker must be told when containers of all hosts share one Ethernet segment. */
  segment?(input: NodeInput): DockerSegment | undefined;
  /** Addresses that no host may lease: `LeaseRequest.reserved`. */
  reserved?(facts: HostFacts): readonly Prefix[];
  planNode(input: NodeInput): readonly KernelObject[];
  /** @throws OverlayError OVL_PEER_INVALID: the peer is left out and reported */
  planPeer(input: NodeInput, peer: Peer): PeerPlan;
}

export interface BackendFactory {
  readonly type: string;
  /** @throws OverlayError OVL_BACKEND_OPTION naming the key and the bound */
  create(options: JsonObject, slot: Slot): Backend;
}
