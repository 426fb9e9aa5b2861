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
  let taken = disk.takes(rest.length);
  // What is kept is text: no character is cut in two.
  while (((rest[taken] ?? 0) & 0xc0) === 0x80) taken += 1;
  disk.append(opened, rest.subarray(0, taken).toString());
  return taken;
}

/** Which machine this is, and which boot of it: a run is the same on all of them. */
const MACHINE_ID = '/etc/machine-id';
const BOOT_ID = '/proc/sys/kernel/random/boot_id';
let bootId: string | undefined;

/** While `act` runs, it is on a host with this boot id. */
export function onHost(id: string, act: () => void): void {
  bootId = id;
  try {
    act();
  } finally {
    bootId = undefined;
  }
}

function bootIdNow(): string {
  if (bootId !== undefined) return bootId;
  const error = new Error('a daemon reads the boot id when nobody knows which host it is on');
  // Its reader takes a file that cannot be read for none: the run shall end by this.
  void Promise.reject(error);
  throw error;
}

/** All hosts have the same machine id: each has a disk of its own. */
function textOfMachine(path: unknown): (() => string) | undefined {
  if (path === MACHINE_ID) return () => 'simulated';
  return path === BOOT_ID ? bootIdNow : undefined;
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
  existsSync: either(
    byPath(REAL.existsSync, (disk, path) => disk.exists(path)),
    (path: string) => textOfMachine(path) && (() => true),
  ),
  readFileSync: either(
    byPath(REAL.readFileSync, (disk, path) => disk.read(path)),
    (path: string) => textOfMachine(path),
  ),
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
 * The ids of machine and boot are the model's too.
 * @throws Error when another disk is mounted there
 */
export function mount(disk: ModelDisk): void {
  if (disks.has(disk.path)) throw new Error(`there is a disk at ${disk.path} already`);
  if (disks.size === 0) Object.assign(fs, MODELLED);
  disks.set(disk.path, disk);
}

/** What is on the disk is another thing from now on. */
export function replace(disk: ModelDisk): void {
  disks.set(disk.path, disk);
}

export function unmount({ path }: ModelDisk): void {
  disks.delete(path);
  if (disks.size === 0) Object.assign(fs, REAL);
}
