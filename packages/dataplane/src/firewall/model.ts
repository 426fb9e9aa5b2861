import type { Ipv4, Ipv6, Prefix } from '@overlay/cidr';
import type { OwnedTable } from './names.js';

/** One overlay network seen from the firewall of this host, one address family. */
export interface OverlayTraffic {
  readonly family: 4 | 6;
  /** The whole overlay network and this host's part of it. */
  readonly network: Prefix;
  readonly subnet: Prefix;
  /** Further subnets of this host, in which containers still are while it renumbers. */
  readonly alsoSubnets?: readonly Prefix[];
  /**
   * Subnets that another host owns, and that containers of this host may still be in: none of their packets goes to a peer or comes from
   * one, whatever else the rules say (B03).
   */
  readonly fenced?: readonly Prefix[];
  /** Networks whose leases are still in use while nodes renumber. */
  readonly alsoNetworks?: readonly Prefix[];
  /** Devices that tunnels' packets come out of (`flannel.1`); none when all peers are routed directly. */
  readonly tunnels: readonly string[];
  /** The underlay interface, when peers' packets arrive on it without encapsulation (host-gw, DirectRouting). */
  readonly underlay?: string;
  /** Public addresses of peers whose host traffic arrives on the underlay interface. */
  readonly directPeers: readonly (Ipv4 | Ipv6)[];
}

export interface FirewallInput {
  readonly instance: string;
  readonly traffic: readonly OverlayTraffic[];
  /** --ip-masq */
  readonly masquerade: boolean;
  readonly randomFully: boolean;
  /** --iptables-forward-rules */
  readonly forward: boolean;
  /** EnableNFTables: our own rules in nftables where that can work (section 3.4, R2). */
  readonly nftables: boolean;
}

/** One rule as `iptables-save` prints it, without `-A CHAIN`: `-s 10.5.0.0/16 -j ACCEPT`. */
export type RuleText = string;

/** A chain of ours with its complete content. */
export interface OwnedChain {
  readonly family: 4 | 6;
  readonly table: OwnedTable;
  readonly name: string;
  readonly rules: readonly RuleText[];
  /** The jump to it: in which chain of the same table, and where there. */
  readonly jump: { readonly from: string; readonly position: 'first' | 'last-before-return' };
  /** Carried by the jump and every rule. */
  readonly comment: string;
}

export interface FirewallState {
  /** At most one of a table and family. */
  readonly chains: readonly OwnedChain[];
  /** Chains that help and that traffic does without where the kernel lacks what they need; at most one of a family. */
  readonly clamps: readonly OwnedChain[];
  /** nftables tables of ours, as complete `nft -j` objects to load. */
  readonly tables: readonly NftTable[];
}

export interface NftTable {
  readonly family: 'ip' | 'ip6' | 'inet';
  readonly name: string;
  /** `add` commands that fill the empty table: chains, then rules chain by chain, in the JSON schema of libnftables-json(5). */
  readonly contents: readonly unknown[];
}

/** What the firewall of this host looks like, as far as it decides what we must do. */
export interface FirewallFacts {
  /** Which iptables holds Docker's chains, or the default one. */
  readonly iptables: 'nft' | 'legacy' | 'absent';
  /** DOCKER-USER exists and FORWARD leads to it. */
  readonly dockerUser: boolean;
  /** Docker's own chains are there. */
  readonly docker: boolean;
  /** Docker's nftables backend (`table ip docker-bridges`) is there. */
  readonly dockerNftables: boolean;
  /** Docker's DROP per container in raw PREROUTING is there (28.0+). */
  readonly dockerRawDrop: boolean;
  readonly forwardPolicy: 'ACCEPT' | 'DROP' | 'unknown';
  /** A line for a person for each thing that stands in the way and that we cannot or may not change. */
  readonly obstacles: readonly string[];
}

export interface FirewallReport {
  readonly facts: FirewallFacts;
  /** What was rewritten, as `iptables filter`, `ip6tables nat`, `nft ip overlay-default`; empty when everything was right. */
  readonly written: readonly string[];
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** iptables and nftables of this network namespace. */
export interface Firewall {
  /** Reads, compares, and writes only what differs: at most one restore per family, none when equal. What fails is in the report. */
  ensure(input: FirewallInput): Promise<FirewallReport>;
  /** What `ensure` would do, as text a person can read; changes nothing. */
  preview(input: FirewallInput): Promise<readonly string[]>;
  /** Removes what is ours (this instance) and only that. */
  cleanup(instance: string): Promise<void>;
  /** Calls back on nf_tables notifications (NFNLGRP_NFTABLES). Legacy iptables sends none. */
  watch(listener: () => void): Promise<{ close(): void }>;
}
