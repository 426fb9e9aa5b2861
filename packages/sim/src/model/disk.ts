import { basename, dirname } from 'node:path';
import type { Random } from '../random.js';

interface File {
  readonly kind: 'file';
  content: string;
  /** What is on the disk for certain; undefined before the first fsync. */
  synced: string | undefined;
}

type Entries = Map<string, File | Folder>;

interface Folder {
  readonly kind: 'folder';
  readonly entries: Entries;
  /** The entries that are on the disk for certain. */
  synced: Entries;
  /** What was done to the entries since then; some of the first of these may be on the disk. */
  pending: ((entries: Entries) => void)[];
  /** What the files were that were removed since then, by name. */
  readonly removed: Map<string, string>;
}

/** What a daemon does not do, to see whether anybody notices. */
export type Unsynced = 'files' | 'folders';

const SHORT_WRITE = 3;

const folder = (): Folder => ({
  kind: 'folder',
  entries: new Map(),
  synced: new Map(),
  pending: [],
  removed: new Map(),
});

function noEntry(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, '${path}'`), { code: 'ENOENT' });
}

/**
 * The disk of one host. A file that was not synced comes back after a power cut as it was, whole, cut short or empty; what was done in a
 * folder that was not synced was done, or not, but in order. Nothing else is promised (fsync(2), rename(2)). A process can be cut off in
 * the midst of its calls.
 */
export class ModelDisk {
  /** Something was done to it since the files were last taken. */
  changed = false;
  /** The process that writes is gone: what is left of its calls does nothing, and fails at nothing. */
  frozen = false;
  private top = folder();
  private renamed = new Map<string, string[]>();
  private callsLeft = Infinity;
  private writes = 0;
  private cutOff: () => void = () => undefined;

  constructor(
    readonly path: string,
    private readonly without?: Unsynced,
  ) {}

  clear(): void {
    this.top = folder();
    this.takeFiles();
  }

  /** Calls `cut` in the midst, after so many calls that change something; `Infinity` takes it back. */
  cutAfter(calls: number, cut: () => void): void {
    this.callsLeft = calls;
    this.cutOff = cut;
  }

  /** Nothing could be lost in a power cut now. */
  get isSynced(): boolean {
    return isSynced(this.top);
  }

  /** How many bytes of a write it takes at once: of every third one half (write(2) promises no more than one). */
  takes(bytes: number): number {
    this.writes += 1;
    return this.writes % SHORT_WRITE === 0 ? Math.ceil(bytes / 2) : bytes;
  }

  /** What each file was made by a rename since the files were last taken. */
  versions(): ReadonlyMap<string, readonly string[]> {
    return new Map(this.renamed);
  }

  /** All files that are there, by path. */
  takeFiles(): ReadonlyMap<string, string> {
    this.changed = false;
    this.renamed = new Map();
    const found = new Map<string, string>();
    const walk = (path: string, { entries }: Folder): void => {
      for (const [name, entry] of entries)
        if (entry.kind === 'file') found.set(`${path}/${name}`, entry.content);
        else walk(`${path}/${name}`, entry);
    };
    walk(this.path, this.top);
    return found;
  }

  /** One of the disks that a power cut now could leave. */
  afterPowerCut(random: Random): ModelDisk {
    const disk = new ModelDisk(this.path, this.without);
    disk.top = survivorOf(this.top, random);
    return disk;
  }

  exists(path: string): boolean {
    return this.find(path) !== undefined;
  }

  /** @throws Error ENOENT */
  read(path: string): string {
    const file = this.find(path);
    if (file?.kind !== 'file') throw noEntry(path);
    return file.content;
  }

  /** Opens what is there. @throws Error ENOENT */
  open(path: string): File | Folder {
    const found = this.find(path);
    if (found !== undefined) return found;
    if (this.frozen) return folder();
    throw noEntry(path);
  }

  /** Opens a file for writing, empty; makes it if it is not there. @throws Error ENOENT without its folder */
  create(path: string): File {
    const file: File = { kind: 'file', content: '', synced: undefined };
    if (!this.called()) return file;
    const found = this.find(path);
    if (found?.kind === 'file') {
      found.content = '';
      return found;
    }
    this.change(path, (entries) => entries.set(basename(path), file));
    return file;
  }

  append(file: File, text: string): void {
    if (this.called()) file.content += text;
  }

  sync(opened: File | Folder): void {
    if (!this.called()) return;
    if (opened.kind === 'file') {
      if (this.without !== 'files') opened.synced = opened.content;
      return;
    }
    opened.removed.clear();
    if (this.without === 'folders') return;
    opened.synced = new Map(opened.entries);
    opened.pending = [];
  }

  /** Inside of one folder. @throws Error ENOENT */
  rename(from: string, to: string): void {
    if (!this.called()) return;
    const moved = this.open(from);
    if (dirname(from) !== dirname(to)) throw new Error('a rename from one folder to another is not modelled');
    if (moved.kind === 'file') this.renamed.set(to, [...(this.renamed.get(to) ?? []), moved.content]);
    this.change(to, (entries) => {
      entries.delete(basename(from));
      entries.set(basename(to), moved);
    });
  }

  /** What a file was that was removed: until its folder is synced nobody promises that it does not come back. */
  beforeRemoval(path: string): string | undefined {
    const parent = this.find(dirname(path));
    return parent?.kind === 'folder' ? parent.removed.get(basename(path)) : undefined;
  }

  remove(path: string): void {
    if (!this.called()) return;
    const [found, parent, name] = [this.find(path), this.find(dirname(path)), basename(path)];
    if (found === undefined || parent?.kind !== 'folder') return;
    if (found.kind === 'file') parent.removed.set(name, found.content);
    this.change(path, (entries) => entries.delete(name));
  }

  /** Returns the first folder that was made, as mkdirSync does. */
  makeFolders(path: string): string | undefined {
    if (this.exists(path)) return undefined;
    const above = this.makeFolders(dirname(path));
    if (!this.called()) return undefined;
    const made = folder();
    this.change(path, (entries) => entries.set(basename(path), made));
    return above ?? path;
  }

  private find(path: string): File | Folder | undefined {
    if (path === this.path) return this.top;
    let found: File | Folder | undefined = this.top;
    for (const name of path.slice(this.path.length + 1).split('/'))
      found = found?.kind === 'folder' ? found.entries.get(name) : undefined;
    return found;
  }

  private change(path: string, act: (entries: Entries) => void): void {
    const parent = this.find(dirname(path));
    if (parent?.kind !== 'folder') throw noEntry(path);
    act(parent.entries);
    parent.pending.push(act);
  }

  /** Whether the call takes place. */
  private called(): boolean {
    if (this.frozen) return false;
    this.changed = true;
    this.callsLeft -= 1;
    if (this.callsLeft === 0) this.cutOff();
    return !this.isFrozen();
  }

  private isFrozen(): boolean {
    return this.frozen;
  }
}

function isSynced({ entries, pending }: Folder): boolean {
  if (pending.length > 0) return false;
  return [...entries.values()].every((entry) =>
    entry.kind === 'folder' ? isSynced(entry) : entry.content === entry.synced,
  );
}

function survivorOf(before: Folder, random: Random): Folder {
  const after = folder();
  const entries = new Map(before.synced);
  for (const act of before.pending.slice(0, random.below(before.pending.length + 1))) act(entries);
  for (const [name, entry] of entries)
    after.entries.set(name, entry.kind === 'folder' ? survivorOf(entry, random) : remains(entry, random));
  after.synced = new Map(after.entries);
  return after;
}

function remains({ content, synced }: File, random: Random): File {
  const left =
    content === synced
      ? content
      : random.pick([synced ?? '', '', content.slice(0, random.below(content.length + 1)), content]);
  return { kind: 'file', content: left, synced: left };
}
