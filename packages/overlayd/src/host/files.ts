import {
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
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OverlayError } from '@overlay/cidr';

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A new folder is an entry of the one above it: until that is synced, a power cut takes the folder with all that is in it. */
function makeFolder(folder: string, mode: number): void {
  const first = mkdirSync(folder, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    syncFolder(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

function writeNew(path: string, content: string, mode: number): void {
  const handle = openSync(path, 'w', mode);
  try {
    fchmodSync(handle, mode);
    const bytes = Buffer.from(content);
    for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Its own failure says less than what led to it. */
function discard(temporary: string): void {
  try {
    rmSync(temporary, { force: true });
  } catch {
    // Nothing was written then.
  }
}

/**
 * Replaces a file so that a reader, a crash or a power cut sees the old or the new content, never a part (F01-F04).
 * @throws OverlayError OVL_FILE_WRITE with the path; the old file is intact
 */
export function writeFileAtomic(path: string, content: string, mode: number, folderMode = 0o755): void {
  // One name, so that what a crash leaves goes with the next write.
  const temporary = `${path}.tmp`;
  try {
    makeFolder(dirname(resolve(path)), folderMode);
    writeNew(temporary, content, mode);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    discard(temporary);
    const reason = error instanceof Error ? error.message : String(error);
    throw new OverlayError('OVL_FILE_WRITE', `${path} could not be written: ${reason}`, { cause: error });
  }
}

/** As `writeFileAtomic`, for what a run can do without: returns why it could not be written. */
export function tryWrite(...file: Parameters<typeof writeFileAtomic>): OverlayError | undefined {
  try {
    writeFileAtomic(...file);
    return undefined;
  } catch (error) {
    if (error instanceof OverlayError) return error;
    throw error;
  }
}

/** Removes a file that may not be there; returns why it is still there: OVL_FILE_WRITE with the path. */
export function tryRemove(path: string): OverlayError | undefined {
  try {
    rmSync(path, { force: true });
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return new OverlayError('OVL_FILE_WRITE', `${path} could not be removed: ${reason}`, { cause: error });
  }
}

/** The content, or undefined when there is no such file or it cannot be read. */
export function readIfThere(path: string): string | undefined {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
