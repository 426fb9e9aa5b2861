import { holds } from './compare.js';
import {
  refusal,
  type Commit,
  type Compare,
  type KeyRange,
  type KeyValue,
  type KvEvent,
  type Operation,
  type OperationAnswer,
  type RangeAnswer,
  type RangeRequest,
} from './kv-model.js';

const isIn = (key: string, { key: first, end }: KeyRange): boolean =>
  end === undefined ? key === first : key >= first && key < end;

/** What a backup holds of the keys. */
export interface SavedKeys {
  readonly keys: ReadonlyMap<string, KeyValue>;
  readonly revision: number;
}

/**
 * etcd's store of keys (its package mvcc): every change makes a revision, and every revision can be read and watched until it is compacted
 * away. The integration test `etcd-model.test.ts` compares it with a real etcd, answer by answer.
 */
export class ModelKv {
  private keys = new Map<string, KeyValue>();
  /** Commits from the compacted revision on. */
  private history: Commit[] = [];

  constructor(
    private current: number,
    private readonly committed: (commit: Commit) => void,
    /** History before it is gone. */
    private first = 0,
  ) {}

  get compacted(): number {
    return this.first;
  }

  get revision(): number {
    return this.current;
  }

  get(key: string): KeyValue | undefined {
    return this.keys.get(key);
  }

  /** @throws OverlayError when the revision is compacted or not there yet */
  range({ revision = 0, limit = 0, ...range }: RangeRequest): RangeAnswer {
    const all = this.at(revision);
    const found = [...all.values()].filter(({ key }) => isIn(key, range));
    found.sort((a, b) => (a.key < b.key ? -1 : 1));
    const kvs = limit > 0 ? found.slice(0, limit) : found;
    return { kvs, count: found.length, more: kvs.length < found.length };
  }

  holds(compares: readonly Compare[]): boolean {
    return compares.every((compare) => holds(compare, this.range({ ...keysOf(compare) }).kvs));
  }

  /** Runs operations one after the other, each seeing those before; all changes are one revision. */
  run(operations: readonly Operation[], writer: string): readonly OperationAnswer[] {
    const events: KvEvent[] = [];
    const answers = operations.map((operation): OperationAnswer => {
      if ('range' in operation) return { range: this.range(operation.range) };
      if ('delete' in operation) return { deleted: this.delete(operation.delete, events) };
      events.push(this.put(operation.put, writer));
      return { put: true };
    });
    if (events.length > 0) {
      this.current += 1;
      const commit = { revision: this.current, events };
      this.history.push(commit);
      this.committed(commit);
    }
    return answers;
  }

  /**
   * What a watch from a revision on is told that begins now. Deletions of the compacted revision itself are gone with it, as in etcd before
   * 3.4.36 (etcd#19179): a watch that begins just there is not told of them, and nobody says so.
   * @throws OverlayError when it was compacted
   */
  since(revision: number): readonly Commit[] {
    if (revision < this.compacted) throw refusal('compacted');
    let at = this.history.length;
    while (at > 0 && (this.history[at - 1]?.revision ?? 0) >= revision) at -= 1;
    return this.history.slice(at);
  }

  /** @throws OverlayError when that revision is compacted already or not there yet */
  compact(revision = this.current): void {
    if (revision <= this.compacted) throw refusal('compacted');
    if (revision > this.current) throw refusal('future');
    this.first = revision;
    const kept = this.history.filter((commit) => commit.revision >= revision);
    const [first] = kept;
    if (first?.revision === revision) {
      const events = first.events.filter(({ type }) => type === 'put');
      kept.splice(0, 1, { revision, events });
    }
    this.history = kept;
  }

  save(): SavedKeys {
    return { keys: new Map(this.keys), revision: this.current };
  }

  /** The revision goes back, and nobody is told. */
  restore({ keys, revision }: SavedKeys): void {
    this.keys = new Map(keys);
    this.current = revision;
    this.history = [];
    this.first = revision;
  }

  private put({ key, value, lease }: KeyValueWish, writer: string): KvEvent {
    const before = this.keys.get(key);
    const modRevision = this.current + 1;
    const createRevision = before?.createRevision ?? modRevision;
    const version = (before?.version ?? 0) + 1;
    const after = { key, value, lease, createRevision, modRevision, version, writer };
    this.keys.set(key, after);
    return { type: 'put', key, before, after };
  }

  private delete(range: KeyRange, events: KvEvent[]): number {
    const { kvs } = this.range({ ...range });
    for (const before of kvs) {
      this.keys.delete(before.key);
      events.push({ type: 'delete', key: before.key, before, after: undefined });
    }
    return kvs.length;
  }

  /** The keys at a revision, 0 for now: later changes are taken back. */
  private at(revision: number): ReadonlyMap<string, KeyValue> {
    if (revision > this.current) throw refusal('future');
    if (revision > 0 && revision < this.compacted) throw refusal('compacted');
    if (revision === 0 || revision === this.current) return this.keys;
    const keys = new Map(this.keys);
    for (const commit of [...this.since(revision + 1)].reverse())
      for (const { key, before } of [...commit.events].reverse())
        if (before === undefined) keys.delete(key);
        else keys.set(key, before);
    return keys;
  }
}

interface KeyValueWish {
  readonly key: string;
  readonly value: string;
  readonly lease: string;
}

const keysOf = ({ key, end }: KeyRange): KeyRange => (end === undefined ? { key } : { key, end });
