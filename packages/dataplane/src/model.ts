import type { Address, Ipv4, Prefix } from '@overlay/cidr';
import type {
  LinkObject,
  LanBridgeLink,
  Mac,
  OvsBridgeLink,
  ProxyLink,
  WireguardLink,
} from './link-model.js';

export type * from './link-model.js';

export interface AddressObject {
  readonly type: 'address';
  readonly link: string;
  readonly address: Address;
  readonly length: number;
}

/** A route in the main table with protocol 76. Identity: destination and metric. */
export interface RouteObject {
  readonly type: 'route';
  readonly destination: Prefix;
  readonly gateway?: Address;
  /** Absent for a blackhole. */
  readonly link?: string;
  readonly onlink: boolean;
  readonly metric: number;
  readonly kind: 'unicast' | 'blackhole';
  readonly mtu?: number;
  /** Only on a route that was read and is ours for another reason than its protocol number (adopted): that number. */
  readonly protocol?: number;
}

/** A permanent neighbour entry. Identity: link and address. */
export interface NeighbourObject {
  readonly type: 'neighbour';
  readonly link: string;
  readonly address: Address;
  /** Link-layer address: a MAC, or on a GRE device the underlay address of the peer. */
  readonly mac: Mac | Ipv4;
}

/**
 * A permanent FDB entry of a vxlan device (`bridge fdb ... self`). Identity: link and MAC; with the MAC of all zeros, which floods,
 * also the destination.
 */
export interface FdbObject {
  readonly type: 'fdb';
  readonly link: string;
  readonly mac: Mac;
  readonly destination: Address;
}

/** A policy rule (`ip rule`) with protocol 76. Identity: family and priority. */
export interface RuleObject {
  readonly type: 'rule';
  readonly family: 4 | 6;
  readonly priority: number;
  readonly source?: Prefix;
  readonly destination?: Prefix;
  readonly table: number;
}

/** A sysctl that must have a value: key with slashes as below /proc/sys, `net/ipv4/ip_forward`. */
export interface SysctlObject {
  readonly type: 'sysctl';
  readonly key: string;
  readonly value: string;
}

/** A UDP port whose packets are taken apart in the kernel (`ip fou add`). Identity: family and port. */
export interface FouObject {
  readonly type: 'fou';
  readonly family: 4 | 6;
  readonly port: number;
  /** IP protocol of what is inside: 4 IPv4, 41 IPv6. */
  readonly protocol: 4 | 41;
}

/** A peer of a WireGuard device. Identity: link and public key. */
export interface WireguardPeerObject {
  readonly type: 'wireguard-peer';
  readonly link: string;
  /** Base64, 32 bytes. */
  readonly publicKey: string;
  readonly endpoint?: Endpoint;
  /** Sorted. An address belongs to the last peer that was given it. */
  readonly allowedIps: readonly Prefix[];
  /** Base64, 32 bytes. Never shown. */
  readonly presharedKey?: string;
  /** 0: off. */
  readonly keepaliveSeconds: number;
}

export interface Endpoint {
  readonly address: Address;
  readonly port: number;
}

/** Where a TUN proxy sends packets for a subnet. Identity: link and subnet. */
export interface ProxyPeerObject {
  readonly type: 'proxy-peer';
  readonly link: string;
  readonly subnet: Prefix;
  readonly endpoint: Endpoint;
}

/** A port of an Open vSwitch bridge: a tunnel to one peer, or a device of this host. Identity: bridge and name. */
export interface OvsPortObject {
  readonly type: 'ovs-port';
  readonly bridge: string;
  readonly name: string;
  readonly tunnel?: OvsTunnel;
  /** Owner, in `external_ids:overlay`. */
  readonly alias: string;
}

export interface OvsTunnel {
  readonly kind: 'gre' | 'vxlan' | 'geneve';
  readonly remote: Address;
  readonly local?: Address;
  readonly key?: number;
  readonly port?: number;
}

/** Settings of a bridge port. Identity: link. */
export interface BridgePortObject {
  readonly type: 'bridge-port';
  readonly link: string;
  readonly neighbourSuppression: boolean;
  readonly learning: boolean;
}

/**
 * A command of the operator's own that runs once when the object comes, and another when it goes. Identity: name. What ran is known
 * to this process only: after a restart it runs again.
 */
export interface HookObject {
  readonly type: 'hook';
  readonly name: string;
  /** Program and arguments; empty for none. No shell. */
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input: string;
}

/** Links that parts of the data plane make (`KernelPart`). */
export type PartLink = WireguardLink | ProxyLink | OvsBridgeLink | LanBridgeLink;

/** Objects that parts of the data plane program (`KernelPart`), links aside. */
export type PartObject =
  FouObject | WireguardPeerObject | ProxyPeerObject | OvsPortObject | BridgePortObject | HookObject;

/** Objects that rtnetlink programs, and sysctls. */
export type BasicObject =
  | Exclude<LinkObject, PartLink>
  | AddressObject
  | RouteObject
  | NeighbourObject
  | FdbObject
  | RuleObject
  | SysctlObject;

export type KernelObject = BasicObject | PartLink | PartObject;

/** What the kernel should hold, by identity (`objectKey`). */
export type DesiredState = ReadonlyMap<string, KernelObject>;

/** What the kernel holds and is ours, plus what stands in the way. */
export interface ActualState {
  readonly objects: ReadonlyMap<string, KernelObject>;
  /** Foreign objects with an identity we asked about: never replaced, reported. */
  readonly foreign: ReadonlyMap<string, string>;
  /** Identities of links of ours that are administratively down. */
  readonly down?: ReadonlySet<string>;
  /** Why parts of the data plane could not be read: what they hold of ours is in none of these. */
  readonly unread?: readonly string[];
}

/** What is ours on this host (docs/architecture.md section 3). */
export interface Ownership {
  /** `overlayd:<instance>` */
  readonly alias: string;
  /** Names of devices of ours, present or not; neighbours, FDB entries and addresses on them are ours. */
  readonly links: readonly string[];
  /** Routes with our protocol outside these prefixes belong to another instance. */
  readonly networks: readonly Prefix[];
  /** Take over a compatible device without our alias (a stopped flanneld's). */
  readonly adopt: boolean;
}

export type Change =
  | { readonly op: 'add'; readonly object: KernelObject }
  | { readonly op: 'replace'; readonly object: KernelObject; readonly previous: KernelObject }
  | { readonly op: 'remove'; readonly object: KernelObject };

export type Outcome =
  | { readonly change: Change; readonly ok: true }
  | { readonly change: Change; readonly ok: false; readonly code: string; readonly message: string };

/** Something in the kernel changed; `resync` when notifications were lost. */
export type KernelNotice =
  | { readonly type: 'link' | 'address' | 'route' | 'neighbour' | 'rule' | 'sysctl' | 'firewall' }
  | { readonly type: 'resync'; readonly reason: string };

/**
 * The kernel of this network namespace. Real in `linux/`, a stateful fake for tests; one contract test runs on both. One caller reads and
 * applies; anybody may look at any time.
 */
export interface Kernel {
  /** Reads what is ours, and for `desired` what foreign objects hold its identities. `apply` and `watch` go by the last `read`. */
  read(ownership: Ownership, desired?: DesiredState): Promise<ActualState>;
  /** As `read`, for one who changes nothing: leaves what `apply` and `watch` go by, so it may come between a `read` and its `apply`. */
  look(ownership: Ownership, desired?: DesiredState): Promise<ActualState>;
  /**
   * Applies in the order given. One that fails does not stop the others; its code is an errno name, or OVL_DATAPLANE_UNSAFE for what lies
   * outside the ownership of the last `read`. Throws OVL_DATAPLANE_UNREAD before the first `read`.
   */
  apply(changes: readonly Change[]): Promise<readonly Outcome[]>;
  /**
   * Calls back soon after any change of links, addresses, routes or rules, ours or not, of the sysctls of forwarding and reverse path
   * filtering, and of neighbours and FDB entries on the devices that were ours at the last `read`. No other sysctl is told of.
   */
  watch(listener: (notice: KernelNotice) => void): Promise<{ close(): void }>;
}

/**
 * A part of the data plane that rtnetlink does not program: WireGuard, foo-over-UDP, a TUN proxy, Open vSwitch, a bridged NIC, commands.
 * `joinKernel` makes one Kernel of the rtnetlink one and its parts; addresses, routes and neighbours on their links stay rtnetlink's.
 */
export interface KernelPart {
  /**
   * Objects that this part reads and applies; every object belongs to the first part that claims it, else to rtnetlink. It answers alike
   * for links of one kind, and for other objects of one type on one device or Open vSwitch bridge, or on none: it is asked once for each.
   */
  claims(object: KernelObject): boolean;
  /**
   * As Kernel.read, of the claimed objects, and as Kernel.look: `apply` does not go by it. Cheap where nothing is wanted and nothing is
   * there. Never called while another call of this part runs, `close` aside.
   */
  read(ownership: Ownership, desired: DesiredState): Promise<ActualState>;
  /** As Kernel.apply: in the order given, one that fails does not stop the others. Called only after `read`, and never during one. */
  apply(changes: readonly Change[]): Promise<readonly Outcome[]>;
  /** Stops what runs in this process. What is in the kernel stays. */
  close?(): void | Promise<void>;
}

/** What a kernel or host can be asked whether it has. */
export type KernelFeature = 'gre' | 'ipip' | 'sit' | 'fou' | 'wireguard' | 'vxlan' | 'tun';

/** A link as the kernel shows it, for host facts. */
export interface LinkFact {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  readonly mtu: number;
  readonly mac: Mac;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly loopback: boolean;
  readonly alias: string;
  readonly master?: string;
}

export interface AddressFact {
  readonly link: string;
  readonly address: Address;
  readonly length: number;
  readonly scope: 'global' | 'link' | 'host' | 'site';
  readonly permanent: boolean;
  readonly deprecated: boolean;
  readonly temporary: boolean;
}

export interface RouteFact {
  readonly destination: Prefix;
  readonly gateway?: Address;
  readonly link?: string;
  readonly metric: number;
  readonly protocol: number;
  readonly table: number;
  readonly scope: number;
  readonly kind: 'unicast' | 'blackhole' | 'local' | 'broadcast' | 'other';
  readonly source?: Address;
}

/** What this host is, read only. */
export interface HostReader {
  links(): Promise<readonly LinkFact[]>;
  addresses(): Promise<readonly AddressFact[]>;
  /** Main table, both families. */
  routes(): Promise<readonly RouteFact[]>;
  /** The kernel's own answer to "how would a packet go there" (RTM_GETROUTE); undefined when unreachable. */
  lookup(destination: Address): Promise<RouteFact | undefined>;
  /** Those of the features that the kernel lacks, after trying to load their modules. What is there is remembered, what is not for half a minute. */
  missing(features: readonly KernelFeature[]): Promise<readonly KernelFeature[]>;
}
