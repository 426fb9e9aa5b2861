import { chmod, lstat, mkdir, mkdtemp, rename, rm, rmdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { OverlayError } from '@overlay/cidr';

/** sun_path of linux/un.h has 108 bytes with the final NUL. */
const MAX_PATH_BYTES = 107;
const DIRECTORY_MODE = 0o750;
const SOCKET_MODE = 0o660;

/**
 * Opens a unix socket at `path` through `listen`, in a directory of mode 0750 and with mode 0660 from the first moment it can
 * be seen: it is bound inside a private directory and renamed. A socket that nobody answers is replaced.
 * Resolves to a function that removes the socket if it still is this one.
 * @throws OverlayError `OVL_SOCKET_BUSY` when another process answers there, `OVL_SOCKET_FAILED` else
 */
export async function openSocket(
  path: string,
  listen: (path: string) => Promise<void>,
): Promise<() => Promise<void>> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw failed(path, `its path is longer than ${MAX_PATH_BYTES} bytes; choose a shorter one`);
  }
  try {
    await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
    await refuseIfTaken(path);
    const inode = await bindAndRename(path, listen);
    return () => removeOwn(path, inode);
  } catch (error) {
    if (error instanceof OverlayError) throw error;
    throw failed(
      path,
      `${error instanceof Error ? error.message : String(error)}; check its directory`,
      error,
    );
  }
}

async function bindAndRename(path: string, listen: (path: string) => Promise<void>): Promise<number> {
  const nursery = await mkdtemp(join(dirname(path), '.'));
  const fresh = join(nursery, 's');
  try {
    await listen(fresh);
    await chmod(fresh, SOCKET_MODE);
    const { ino } = await lstat(fresh);
    await rename(fresh, path);
    return ino;
  } finally {
    await rm(fresh, { force: true });
    await rmdir(nursery);
  }
}

async function refuseIfTaken(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) return;
  if (!stat.isSocket()) throw failed(path, 'something that is no socket is there; move it away');
  if (await answers(path)) {
    throw new OverlayError(
      'OVL_SOCKET_BUSY',
      `another overlayd answers on ${path}; stop it, or give this one another --instance`,
    );
  }
}

/** Only a refused connection means that nobody listens; a full backlog (EAGAIN) or a denial does not. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

async function removeOwn(path: string, inode: number): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat?.ino === inode) await rm(path, { force: true });
}

function failed(path: string, why: string, cause?: unknown): OverlayError {
  return new OverlayError(
    'OVL_SOCKET_FAILED',
    `cannot open the control socket ${path}: ${why}`,
    cause === undefined ? {} : { cause },
  );
}
