import type { EtcdWrite } from '../model/etcd.js';
import type { Told } from '../model/place.js';
import type { SimNode } from '../sim-node.js';
import type { Cluster, Invariant } from './model.js';

/** Longer than a silent watch, a member that is behind, and one without a leader may go unnoticed. */
const LATE_MS = 30_000;
const LOOK_MS = 2000;

interface Change {
  readonly revision: number;
  readonly atMs: number;
}

interface Reader {
  /** Everything up to here was told. */
  revision: number;
  /** Since when nothing keeps it from being told. */
  wellMs: number | undefined;
}

/** A daemon that says it follows etcd was told of everything that etcd held half a minute ago, at whatever member it reads. */
export class UpToDate implements Invariant {
  readonly id = 'I13';
  private changes: Change[] = [];
  private lookedMs = 0;
  private readonly readers = new Map<SimNode, Reader>();

  constructor(private readonly cluster: Cluster) {}

  started(node: SimNode): void {
    this.readers.set(node, { revision: 0, wellMs: undefined });
  }

  written(_: EtcdWrite): undefined {
    const { scheduler, etcd } = this.cluster;
    this.changes.push({ revision: etcd.revision, atMs: scheduler.nowMs });
  }

  told(node: SimNode, told: Told): void {
    const reader = this.readers.get(node);
    if (reader === undefined || told.kind === 'config') return;
    if (told.kind === 'list') reader.revision = Number(told.snapshot.revision);
    else
      for (const event of told.events)
        reader.revision = Math.max(
          reader.revision,
          Number(event.type === 'put' ? event.lease.modRevision : event.modRevision),
        );
  }

  step(): string | undefined {
    const { nowMs } = this.cluster.scheduler;
    for (const [node, reader] of this.readers)
      if (!this.isWell(node)) reader.wellMs = undefined;
      else reader.wellMs ??= nowMs;
    if (nowMs < this.lookedMs + LOOK_MS) return undefined;
    this.lookedMs = nowMs;
    return this.late(nowMs);
  }

  private late(nowMs: number): string | undefined {
    const due = this.dueRevision(nowMs - LATE_MS);
    for (const [node, reader] of this.readers) {
      if (reader.wellMs === undefined || nowMs - reader.wellMs < LATE_MS || reader.revision >= due) continue;
      return `${node.name} says it follows etcd, and was told up to revision ${reader.revision} of ${due}`;
    }
    return undefined;
  }

  private isWell({ runs, link, daemon }: SimNode): boolean {
    const told = runs && link.reachable && link.lostPercent === 0 && link.lagMs === 0;
    return told && daemon?.etcd.connected === true;
  }

  /** The last revision that must be known. A restore takes revisions back. */
  private dueRevision(beforeMs: number): number {
    const { restoredMs } = this.cluster;
    const kept = this.changes.filter(({ atMs }) => atMs >= restoredMs);
    const due = kept.filter(({ atMs }) => atMs <= beforeMs).at(-1);
    this.changes = kept.filter((change) => change === due || change.atMs > beforeMs);
    return due?.revision ?? 0;
  }
}
