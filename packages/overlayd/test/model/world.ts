/**
 * The lease protocol as a state machine: what is in etcd, what every node knows, what is on its way between them. A World is never
 * changed once a step has made it.
 */

/** Two subnets of length 24, and the one of length 23 that covers both. */
export type KeyIndex = 0 | 1 | 2;
export const KEYS: readonly KeyIndex[] = [0, 1, 2];
export const WIDE: KeyIndex = 2;
export const KEY_NAMES = ['10.6.2.0-24', '10.6.3.0-24', '10.6.2.0-23'] as const;

/** Owner of what the Flannel host writes; the nodes are 0, 1, 2. */
export const FLANNEL = 9;
/** TTL of every etcd lease, in ticks and as the code counts it. */
export const TTL_TICKS = 2;
export const TTL_SECONDS = 20;
/** The nodes' clocks are slow: what is 10 s for etcd is 9.6 s for them. Less than 5 %, the bound of I1. */
export const bootMs = (tick: number): number => tick * 9600;

/** A key in etcd. */
export interface Stored {
  readonly owner: number;
  /** Which of its attributes the owner published. */
  readonly version: number;
  readonly create: number;
  readonly mod: number;
  readonly lease: number;
}

export interface Listing {
  readonly revision: number;
  readonly keys: readonly (Stored | undefined)[];
}

/** What becomes of a key, in the history that watches read. */
export interface Happening {
  readonly revision: number;
  readonly key: KeyIndex;
  readonly stored: Stored | undefined;
}

/** A compared write, as the store sends it. */
export type Txn =
  | {
      readonly kind: 'create';
      readonly key: KeyIndex;
      readonly version: number;
      readonly lease: number;
      readonly listedAt: number;
    }
  | {
      readonly kind: 'update';
      readonly key: KeyIndex;
      readonly version: number;
      readonly lease: number;
      readonly before: Stored;
    }
  | { readonly kind: 'remove'; readonly key: KeyIndex; readonly before: Stored };

/** An etcd lease that may be counted on from `sent` on (a tick). */
export interface Term {
  readonly lease: number;
  readonly sent: number;
}

/** What one attempt to acquire has come to. */
export interface Attempt {
  readonly listing?: Listing;
  /** Granted by this attempt, and no key hangs on it yet. `doubtful`: a write that names it may still be on its way. */
  readonly granted?: Term & { readonly doubtful: boolean };
}

/** Acquired, before the node's other keys are given back. */
export interface Got {
  readonly key: KeyIndex;
  readonly stored: Stored;
  readonly term: Term;
  /** The etcd lease that the key hung on before, if that was another one. */
  readonly left?: number;
  /** An etcd lease that was granted on the way and is not needed now. */
  readonly spare?: number;
}

/** Keys to remove with their etcd leases, and etcd leases to revoke. */
export type Cleanup =
  { readonly remove: KeyIndex; readonly stored: Stored; readonly keep: number } | { readonly revoke: number };

/** What a node waits for: exactly one call to etcd. */
export type Task =
  | { readonly do: 'list'; readonly attempt: Attempt }
  | { readonly do: 'keepAlive'; readonly attempt: Attempt; readonly key: KeyIndex; readonly stored: Stored }
  | {
      readonly do: 'confirm';
      readonly attempt: Attempt;
      readonly key: KeyIndex;
      readonly stored: Stored;
      readonly term: Term;
    }
  | { readonly do: 'grant'; readonly attempt: Attempt; readonly key: KeyIndex; readonly stored?: Stored }
  | {
      readonly do: 'write';
      readonly attempt: Attempt;
      readonly txn: Txn;
      readonly term: Term;
      readonly inDoubt: boolean;
    }
  | { readonly do: 'look' | 'get'; readonly attempt: Attempt; readonly txn: Txn; readonly term: Term }
  | { readonly do: 'cleanup'; readonly got: Got; readonly todo: readonly Cleanup[] }
  | { readonly do: 'abandon'; readonly lease: number }
  | { readonly do: 'verify' | 'renew' }
  | { readonly do: 'see'; readonly renewed: number }
  | { readonly do: 'publish'; readonly txn: Txn; readonly inDoubt: boolean; readonly again: boolean }
  | { readonly do: 'publish-look' | 'publish-get'; readonly txn: Txn };

/** What etcd answered to a task. */
export interface Answer {
  readonly listing?: Listing;
  readonly found?: Stored | undefined;
  readonly succeeded?: boolean;
  readonly revision?: number;
  readonly ttl?: number;
  /** etcd does not know the etcd lease of the write. */
  readonly leaseGone?: boolean;
}

/** A lease that the node claims. */
export interface Held {
  readonly key: KeyIndex;
  /** The key as the node last knew it. */
  readonly stored: Stored;
  /** The etcd lease that it renews. */
  readonly lease: number;
  readonly deadlineMs: number;
}

export interface Node {
  /** Its network config has subnets of length 23. */
  readonly wide: boolean;
  version: number;
  previous: KeyIndex | undefined;
  held: Held | undefined;
  task: (Task & { readonly sent?: number; readonly answer?: Answer }) | undefined;
  /** A complete list that the watch asked for and the node has not seen yet. */
  relist: Listing | undefined;
  /** It is to read its key again. */
  doubts: boolean;
  /** Up to which revision events were judged. */
  watch: number;
  /** A stranger destroyed this key of the node: until `until` (a tick) nobody can have known. */
  excuse: { readonly key: KeyIndex; readonly until: number } | undefined;
}

/** A request whose sender has given up; etcd may still get it. */
export type Late =
  { readonly node: number; readonly txn: Txn } | { readonly node: number; readonly revoke: number };

/** How often what may happen. */
export interface Budget {
  readonly ticks: number;
  /** Requests or answers that are lost, of all nodes together. */
  readonly losses: number;
  /** Of the lost requests, those that may arrive late. */
  readonly late: number;
  /** Writes and deletions by the Flannel host or an operator. */
  readonly foreign: number;
  readonly crashes: number;
  readonly relists: number;
  readonly publishes: number;
}

export interface Violation {
  readonly invariant: string;
  readonly text: string;
}

export interface World {
  tick: number;
  revision: number;
  keys: (Stored | undefined)[];
  /** Tick from which on etcd may end the lease, by id. */
  leases: Map<number, number>;
  nextLease: number;
  log: readonly Happening[];
  nodes: Node[];
  late: readonly Late[];
  /** Keys that the Flannel host renews, blindly. */
  flannel: readonly boolean[];
  budget: Budget;
  /** Grants and keep-alives are sent, carried out and answered at different times; else at one, the last that is possible. */
  readonly split: boolean;
  violation: Violation | undefined;
}

export const overlapping = (a: KeyIndex, b: KeyIndex): boolean => a === b || a === WIDE || b === WIDE;

/** A copy that a step may change. */
export const draft = (world: World): World => ({
  ...world,
  keys: [...world.keys],
  leases: new Map(world.leases),
  nodes: world.nodes.map((node) => ({ ...node })),
});

export function firstWorld(budget: Budget, wide: readonly boolean[], split: boolean): World {
  const node = (one: boolean): Node => ({
    wide: one,
    version: 0,
    previous: undefined,
    held: undefined,
    task: undefined,
    relist: undefined,
    doubts: false,
    watch: 1,
    excuse: undefined,
  });
  return {
    tick: 0,
    revision: 1,
    keys: [undefined, undefined, undefined],
    leases: new Map(),
    nextLease: 1,
    log: [],
    nodes: wide.map(node),
    late: [],
    flannel: [false, false, false],
    budget,
    split,
    violation: undefined,
  };
}

export function violate(world: World, invariant: string, text: string): void {
  world.violation ??= { invariant, text };
}

export const spend = (world: World, what: keyof Budget): void => {
  world.budget = { ...world.budget, [what]: world.budget[what] - 1 };
};
