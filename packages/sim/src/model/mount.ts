import fs from 'node:fs';
import type { ModelDisk } from './disk.js';

type Opened = ReturnType<ModelDisk['open']>;

/** File handles of model disks; the kernel gives small ones. */
const FIRST_HANDLE = 1_000_000;

const disks = new Map<string, ModelDisk>();
const handles = new Map<number, { readonly disk: ModelDisk; readonly opened: Opened }>();
let nextHandle = FIRST_HANDLE;

const diskOf = (path: unknown): ModelDisk | undefined => {
  if (typeof path !== 'string' || disks.size === 0) return undefined;
  for (const [root, disk] of disks) if (path === root || path.startsWith(`${root}/`)) return disk;
  return undefined;
};

type Calls = Pick<
  typeof fs,
  | 'closeSync'
  | 'existsSync'
  | 'fchmodSync'
  | 'fsyncSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readFileSync'
  | 'renameSync'
  | 'rmSync'
  | 'writeSync'
>;

const {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} = fs;
const REAL: Calls = {
  ...{ closeSync, existsSync, fchmodSync, fsyncSync, mkdirSync },
  ...{ openSync, readFileSync, renameSync, rmSync, writeSync },
};

function open(disk: ModelDisk, path: string, flags: unknown): number {
  nextHandle += 1;
  handles.set(nextHandle, { disk, opened: flags === 'w' ? disk.create(path) : disk.open(path) });
  return nextHandle;
}

function write(handle: number, bytes: Uint8Array, offset: number): number | undefined {
  const { disk, opened } = handles.get(handle) ?? {};
  if (disk === undefined || opened?.kind !== 'file') return undefined;
  const rest = Buffer.from(bytes).subarray(offset);
  disk.append(opened, rest.toString());
  return rest.length;
}

type Any = (...input: never[]) => unknown;

/** Answers by the model, or by the real call when the model has nothing to do with it. */
const either = <F extends Any>(real: F, model: (...input: never[]) => (() => unknown) | undefined): F =>
  ((...input: Parameters<F>) => {
    const answer = (model as (...all: Parameters<F>) => (() => unknown) | undefined)(...input);
    return answer === undefined ? real(...input) : answer();
  }) as unknown as F;

const byPath = <F extends Any>(real: F, act: (disk: ModelDisk, path: string, more: unknown) => unknown): F =>
  either(real, (path: string, more: unknown) => {
    const disk = diskOf(path);
    return disk && (() => act(disk, path, more));
  });

const byHandle = <F extends Any>(real: F, act: (handle: number) => unknown): F =>
  either(real, (handle: number) => (handles.has(handle) ? () => act(handle) : undefined));

const MODELLED: Calls = {
  existsSync: byPath(REAL.existsSync, (disk, path) => disk.exists(path)),
  readFileSync: byPath(REAL.readFileSync, (disk, path) => disk.read(path)),
  openSync: byPath(REAL.openSync, open),
  mkdirSync: byPath(REAL.mkdirSync, (disk, path) => disk.makeFolders(path)),
  renameSync: byPath(REAL.renameSync, (disk, path, to) => disk.rename(path, String(to))),
  rmSync: byPath(REAL.rmSync, (disk, path) => disk.remove(path)),
  closeSync: byHandle(REAL.closeSync, (handle) => handles.delete(handle)),
  fchmodSync: byHandle(REAL.fchmodSync, () => undefined),
  fsyncSync: byHandle(REAL.fsyncSync, (handle) => {
    const { disk, opened } = handles.get(handle) ?? {};
    if (opened !== undefined) disk?.sync(opened);
  }),
  writeSync: either(REAL.writeSync, (handle: number, bytes: Uint8Array, offset: number) =>
    handles.has(handle) ? () => write(handle, bytes, offset) : undefined,
  ),
};

/**
 * From now on whatever this process does to files below the disk's path, by the calls that the daemon writes with, happens on the model disk;
 * by any other call it fails, as there is no such folder. That way the daemon's own code is run, and no way around it is overlooked.
 * Mounting another disk at the same path replaces it.
 */
export function mount(disk: ModelDisk): void {
  if (disks.size === 0) Object.assign(fs, MODELLED);
  disks.set(disk.path, disk);
}

export function unmount({ path }: ModelDisk): void {
  disks.delete(path);
  if (disks.size === 0) Object.assign(fs, REAL);
}
