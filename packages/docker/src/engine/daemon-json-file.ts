import { existsSync, readFileSync, rmSync } from 'node:fs';
import { lstat, mkdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { OverlayError } from '@overlay/cidr';
import { replaceFile, syncDirectory } from './replace-file.js';

/** daemon.json as it was read. */
export interface DaemonJsonFile {
  /** Where it really is, symbolic links followed. */
  readonly path: string;
  /** Undefined when there is no file. */
  readonly text: string | undefined;
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** What may not be written and why: read-only file system, no permission, immutable, a mount point of its own. */
const READ_ONLY = new Set(['EROFS', 'EACCES', 'EPERM', 'EBUSY']);

/** Reads daemon.json through symbolic links. Throws OVL_DOCKER_JSON_MALFORMED for bytes that are not UTF-8. */
export async function readDaemonJson(path: string): Promise<DaemonJsonFile> {
  const real = await followLinks(path);
  const bytes = await readIfThere(real);
  if (bytes === undefined) return { path: real, text: undefined, mode: 0o644 };
  const { mode, uid, gid } = await stat(real);
  return { path: real, text: decode(real, bytes), mode: mode & 0o7777, owner: { uid, gid } };
}

/**
 * Replaces daemon.json by `text` (undefined removes it) if it still is what was read; keeps mode and owner and, the first time, a copy of the
 * original beside it. Throws OVL_DOCKER_JSON_CHANGED, OVL_DOCKER_JSON_READONLY, OVL_DOCKER_JSON_WRITE_FAILED or what `validate` throws.
 */
export async function writeDaemonJson(
  file: DaemonJsonFile,
  text: string | undefined,
  validate: (path: string) => Promise<void>,
): Promise<void> {
  if (file.text !== undefined && (file.mode & 0o222) === 0)
    throw readOnly(file.path, 'nobody has write permission');
  try {
    await mkdir(dirname(file.path), { recursive: true });
    await keepOriginal(file);
    if (text === undefined) await remove(file);
    else
      await replaceFile(file.path, text, {
        ...file,
        verify: validate,
        lastCheck: () => requireUnchanged(file),
      });
  } catch (error) {
    throw asWriteError(file.path, error);
  }
}

/** Where the copy of the first original is. */
function backupPath(path: string): string {
  return join(dirname(path), `${basename(path)}.overlay-backup`);
}

/** The content of a file, or undefined when there is none. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  return (await readIfThere(path))?.toString('utf8');
}

async function remove(file: DaemonJsonFile): Promise<void> {
  requireUnchanged(file);
  rmSync(file.path);
  await syncDirectory(dirname(file.path));
}

function requireUnchanged(file: DaemonJsonFile): void {
  const now = existsSync(file.path) ? readFileSync(file.path, 'utf8') : undefined;
  if (now === file.text) return;
  const message = `${file.path} was changed by somebody else while overlayd was writing it; nothing was written. It is tried again.`;
  throw new OverlayError('OVL_DOCKER_JSON_CHANGED', message);
}

async function keepOriginal(file: DaemonJsonFile): Promise<void> {
  const backup = backupPath(file.path);
  if (file.text === undefined || (await readIfThere(backup)) !== undefined) return;
  await replaceFile(backup, file.text, file);
}

/** Also for a link whose target does not exist yet; one level, as that is what people make. */
async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    const isLink = await lstat(path).then(
      (found) => found.isSymbolicLink(),
      () => false,
    );
    return isLink ? resolve(dirname(path), await readlink(path)) : path;
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function decode(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new OverlayError('OVL_DOCKER_JSON_MALFORMED', `${path} is not UTF-8 text. Correct it by hand.`, {
      cause,
    });
  }
}

function asWriteError(path: string, error: unknown): unknown {
  if (error instanceof OverlayError) return error;
  if (READ_ONLY.has(codeOf(error) ?? '')) return readOnly(path, (error as Error).message, error);
  const message = `${path} could not be written (${(error as Error).message}); the old file is intact. It is tried again.`;
  return new OverlayError('OVL_DOCKER_JSON_WRITE_FAILED', message, { cause: error });
}

function readOnly(path: string, why: string, cause?: unknown): OverlayError {
  const message = `${path} is read-only (${why}). Make it writable, or use --docker=network, which needs no file.`;
  return new OverlayError('OVL_DOCKER_JSON_READONLY', message, { cause });
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
