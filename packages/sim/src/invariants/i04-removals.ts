import { formatPrefix, parseIpv4 } from '@overlay/cidr';
import { LeaseSet, type RawLease } from '@overlay/lease';
import type { Told } from '../model/place.js';
import type { Applied } from '../model/kernel.js';
import type { SimNode } from '../sim-node.js';
import type { Cluster, Invariant } from './model.js';

/** After a peer or the config said something new, ways to the peer may change for so long. */
const CHANGE_MS = 600_000;
/** A list that lacks most peers is believed after this. */
const HOLD_MS = 600_000;
const FEWEST = 3;

/** What one process was told. */
interface Mirror {
  readonly keys: Map<string, RawLease>;
  readonly putMs: Map<string, number>;
  configMs: number;
  /** The newest that it was told of, and when. */
  newest: { readonly revision: number; readonly atMs: number };
  /** Since when suspect lists lack a key, boot time. */
  readonly suspects: Map<string, { readonly sinceMs: number; readonly lease: RawLease }>;
}

/** A key that a list lacks displaces none that it has. */
const asHeld = (lease: RawLease): RawLease => ({
  ...lease,
  createRevision: '9223372036854775807',
  modRevision: '0',
});

const nameOf = (destination: string): string => destination.replace('/', '-');

/** The way to a peer is taken away only after its key was deleted, or a complete list came without it; not at once when most are gone. */
export class Removals implements Invariant {
  readonly id = 'I4';
  /** A list that is none to go by: it was not read from what the members agree on. */
  private stale: string | undefined;
  private readonly mirrors = new Map<SimNode, Mirror>();

  constructor(private readonly cluster: Cluster) {}

  started(node: SimNode): void {
    const newest = { revision: 0, atMs: 0 };
    this.mirrors.set(node, {
      ...{ keys: new Map(), putMs: new Map(), configMs: -Infinity, suspects: new Map() },
      newest,
    });
  }

  told(node: SimNode, told: Told): void {
    const mirror = this.mirrors.get(node);
    if (mirror === undefined) return;
    const { nowMs } = this.cluster.scheduler;
    if (told.kind === 'config') mirror.configMs = nowMs;
    else if (told.kind === 'list') {
      const { revision, leases } = told.snapshot;
      if (this.isNew(mirror, Number(revision))) this.listed(node, mirror, leases);
      else
        this.stale ??= `${node.name} is told a list of revision ${revision}, and was told ${mirror.newest.revision} before`;
    } else
      for (const event of told.events) {
        this.isNew(mirror, Number(event.type === 'put' ? event.lease.modRevision : event.modRevision));
        const name = event.type === 'put' ? event.lease.name : event.name;
        mirror.suspects.delete(name);
        mirror.putMs.set(name, nowMs);
        if (event.type === 'put') mirror.keys.set(name, event.lease);
        else mirror.keys.delete(name);
      }
  }

  /** What is older than what was told before says nothing, unless a restore came between. */
  private isNew(mirror: Mirror, revision: number): boolean {
    const { revision: newest, atMs } = mirror.newest;
    const { restoredMs, etcd } = this.cluster;
    if (revision < newest && atMs > restoredMs && newest <= etcd.revision) return false;
    mirror.newest = { revision, atMs: this.cluster.scheduler.nowMs };
    return true;
  }

  step(): string | undefined {
    return this.stale;
  }

  applied(node: SimNode, { changes }: Applied): string | undefined {
    const mirror = this.mirrors.get(node);
    if (mirror === undefined) return undefined;
    for (const { op, object } of changes) {
      if (op !== 'remove' || object.type !== 'route') continue;
      const text = formatPrefix(object.destination);
      const broken = this.reachable(node, text) ? undefined : this.causeless(node, mirror, nameOf(text));
      if (broken !== undefined) return broken;
    }
    return undefined;
  }

  private reachable(node: SimNode, destination: string): boolean {
    const { routes } = node.kernel.fake.tables.snapshot();
    return routes.some((route) => formatPrefix(route.destination) === destination);
  }

  private causeless(node: SimNode, mirror: Mirror, name: string): string | undefined {
    const { nowMs } = this.cluster.scheduler;
    const heldMs = this.bootMs - (mirror.suspects.get(name)?.sinceMs ?? -Infinity);
    if (heldMs < HOLD_MS - 1000 && this.valid(node, mirror).has(name))
      return `${node.name} removed ${name} ${Math.round(heldMs / 1000)} s after a list that lacks most peers`;
    const changedMs = Math.max(mirror.configMs, mirror.putMs.get(name) ?? -Infinity);
    if (nowMs - changedMs < CHANGE_MS || !mirror.keys.has(name)) return undefined;
    if (!this.valid(node, mirror).has(name)) return undefined;
    return `${node.name} removed the way to ${name}, which it was never told to be gone`;
  }

  /** Peers whose keys are good, by rules of our own judging. */
  private valid(node: SimNode, mirror: Mirror): ReadonlySet<string> {
    const { daemon } = node;
    const config = daemon?.network.running;
    if (daemon === undefined || config === undefined) return new Set();
    const { lease } = daemon.keeper.status;
    const draining = daemon.keeper.draining.subnets();
    const own = lease && { subnets: lease, publicIp: parseIpv4(node.publicIp), draining };
    const set = new LeaseSet({ config, ...(own && { own }) });
    const held = [...mirror.suspects.values()].map(({ lease: one }) => asHeld(one));
    set.applySnapshot({
      leases: [...mirror.keys.values(), ...held],
      revision: String(this.cluster.etcd.revision),
    });
    const mine = new Set([lease?.name]);
    return new Set([...set.used()].map(({ name }) => name).filter((name) => !mine.has(name)));
  }

  /** A hold goes on while the world stands still, as its machines are suspended. */
  private get bootMs(): number {
    const { nowMs, leaptMs } = this.cluster.scheduler;
    return nowMs + leaptMs;
  }

  private suspect({ keys, suspects }: Mirror, name: string): void {
    const lease = keys.get(name);
    if (lease !== undefined) suspects.set(name, { sinceMs: this.bootMs, lease });
  }

  private listed(node: SimNode, mirror: Mirror, leases: readonly RawLease[]): void {
    const { nowMs } = this.cluster.scheduler;
    const listed = new Set(leases.map(({ name }) => name));
    const known = [...mirror.keys.keys()];
    if (known.some((name) => !listed.has(name))) {
      const used = this.valid(node, mirror);
      const missing = [...used].filter((name) => !listed.has(name));
      if (used.size >= FEWEST && missing.length * 2 > used.size)
        for (const name of missing) this.suspect(mirror, name);
    }
    for (const [name, { sinceMs }] of mirror.suspects)
      if (listed.has(name) || this.bootMs - sinceMs >= HOLD_MS) mirror.suspects.delete(name);
    for (const lease of leases) {
      if (mirror.keys.get(lease.name)?.value !== lease.value) mirror.putMs.set(lease.name, nowMs);
    }
    mirror.keys.clear();
    for (const lease of leases) mirror.keys.set(lease.name, lease);
  }
}
