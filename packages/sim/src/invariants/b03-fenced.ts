import { equalPrefix, formatPrefix, overlaps, parsePrefix, type Prefix } from '@overlay/cidr';
import type { Told } from '../model/place.js';
import type { SimNode } from '../sim-node.js';
import { HadSubnet } from './had-subnet.js';
import { ownerOf, subnetOf } from './lease-key.js';
import type { Cluster, Invariant } from './model.js';

/** So long the rules may be behind what the process was told. */
const LATE_MS = 1000;
/** The longest pause before a firewall that failed is tried again. */
const RETRY_MS = 30_000;
/** A key of all of the network is no lease. */
const NETWORK_LENGTH = 16;

/** What of a node decides, to see whether any of it is another one. */
interface Seen {
  readonly status: unknown;
  readonly fenced: readonly Prefix[];
  readonly containers: Prefix | undefined;
}

interface Watched {
  readonly nodeId: string;
  /** Leases that the process was told of, others' and its own: the subnet that each names. */
  readonly other: Map<string, Prefix>;
  readonly own: Map<string, Prefix>;
  readonly had: Map<string, HadSubnet>;
  seen: Seen | undefined;
  /** What is wrong now, and since when. */
  wrong: ReadonlyMap<string, number>;
  able: boolean;
  /** Nothing is expected before. */
  graceMs: number;
}

const newlyWatched = (nodeId = ''): Watched => ({
  ...{
    nodeId,
    other: new Map<string, Prefix>(),
    own: new Map<string, Prefix>(),
    had: new Map<string, HadSubnet>(),
    seen: undefined,
  },
  ...{ wrong: new Map<string, number>(), able: false, graceMs: 0 },
});

/** What the daemon says to hold. */
function claimsOf({ daemon }: SimNode): readonly Prefix[] {
  const { lease, state } = daemon?.keeper.status ?? {};
  if (daemon === undefined || lease === undefined || state === 'lost') return [];
  return [lease, ...daemon.keeper.draining.subnets()].map(({ subnet }) => subnet);
}

const includes = (prefixes: readonly Prefix[], prefix: Prefix): boolean =>
  prefixes.some((one) => equalPrefix(one, prefix));

const meets = (prefixes: Iterable<Prefix>, prefix: Prefix): boolean => {
  for (const one of prefixes) if (overlaps(one, prefix)) return true;
  return false;
};

/** Without a network config there are no rules to write; what stood before stays. */
function knowsNetwork({ daemon }: SimNode): boolean {
  try {
    return daemon?.network.require() !== undefined;
  } catch {
    return false;
  }
}

const recorded = (text: string | undefined): readonly Prefix[] =>
  text === undefined ? [] : [parsePrefix(text, 'mask')];

/**
 * A subnet that a host had, and that is another's by what its process was told, is fenced by its firewall within a second; one that it
 * holds, or never had, is not.
 */
export class Fenced implements Invariant {
  readonly id = 'B03';
  private readonly watched: Map<SimNode, Watched>;

  constructor(private readonly cluster: Cluster) {
    this.watched = new Map(cluster.nodes.map((node) => [node, newlyWatched()]));
  }

  /** A host that was installed anew had nothing. Any other process knows of what the files name, and of what is fenced still. */
  started(node: SimNode): void {
    const before = this.watched.get(node);
    const watched = newlyWatched(node.nodeId);
    const known = [...node.firewall.fenced, ...recorded(node.files.subnet())];
    if (before?.nodeId === node.nodeId)
      for (const { prefix } of before.had.values())
        watched.had.set(formatPrefix(prefix), new HadSubnet(prefix, includes(known, prefix)));
    for (const prefix of known) watched.had.set(formatPrefix(prefix), new HadSubnet(prefix, true));
    this.watched.set(node, watched);
  }

  told(node: SimNode, told: Told): void {
    const watched = this.watched.get(node);
    if (watched === undefined || told.kind === 'config') return;
    watched.seen = undefined;
    if (told.kind === 'list') for (const keys of [watched.own, watched.other]) keys.clear();
    const events =
      told.kind === 'events'
        ? told.events
        : told.snapshot.leases.map((lease) => ({ type: 'put', lease }) as const);
    for (const event of events) {
      const name = event.type === 'put' ? event.lease.name : event.name;
      watched.own.delete(name);
      watched.other.delete(name);
      const owner = event.type === 'put' ? ownerOf(event.lease, node) : undefined;
      const subnet = subnetOf(name);
      if (owner !== undefined && subnet !== undefined && subnet.length > NETWORK_LENGTH)
        watched[owner].set(name, subnet);
    }
  }

  /** What was wrong until this event, and what is after it. */
  step(): string | undefined {
    let late: string | undefined;
    for (const [node, watched] of this.watched) {
      if (watched.wrong.size > 0) late ??= this.late(node, watched);
      const { seen } = watched;
      const status = node.daemon?.keeper.status;
      const { fenced } = node.firewall;
      const containers = node.containers.subnet;
      if (seen?.status === status && seen?.fenced === fenced && seen.containers === containers) continue;
      watched.seen = { status, fenced, containers };
      this.look(node, watched);
    }
    return late;
  }

  private late(node: SimNode, watched: Watched): string | undefined {
    const { nowMs } = this.cluster.scheduler;
    const { broken } = node.firewall;
    const able = node.serves && !broken && knowsNetwork(node);
    if (!able || !watched.able)
      watched.graceMs = Math.max(watched.graceMs, nowMs + LATE_MS + (broken ? RETRY_MS : 0));
    watched.able = able;
    if (nowMs < watched.graceMs) return undefined;
    for (const [text, sinceMs] of watched.wrong)
      if (nowMs >= sinceMs + LATE_MS) return `${node.name} for ${Math.round(nowMs - sinceMs)} ms ${text}`;
    return undefined;
  }

  private look(node: SimNode, watched: Watched): void {
    const claims = claimsOf(node);
    for (const prefix of claims) watched.had.set(formatPrefix(prefix), new HadSubnet(prefix, true));
    const now = [...this.open(node, watched, claims), ...this.needless(node, watched, claims)];
    const { nowMs } = this.cluster.scheduler;
    // From the begin of what is wrong on: before, nobody asks.
    if (watched.wrong.size === 0) watched.able = true;
    watched.wrong = new Map(now.map((text) => [text, watched.wrong.get(text) ?? nowMs]));
  }

  /** What is to be fenced, and is not. */
  private open(node: SimNode, { had, other, own }: Watched, claims: readonly Prefix[]): readonly string[] {
    const bootMs = node.clock?.bootMs() ?? 0;
    const used = node.containers.subnet === undefined ? [] : [node.containers.subnet];
    const open = [...had.values()].filter((subnet) => {
      const { prefix } = subnet;
      const standing = {
        owned: meets(other.values(), prefix),
        claimed: meets(claims, prefix) || meets(own.values(), prefix),
        fenced: includes(node.firewall.fenced, prefix),
        used: meets(used, prefix),
      };
      return subnet.isOpen(standing, bootMs);
    });
    return open.map(
      ({ prefix }) => `does not fence ${formatPrefix(prefix)}, which it had and which is another's`,
    );
  }

  private needless(node: SimNode, { had }: Watched, claims: readonly Prefix[]): readonly string[] {
    const own = claims.filter((prefix) => this.isOwn(node, prefix));
    return node.firewall.fenced.flatMap((prefix) => {
      const text = formatPrefix(prefix);
      if (meets(own, prefix)) return [`fences ${text}, which it holds`];
      return had.has(text) ? [] : [`fences ${text}, which it never had`];
    });
  }

  private isOwn({ nodeId }: SimNode, prefix: Prefix): boolean {
    return this.cluster.etcd.get(formatPrefix(prefix).replace('/', '-'))?.writer === nodeId;
  }
}
