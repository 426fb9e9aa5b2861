import type { SimNode } from '../sim-node.js';
import type { Cluster, Invariant } from './model.js';

/** A renewal that failed is tried again this soon, with the time a call may take. */
const SLACK_MS = 15_000;

interface Well {
  sinceMs: number | undefined;
  /** The longest time in a row that ended: its start and end. */
  readonly spans: { readonly fromMs: number; readonly toMs: number }[];
}

/** The own lease does not lapse while its node runs and reaches a quorum for a third of its time to live. */
export class LeaseKept implements Invariant {
  readonly id = 'I12';
  private readonly well = new Map<SimNode, Well>();

  constructor(private readonly cluster: Cluster) {}

  started(node: SimNode): void {
    this.end(node);
  }

  step(): string | undefined {
    const { nowMs } = this.cluster.scheduler;
    for (const node of this.cluster.nodes) {
      const isWell = node.runs && node.link.served && node.link.lostPercent === 0;
      const state = this.stateOf(node);
      if (isWell) state.sinceMs ??= nowMs;
      else if (state.sinceMs !== undefined) this.end(node);
    }
    return undefined;
  }

  expired(owner: string, ttlSeconds: number, keys: readonly string[]): string | undefined {
    const node = this.cluster.nodes.find(({ nodeId }) => nodeId === owner);
    const status = node?.daemon?.keeper.status;
    if (node === undefined || status?.lease === undefined || status.state !== 'held') return undefined;
    if (!keys.includes(status.lease.name)) return undefined;
    const ttlMs = ttlSeconds * 1000;
    const longestMs = this.longest(node, this.cluster.scheduler.nowMs - ttlMs);
    if (longestMs < ttlMs / 3 + SLACK_MS) return undefined;
    return `the lease ${status.lease.name} of ${node.name} lapsed, which could reach etcd for ${Math.round(longestMs / 1000)} s of its last ${ttlSeconds} s`;
  }

  private longest(node: SimNode, fromMs: number): number {
    const { spans, sinceMs } = this.stateOf(node);
    const { nowMs } = this.cluster.scheduler;
    const all = [...spans, ...(sinceMs === undefined ? [] : [{ fromMs: sinceMs, toMs: nowMs }])];
    return Math.max(0, ...all.map((span) => span.toMs - Math.max(span.fromMs, fromMs)));
  }

  private stateOf(node: SimNode): Well {
    const known = this.well.get(node);
    if (known !== undefined) return known;
    const state = { sinceMs: undefined, spans: [] };
    this.well.set(node, state);
    return state;
  }

  private end(node: SimNode): void {
    const state = this.stateOf(node);
    if (state.sinceMs !== undefined)
      state.spans.push({ fromMs: state.sinceMs, toMs: this.cluster.scheduler.nowMs });
    state.spans.splice(0, Math.max(0, state.spans.length - 20));
    state.sinceMs = undefined;
  }
}
