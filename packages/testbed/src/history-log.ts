import type { HistoryEvent } from './history.js';

/** A key as `etcdctl -w json` prints it; key and value in base64, absent numbers are 0. */
interface PrintedKey {
  readonly key: string;
  readonly value?: string;
  readonly create_revision?: number;
  readonly mod_revision?: number;
  readonly version?: number;
  readonly lease?: string;
}

interface PrintedEvent {
  /** 1 for a deletion. */
  readonly type?: number;
  readonly kv: PrintedKey;
}

/** What `etcdctl get` printed, or one response of `etcdctl watch`. */
interface Printed {
  readonly header?: { readonly revision?: number };
  readonly kvs?: readonly PrintedKey[];
  readonly Events?: readonly PrintedEvent[] | null;
  readonly CompactRevision?: number;
}

/** All keys at one revision. */
export interface KeyList {
  readonly revision: number;
  readonly keys: readonly PrintedKey[];
}

/** A lease id does not fit a number. Keys and values are in base64, so nothing else can look like one. */
const parse = (line: string): Printed =>
  JSON.parse(line.replace(/"lease":(-?\d+)/g, '"lease":"$1"')) as Printed;

function parseWhole(line: string): Printed | undefined {
  try {
    return parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function readKeyList(line: string): KeyList {
  const { header, kvs = [] } = parse(line);
  return { revision: header?.revision ?? 0, keys: kvs };
}

/** The events of a run so far, and whether each followed from the one before it: etcd counts the writes of every key. */
export class HistoryLog {
  readonly events: HistoryEvent[] = [];
  readonly gaps: string[] = [];
  /** The first revision that is not known yet. */
  next: number;
  private compactRevision = 0;
  /** Writes of each key since it came to be; 0 when it is gone. */
  private readonly versions = new Map<string, number>();
  private readonly revisions = new Map<string, number>();

  /** @param list what there was when the run began. */
  constructor({ revision, keys }: KeyList) {
    const inOrder = keys.toSorted((a, b) => (a.mod_revision ?? 0) - (b.mod_revision ?? 0));
    for (const kv of inOrder) this.add({ kv });
    this.next = revision + 1;
  }

  /**
   * Where a watch is to begin: one revision early where that is still there, for of the compacted revision itself etcd 3.4.23 does not tell
   * what it deleted (etcd#19179).
   */
  get from(): number {
    return Math.max(this.next - 1, this.compactRevision);
  }

  /**
   * Takes one line that `etcdctl watch -w json` printed. One that was cut short, as etcdctl was killed in its midst, says nothing: the next
   * watch begins before what it told.
   */
  take(line: string): void {
    const printed = parseWhole(line);
    if (printed === undefined) return;
    const { Events, CompactRevision = 0 } = printed;
    const events = Events ?? [];
    this.compactRevision = Math.max(this.compactRevision, CompactRevision);
    if (CompactRevision > this.next) this.compacted(CompactRevision);
    for (const event of events) {
      const { mod_revision: revision = 0 } = event.kv;
      // After a reconnect etcd may repeat what it told.
      if (revision < this.next) continue;
      this.follows(event);
      this.add(event);
    }
    const last = events.at(-1)?.kv.mod_revision ?? 0;
    this.next = Math.max(this.next, last + 1);
  }

  /** What is still missing of a list that was made after the run's last write; undefined when nothing is. */
  lacks({ revision, keys }: KeyList): string | undefined {
    const there = new Map(keys.map((kv) => [text(kv.key), kv.mod_revision ?? 0]));
    const late = [...there].find(([key, at]) => (this.revisions.get(key) ?? 0) < at);
    if (late) return `history has a gap: ${late[0]} was put at revision ${late[1]}, and that is missing`;
    const other = [...there].find(([key, at]) => {
      const recorded = this.revisions.get(key) ?? 0;
      return recorded > at && recorded <= revision;
    });
    if (other) return this.wentBack(other);
    const gone = [...this.versions].find(
      ([key, version]) => version > 0 && !there.has(key) && (this.revisions.get(key) ?? 0) <= revision,
    );
    return (
      gone && `history has a gap: ${gone[0]} is gone at revision ${revision}, and its deletion is missing`
    );
  }

  /** The store has passed what is recorded, and does not have it: its revisions came twice. */
  private wentBack([key, at]: readonly [string, number]): string {
    const recorded = this.revisions.get(key) ?? 0;
    return `history has a gap: ${key} was written at revision ${recorded}, and the store has it of revision ${at}: it went back`;
  }

  private compacted(revision: number): void {
    this.gaps.push(
      `history has a gap: revisions ${this.next} to ${revision - 1} were compacted away before they were read`,
    );
    this.next = revision;
  }

  private follows({ type, kv }: PrintedEvent): void {
    const known = this.versions.get(text(kv.key)) ?? 0;
    const { version = 0, mod_revision: revision = 0 } = kv;
    if (type === 1 ? known > 0 : known === version - 1) return;
    const what = type === 1 ? 'deleted' : `written for the ${version}. time`;
    this.gaps.push(
      `history has a gap: at revision ${revision} ${text(kv.key)} was ${what}, but ${known} writes are known`,
    );
  }

  private add({ type, kv }: PrintedEvent): void {
    const { mod_revision: revision = 0, create_revision: createRevision = 0, lease = '0' } = kv;
    const key = text(kv.key);
    this.versions.set(key, type === 1 ? 0 : (kv.version ?? 0));
    this.revisions.set(key, revision);
    this.events.push({
      key,
      value: type === 1 ? undefined : text(kv.value ?? ''),
      revision,
      createRevision: type === 1 ? 0 : createRevision,
      ...(lease !== '0' && { lease }),
    });
  }
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString();
