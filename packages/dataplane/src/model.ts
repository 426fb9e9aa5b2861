import type { Address, Prefix } from '@overlay/cidr';

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
export type LinkObject = VxlanLink | BridgeLink | DummyLink | VethLink;

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
  readonly mac: Mac;
}

/** A permanent FDB entry of a vxlan device (`bridge fdb ... self`). Identity: link and MAC. */
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

export type KernelObject =
  LinkObject | AddressObject | RouteObject | NeighbourObject | FdbObject | RuleObject | SysctlObject;

/** What the kernel should hold, by identity (`objectKey`). */
export type DesiredState = ReadonlyMap<string, KernelObject>;

/** What the kernel holds and is ours, plus what stands in the way. */
export interface ActualState {
  readonly objects: ReadonlyMap<string, KernelObject>;
  /** Foreign objects with an identity we asked about: never replaced, reported. */
  readonly foreign: ReadonlyMap<string, string>;
  /** Identities of links of ours that are administratively down. */
  readonly down?: ReadonlySet<string>;
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
  | { readonly type: 'link' | 'address' | 'route' | 'neighbour' | 'rule' | 'firewall' }
  | { readonly type: 'resync'; readonly reason: string };

/** The kernel of this network namespace. Real in `linux/`, a stateful fake for tests; one contract test runs on both. */
export interface Kernel {
  /** Reads everything that is ours, and for `desired` what foreign objects hold its identities. */
  read(ownership: Ownership, desired?: DesiredState): Promise<ActualState>;
  /**
   * Applies in the order given. One that fails does not stop the others; its code is an errno name, or OVL_DATAPLANE_UNSAFE for what lies
   * outside the ownership of the last `read`. Throws OVL_DATAPLANE_UNREAD before the first `read`.
   */
  apply(changes: readonly Change[]): Promise<readonly Outcome[]>;
  /**
   * Calls back soon after any change of links, addresses, routes or rules, ours or not, and of neighbours and FDB entries on the devices
   * that were ours at the last `read`.
   */
  watch(listener: (notice: KernelNotice) => void): Promise<{ close(): void }>;
}

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
}
