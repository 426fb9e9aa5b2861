import { chmod, lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { OverlayError } from '@overlay/cidr';

/** sun_path of linux/un.h has 108 bytes with the final NUL. */
const MAX_PATH_BYTES = 107;
const DIRECTORY_MODE = 0o750;
const SOCKET_MODE = 0o660;
const PRIVATE_MODE = 0o700;
/** Private directory of process and number, short because a socket's whole path counts. */
const NURSERY = /^\.s(\d+)\.(\d+)$/;
let opened = 0;

/**
 * Opens a unix socket at `path` through `listen`, in a directory of mode 0750 and with mode 0660 from the first moment it can
 * be seen: it is bound inside a private directory in there and renamed. A socket that nobody answers is replaced, and what a process that
 * was killed meanwhile left goes.
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
  opened += 1;
  const nursery = join(dirname(path), `.s${process.pid}.${opened}`);
  await removeStale(dirname(path));
  await mkdir(nursery, { mode: PRIVATE_MODE });
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

/** Those of processes that are gone, and of an earlier one with our number. */
async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, pid = '', number = ''] = NURSERY.exec(name) ?? [];
    const isOurs = Number(pid) === process.pid && Number(number) < opened;
    if (pid === '' || isOurs || isOther(Number(pid))) continue;
    await rm(join(folder, name, 's'), { force: true });
    // Anything else in it is not of our making.
    await rmdir(join(folder, name)).catch(() => undefined);
  }
}

/** Whether another process has this number now; that of another user may not be sent a signal (EPERM). */
function isOther(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
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
