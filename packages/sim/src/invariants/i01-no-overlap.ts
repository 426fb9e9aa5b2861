import { formatPrefix, overlaps, type Prefix } from '@overlay/cidr';
import type { EtcdWrite } from '../model/etcd.js';
import type { Told } from '../model/place.js';
import type { SimNode } from '../sim-node.js';
import { subnetOf } from './lease-key.js';
import type { Cluster, Invariant } from './model.js';

/** A node that has listed after a promise was broken needs so long to read its own key again. */
const READ_AGAIN_MS = 60_000;
const SOMETIMES = 1024;

interface Holder {
  readonly node: SimNode;
  readonly subnet: Prefix;
}

/** No two nodes hold overlapping subnets; the keys that our nodes create overlap no other key of ours. Holding ends at the deadline. */
export class NoOverlap implements Invariant {
  readonly id = 'I1';
  private seen: readonly unknown[] = [];
  private steps = 0;
  /** When a node listed for the first time after that. */
  private readonly learnedMs = new Map<SimNode, number>();
  /** When somebody else took a node's key away: an operator, or a Flannel that does not compare. */
  private readonly brokenMs = new Map<string, number>();

  constructor(private readonly cluster: Cluster) {}

  written(write: EtcdWrite): string | undefined {
    const { before, writer } = write;
    if (before !== undefined && before.writer !== writer && writer !== 'etcd')
      this.brokenMs.set(before.writer, this.cluster.scheduler.nowMs);
    return before === undefined && write.after !== undefined && this.isOurs(writer)
      ? this.created(write.name, writer)
      : undefined;
  }

  private created(name: string, writer: string): string | undefined {
    const subnet = subnetOf(name);
    if (subnet === undefined) return `${writer} created the key ${name}, which is no subnet`;
    for (const other of this.cluster.etcd.all()) {
      if (other.name === name || !this.isOurs(other.writer)) continue;
      const taken = subnetOf(other.name);
      if (taken !== undefined && overlaps(taken, subnet))
        return `${writer} created ${name}, and ${other.writer} has ${other.name}`;
    }
    return undefined;
  }

  told(node: SimNode, { kind }: Told): void {
    if (kind !== 'list' || (this.learnedMs.get(node) ?? -Infinity) > this.brokenFor(node)) return;
    this.learnedMs.set(node, this.cluster.scheduler.nowMs);
  }

  step(): string | undefined {
    this.steps += 1;
    const now = this.cluster.nodes.map(({ daemon }) => daemon?.keeper.status);
    const same = now.every((status, index) => status === this.seen[index]);
    if (same && this.steps % SOMETIMES !== 0) return undefined;
    this.seen = now;
    const holders = this.cluster.nodes.flatMap((node) => this.heldBy(node));
    for (const [index, a] of holders.entries())
      for (const b of holders.slice(index + 1))
        if (a.node !== b.node && overlaps(a.subnet, b.subnet))
          return `${a.node.name} holds ${formatPrefix(a.subnet)} and ${b.node.name} holds ${formatPrefix(b.subnet)}`;
    return undefined;
  }

  private isOurs(writer: string): boolean {
    return writer.startsWith('00000000-');
  }

  private heldBy(node: SimNode): readonly Holder[] {
    const { daemon, view } = node;
    if (daemon === undefined || view === undefined || !this.knows(node)) return [];
    const { state, lease, deadlineMs = Infinity } = daemon.keeper.status;
    if (lease === undefined || state === 'lost' || state === 'acquiring' || view.bootMs() >= deadlineMs)
      return [];
    const subnets = [lease.subnet, ...daemon.keeper.draining.subnets().map(({ subnet }) => subnet)];
    return subnets.map((subnet) => ({ node, subnet }));
  }

  /** A restore takes back what nodes were promised after the backup, and others do not ask: until a node learned of it, its promise is void. */
  private knows(node: SimNode): boolean {
    const brokenMs = this.brokenFor(node);
    const learnedMs = this.learnedMs.get(node) ?? -Infinity;
    if (brokenMs === -Infinity) return true;
    return learnedMs > brokenMs && this.cluster.scheduler.nowMs >= learnedMs + READ_AGAIN_MS;
  }

  private brokenFor(node: SimNode): number {
    return Math.max(this.cluster.restoredMs, this.brokenMs.get(node.nodeId) ?? -Infinity);
  }
}
