import type { Address, Ipv4, Prefix } from '@overlay/cidr';
import type { AddressFact, FouEncapsulation, LinkFact, RouteFact } from './model.js';

/** The vxlan part of a link as the kernel shows it. */
export interface VxlanState {
  readonly vni: number;
  readonly port: number;
  readonly local?: Address;
  readonly learning: boolean;
  readonly gbp: boolean;
}

/** The part of a gre, ipip or sit device as the kernel shows it. */
export interface TunnelState {
  readonly local?: Ipv4;
  /** A fixed other end. */
  readonly remote?: Ipv4;
  /** Name of the device it is bound to; `#` and the index when that one is gone or in another network namespace. */
  readonly underlay?: string;
  /** GRE key of what is received. */
  readonly key?: number;
  readonly ttl: number;
  readonly pathMtuDiscovery: boolean;
  readonly encapsulation?: FouEncapsulation;
  /** It has a setting that we never make: checksums, sequence numbers, two keys, another encapsulation, metadata from routes. */
  readonly special: boolean;
}

/** A link as the kernel shows it, with what decides whether it is the one we want. */
export interface LinkState extends LinkFact {
  readonly vxlan?: VxlanState;
  readonly tunnel?: TunnelState;
  /** The other end of a veth pair, when it is in this network namespace. */
  readonly peer?: string;
}

export interface RouteState extends RouteFact {
  readonly onlink: boolean;
  readonly mtu?: number;
}

export interface NeighbourState {
  readonly link: string;
  readonly address: Address;
  /** The underlay address on a GRE device. */
  readonly mac: string | Ipv4;
  readonly permanent: boolean;
}

export interface FdbState {
  readonly link: string;
  readonly mac: string;
  readonly destination: Address;
  readonly permanent: boolean;
}

export interface RuleState {
  readonly family: 4 | 6;
  readonly priority: number;
  readonly table: number;
  readonly protocol: number;
  readonly source?: Prefix;
  readonly destination?: Prefix;
}

/** Everything the kernel of one network namespace shows, ours or not. */
export interface KernelSnapshot {
  readonly links: readonly LinkState[];
  readonly addresses: readonly AddressFact[];
  /** Main table, both families. */
  readonly routes: readonly RouteState[];
  readonly neighbours: readonly NeighbourState[];
  readonly fdb: readonly FdbState[];
  readonly rules: readonly RuleState[];
  /** Value by key, for the keys that were asked about and exist. */
  readonly sysctls: ReadonlyMap<string, string>;
}
