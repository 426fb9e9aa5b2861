import type { LeaseAttributes, LeaseEvent, LeaseSnapshot, LeaseSubnets, RawLease, Warning } from './model.js';

/** What the store tells while it follows etcd. Every callback returns at once. */
export interface LeaseSink {
  /** A complete list: at the start, after a compaction, a restore, a doubt, and every few minutes. */
  snapshot(snapshot: LeaseSnapshot): void;
  /** Events after the last snapshot, in order, all of one response together. */
  events(events: readonly LeaseEvent[], revision: string): void;
  /** `<prefix>/config` changed; undefined when it is gone. Also called with the first value. */
  config(text: string | undefined): void;
  /** Somebody asks this node to renumber; told once for each request. Only where `follow` was given a node id. */
  request?(request: RenumberRequest): void;
  /** The connection's state changed. `detail` is one line for a person. */
  state(state: WatchState): void;
  /** How the store is otherwise: at first, and whenever that changes. */
  condition?(condition: StoreCondition): void;
}

/** How a store is apart from its connection. */
export interface StoreCondition {
  /** What is wrong although it works: `OVL_ETCD_CLUSTER`, `OVL_ETCD_TLS`, `OVL_ETCD_CERTIFICATE`. */
  readonly warnings: readonly Warning[];
  /** When the first of the certificates in its TLS files ends, ms of the wall clock; absent without any. */
  readonly certificateEndMs?: number;
}

export interface WatchState {
  readonly connected: boolean;
  readonly endpoint?: string;
  readonly detail: string;
  /** `OVL_ETCD_...` of what is wrong while not connected. */
  readonly code?: string;
}

export interface Subscription {
  close(): Promise<void>;
}

/** The result of a write that etcd compared. */
export type WriteResult =
  | { readonly ok: true; readonly lease: RawLease }
  | { readonly ok: false; readonly reason: 'exists' | 'changed' };

/**
 * The leases in etcd. Every method rejects with an OverlayError: `OVL_ETCD_UNREACHABLE`, `OVL_ETCD_TIMEOUT`, `OVL_ETCD_TLS`,
 * `OVL_ETCD_CLUSTER`, `OVL_ETCD_AUTH`, `OVL_ETCD_PERMISSION`, `OVL_ETCD_NOSPACE` or `OVL_ETCD_FAILED`.
 */
export interface LeaseStore {
  config(): Promise<{ readonly text: string; readonly modRevision: string } | undefined>;
  /** Writes the config if it still has this mod revision (`"0"`: is absent). False when it changed meanwhile. */
  putConfig(text: string, expectedModRevision: string): Promise<boolean>;
  list(): Promise<LeaseSnapshot>;
  get(name: string): Promise<RawLease | undefined>;
  /** Follows leases and config, and with a node id the requests to it, until closed; survives every fault of etcd. */
  follow(sink: LeaseSink, nodeId?: string): Subscription;

  /** Creates the key if it is absent and nothing was put under `subnets/` after `listedAt` (finding 7). */
  create(subnets: LeaseSubnets, value: LeaseAttributes, options: CreateOptions): Promise<WriteResult>;
  /** Replaces our own last write: compares mod revision. Keeps its etcd lease unless `etcdLease` is given. */
  update(lease: RawLease, value: LeaseAttributes, etcdLease?: string): Promise<WriteResult>;
  /** Deletes the key if it still is this write. False when it changed or is gone. */
  remove(lease: RawLease): Promise<boolean>;

  /** Grants the one etcd lease of this node. */
  grant(ttlSeconds: number): Promise<string>;
  /** Renews once. Resolves to the remaining seconds; 0 when etcd no longer knows the lease. */
  keepAlive(etcdLease: string): Promise<number>;
  revoke(etcdLease: string): Promise<void>;
  /** Remaining seconds of a lease, undefined for a reservation or an unknown lease. */
  timeToLive(etcdLease: string): Promise<number | undefined>;
  /** Members, versions, alarms and sizes: for `status`, `doctor` and warnings about old servers. */
  health(): Promise<StoreHealth>;
  close(): Promise<void>;
}

/** A node is asked to take a subnet that fits the network config: the key `<prefix>/overlay/renumber/<node id>`. */
export interface RenumberRequest {
  readonly nodeId: string;
  /** RFC 3339. Empty, as `by`, when the value cannot be read. */
  readonly requested: string;
  /** Host name of who asks. */
  readonly by: string;
  /** Mod revision of its key. */
  readonly revision: string;
}

/** All that an answer needs to know of its request. */
export type AnsweredRequest = Pick<RenumberRequest, 'nodeId' | 'revision'>;

/** What became of a request. */
export interface RenumberOutcome {
  /** `draining`: the node has another subnet, and the old one too until its last container is gone. */
  readonly state: 'done' | 'failed' | 'draining';
  /** What the node holds now: `10.6.1.0/24`, dual stack `10.6.1.0/24,fd00:6:0:1::/64`; empty for none. */
  readonly subnet: string;
  /** For a person; empty when there is nothing to say. */
  readonly message: string;
}

/** An outcome as it is in etcd. It answers that request and all before it, none that came later. */
export interface RenumberAnswer extends RenumberOutcome {
  /** Revision of the request; `"0"` when the value names none: it answers nobody. */
  readonly request: string;
}

/** Requests to renumber and their outcomes. Every method rejects like those of LeaseStore, and with OVL_NODE_ID for a bad node id. */
export interface RenumberStore {
  /** Asks a node; resolves to the request that stands already if there is one. */
  requestRenumber(nodeId: string, by: string): Promise<RenumberRequest>;
  /** Takes a request back. False when it was answered, replaced or withdrawn meanwhile. */
  withdrawRenumber(request: RenumberRequest): Promise<boolean>;
  /** The last outcome that a node wrote; it is kept for a day. */
  renumberOutcome(nodeId: string): Promise<RenumberAnswer | undefined>;
  /**
   * For the node: writes the outcome with the revision of its request, and deletes the request if it still is this one. May be called
   * again when the outcome changes, also by a later run of the node, which finds that revision in the outcome before.
   */
  answerRenumber(request: AnsweredRequest, outcome: RenumberOutcome): Promise<void>;
}

export interface CreateOptions {
  /** Revision of the list the choice was made from. */
  readonly listedAt: string;
  /** `"0"` writes a reservation. */
  readonly etcdLease: string;
}

export interface StoreHealth {
  readonly endpoint: string;
  readonly version: string;
  readonly alarms: readonly string[];
  readonly databaseBytes: number;
}

/** How to reach etcd. */
export interface StoreOptions {
  readonly endpoints: readonly string[];
  /** `/atomic.io/network` */
  readonly prefix: string;
  readonly cafile?: string;
  readonly certfile?: string;
  readonly keyfile?: string;
  readonly username?: string;
  readonly password?: string;
  /** A deadline for each unary call. Default 5000. */
  readonly timeoutMs?: number;
  /** A complete list this often. Default 300000. */
  readonly relistMs?: number;
  /** A look at the TLS files this often: new ones are taken without a restart. Default 10000. */
  readonly tlsLookMs?: number;
  /** One line per noteworthy thing that is not an error of a call. */
  readonly log?: (level: 'debug' | 'info' | 'warn', message: string) => void;
}
