import type { RawLease } from '@overlay/lease';
import type { EtcdWrite } from '../model/etcd.js';
import type { Told } from '../model/place.js';
import type { SimNode } from '../sim-node.js';
import type { Cluster, Invariant } from './model.js';

/** Longer than a silent watch, a member that is behind, and one without a leader may go unnoticed. */
const LATE_MS = 30_000;
const LOOK_MS = 2000;
/** Between two complete lists, with the time of a call. */
const RELIST_MS = 340_000;
/** The network config, among the names of leases. */
const CONFIG = '/config';

/** What a key is at a time, or the text of the config; undefined when it is not there. */
type State = string | undefined;

/** After a restore a revision comes a second time. */
const stateOf = ({ modRevision, value }: Pick<RawLease, 'modRevision' | 'value'>): string =>
  `${modRevision} ${value}`;

interface Since {
  readonly state: State;
  readonly atMs: number;
}

/** What one process was told. */
interface Reader {
  readonly keys: Map<string, string>;
  /** When the last complete list came, and of which raft term. */
  listedMs: number;
  term: number;
  /** Since when nothing keeps it from being told. */
  wellMs: number | undefined;
}

const shown = (state: State): string => state ?? 'nothing';

/**
 * A daemon that says it follows etcd knows of each key what it was half a minute ago, or later, at whatever member it reads: it was told of
 * every change, of every deletion, and of every restore.
 */
export class UpToDate implements Invariant {
  readonly id = 'I13';
  /** What each key was, from the last state on that is due. */
  private readonly wanted = new Map<string, Since[]>();
  private lookedMs = 0;
  private restoredMs = -Infinity;
  private readonly readers = new Map<SimNode, Reader>();

  constructor(private readonly cluster: Cluster) {}

  started(node: SimNode): void {
    this.readers.set(node, { keys: new Map(), listedMs: -Infinity, term: 0, wellMs: undefined });
  }

  written({ name, after }: EtcdWrite): undefined {
    this.became(name, after && stateOf(after));
  }

  told(node: SimNode, told: Told): void {
    const reader = this.readers.get(node);
    if (reader === undefined) return;
    const { keys } = reader;
    if (told.kind === 'config') remember(keys, CONFIG, told.text);
    else if (told.kind === 'list') {
      const config = keys.get(CONFIG);
      Object.assign(reader, { listedMs: this.cluster.scheduler.nowMs, term: told.term });
      keys.clear();
      remember(keys, CONFIG, config);
      for (const lease of told.snapshot.leases) keys.set(lease.name, stateOf(lease));
    } else
      for (const event of told.events)
        if (event.type === 'put') keys.set(event.lease.name, stateOf(event.lease));
        else keys.delete(event.name);
  }

  step(): string | undefined {
    const { etcd, restoredMs, scheduler } = this.cluster;
    const { nowMs } = scheduler;
    this.became(CONFIG, etcd.config);
    if (restoredMs !== this.restoredMs) this.restored(restoredMs);
    for (const [node, reader] of this.readers)
      if (!this.isWell(node)) reader.wellMs = undefined;
      else reader.wellMs ??= nowMs;
    if (nowMs < this.lookedMs + LOOK_MS) return undefined;
    this.lookedMs = nowMs;
    return this.late(nowMs);
  }

  private became(name: string, state: State): void {
    const states = this.wanted.get(name) ?? [{ state: undefined, atMs: -Infinity }];
    this.wanted.set(name, states);
    if (states.at(-1)?.state !== state) states.push({ state, atMs: this.cluster.scheduler.nowMs });
  }

  /** Other keys are there, and nobody wrote them. */
  private restored(restoredMs: number): void {
    this.restoredMs = restoredMs;
    const { etcd } = this.cluster;
    const there = new Map(etcd.all().map((lease) => [lease.name, stateOf(lease)]));
    for (const name of this.wanted.keys()) if (name !== CONFIG) this.became(name, there.get(name));
    for (const [name, state] of there) this.became(name, state);
  }

  private late(nowMs: number): string | undefined {
    const dueMs = nowMs - LATE_MS;
    for (const states of this.wanted.values()) while ((states[1]?.atMs ?? Infinity) <= dueMs) states.shift();
    for (const [node, reader] of this.readers) {
      const { keys, wellMs } = reader;
      if (wellMs === undefined || wellMs > (this.isBlind(reader) ? nowMs - RELIST_MS : dueMs)) continue;
      for (const [name, states] of this.wanted) {
        const known = keys.get(name);
        if (!states.some(({ state }) => state === known))
          return `${node.name} says it follows etcd, and knows ${name} as ${shown(known)}, not as ${shown(states[0]?.state)}`;
      }
    }
    return undefined;
  }

  /** A restore shows in the revision and in the term: a store that has passed both again is known by the next complete list. */
  private isBlind({ listedMs, term }: Reader): boolean {
    return listedMs < this.restoredMs && this.cluster.etcd.term >= term;
  }

  private isWell({ runs, link, daemon }: SimNode): boolean {
    const told = runs && link.served && link.lostPercent === 0 && link.lagMs === 0;
    return told && daemon?.etcd.connected === true;
  }
}

function remember(keys: Map<string, string>, name: string, state: State): void {
  if (state === undefined) keys.delete(name);
  else keys.set(name, state);
}
