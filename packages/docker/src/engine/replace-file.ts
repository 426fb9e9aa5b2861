import { renameSync } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const TEMPORARY = '.overlay-tmp-';
let written = 0;

/** What the new file is like, and the last checks before it takes the place of the old one; throwing keeps the old file. */
export interface ReplaceOptions {
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Gets the path of the complete, synced temporary file. */
  readonly verify?: (temporary: string) => Promise<void>;
  /** Runs in one go with the rename, so that nothing else of this process comes between. */
  readonly lastCheck?: () => void;
}

/**
 * Gives `path` the content `text` so that at every moment, also after a crash, it holds all of the old or all of the new: temporary file in the
 * same directory, fsync, rename, fsync of the directory. On an error the old file stands and the temporary one is gone; one that a crash left
 * goes with the next write.
 */
export async function replaceFile(path: string, text: string, options: ReplaceOptions): Promise<void> {
  const temporary = `${path}${TEMPORARY}${process.pid}-${++written}`;
  await removeStale(path);
  try {
    await writeSynced(temporary, text, options);
    await options.verify?.(temporary);
    options.lastCheck?.();
    renameSync(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Removes the temporary files of processes that are gone, and of an earlier one with our number. */
async function removeStale(path: string): Promise<void> {
  const prefix = basename(path) + TEMPORARY;
  for (const name of await readdir(dirname(path))) {
    const [pid = 0, count = 0] = name.startsWith(prefix)
      ? name.slice(prefix.length).split('-').map(Number)
      : [];
    const stale = pid === process.pid ? count > written : pid > 0 && !isAlive(pid);
    if (stale) await rm(join(dirname(path), name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Makes a rename or removal in `directory` last (fsync(2)). */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeSynced(path: string, text: string, { mode, owner }: ReplaceOptions): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    if (owner) await file.chown(owner.uid, owner.gid);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}
