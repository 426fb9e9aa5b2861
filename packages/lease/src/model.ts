import type { Ipv4, Ipv4Prefix, Ipv6, Ipv6Prefix, Prefix } from '@overlay/cidr';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Something odd that is accepted: Flannel says nothing, we do. `code` is stable (`OVL_...`). */
export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** One address family of the network config, defaults filled in (Flannel section 1.3). */
export interface Ipv4Pool {
  readonly network: Ipv4Prefix;
  /** First and last subnet that may be leased: network addresses, inclusive. */
  readonly subnetMin: Ipv4;
  readonly subnetMax: Ipv4;
  readonly subnetLen: number;
}

export interface Ipv6Pool {
  readonly network: Ipv6Prefix;
  readonly subnetMin: Ipv6;
  readonly subnetMax: Ipv6;
  readonly subnetLen: number;
}

/** The JSON under `<prefix>/config`, checked and normalised. */
export interface NetworkConfig {
  readonly enableNFTables: boolean;
  /** Present when EnableIPv4 (default true). */
  readonly ipv4?: Ipv4Pool;
  /** Present when EnableIPv6. */
  readonly ipv6?: Ipv6Pool;
  /** Lower case; `udp` when `Backend` is absent. */
  readonly backendType: string;
  /** The whole `Backend` object as written; its keys are matched case-insensitively by the backend. */
  readonly backend: JsonObject;
  /** `Backends`, our own key: further backends that every node receives on, each an object like `Backend`, most preferred first. */
  readonly alsoBackends: readonly JsonObject[];
  /** `EncryptTo`, our own key: to which peers packets must be encrypted. */
  readonly encryptTo: 'nobody' | 'untrusted' | 'all';
  /** `TrustedPrefixes`, our own key: two hosts trust the way between them when one of these holds both public addresses. */
  readonly trustedPrefixes: readonly Prefix[];
  /** `FormerNetworks`, our own key: networks in which leases are still honoured while nodes renumber. */
  readonly formerNetworks: readonly Prefix[];
  readonly warnings: readonly Warning[];
}

/** One backend on which a host can receive, with its data: an entry of `Overlay.Backends`. */
export interface BackendOffer {
  readonly type: string;
  /** What must agree on both ends (`vxlan vni 1 port 8472`); absent in what Flannel writes. */
  readonly id?: string;
  /** Options, without secrets, by which another host can make the same. */
  readonly options?: JsonObject;
  readonly data?: Json;
  readonly v6Data?: Json;
}

/** The field `"Overlay"` after Flannel's fields in a lease value. */
export interface OverlayExtension {
  readonly nodeId: string;
  readonly hostname: string;
  readonly version: string;
  /** In the order in which this host prefers to receive. */
  readonly backends: readonly BackendOffer[];
  /** The network config asks for another subnet than this one: `overlayctl node renumber`. */
  readonly mustRenumber?: boolean;
}

/** The value of a lease key (Flannel section 2.2). */
export interface LeaseAttributes {
  readonly publicIp: Ipv4;
  readonly publicIpv6?: Ipv6;
  /** Empty for udp, alloc and the old cloud backends. */
  readonly backendType: string;
  readonly backendData?: Json;
  readonly backendV6Data?: Json;
  readonly overlay?: OverlayExtension;
}

/** The subnets a lease key names. */
export interface LeaseSubnets {
  readonly subnet: Ipv4Prefix;
  readonly ipv6Subnet?: Ipv6Prefix;
}

/** One key under `<prefix>/subnets/` as etcd holds it. Revisions and lease ids are decimal text: they do not fit a number. */
export interface RawLease {
  /** The key without `<prefix>/subnets/`: `10.5.34.0-24`. */
  readonly name: string;
  readonly value: string;
  readonly createRevision: string;
  readonly modRevision: string;
  /** etcd lease id, decimal; `"0"` when the key has none: a reservation. */
  readonly etcdLease: string;
}

/** A lease that could be read. */
export interface Lease extends LeaseSubnets {
  readonly name: string;
  readonly attributes: LeaseAttributes;
  readonly createRevision: string;
  readonly modRevision: string;
  readonly etcdLease: string;
}

/** Everything under `<prefix>/subnets/` at one revision. */
export interface LeaseSnapshot {
  readonly leases: readonly RawLease[];
  readonly revision: string;
}

export type LeaseEvent =
  | { readonly type: 'put'; readonly lease: RawLease }
  | { readonly type: 'delete'; readonly name: string; readonly modRevision: string };

/** A key that is not used, and why. It never affects another one (invariant I5). */
export interface RejectedLease {
  readonly name: string;
  readonly code: string;
  readonly reason: string;
}
