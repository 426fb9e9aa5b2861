import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { OverlayError } from '@overlay/cidr';
import { newPrivateKey, publicKeyOf } from './x25519.js';

/** A host's WireGuard key: the private part stays in the file. */
export interface WireguardKey {
  /** Base64, 32 bytes. */
  readonly publicKey: string;
  readonly file: string;
}

/**
 * The key in `file`, made first when there is none: base64 on one line without a newline, as Flannel writes it, mode 0600 from the first
 * instant, in a folder of mode 0700 if that has to be made, on the disk before it has its name. Of several processes that make it at
 * once, all get the same. A file of no bytes holds no key (a power cut under another program's hands) and is replaced; anything else that is
 * there is never overwritten.
 * @throws OverlayError OVL_WIREGUARD_KEY_FILE
 */
export function loadOrCreateWireguardKey(file: string): WireguardKey {
  const found = contentOf(file);
  if (found === undefined || found === '') create(file, found === '');
  return { publicKey: publicKeyOf(loadPrivateKey(file)), file };
}

/** The 32 private bytes in a key file. @throws OverlayError OVL_WIREGUARD_KEY_FILE, which never shows them */
export function loadPrivateKey(file: string): Uint8Array {
  const content = contentOf(file);
  if (content === undefined) throw keyError(file, 'does not exist', 'start again so that a new key is made');
  const text = content.trim();
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 32 || bytes.toString('base64') !== text)
    throw keyError(
      file,
      'does not hold a WireGuard private key (32 bytes in base64)',
      'put the right key there (wg genkey), or move the file away and start again: a new key is made and announced',
    );
  return bytes;
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw keyError(
      file,
      `cannot be read: ${(error as Error).message}`,
      'make it readable for this program',
      error,
    );
  }
}

/** Written under another name, then given its own, unless somebody else was first. */
function create(file: string, overEmpty: boolean): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    rmSync(temporary, { force: true });
    writeSecret(temporary, newPrivateKey().toString('base64'));
    if (overEmpty) renameSync(temporary, file);
    else linkUnlessThere(temporary, file);
    sync(dirname(file));
  } catch (error) {
    throw keyError(
      file,
      `cannot be written: ${(error as Error).message}`,
      'make its folder writable for this program',
      error,
    );
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeSecret(path: string, content: string): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    fchmodSync(fd, 0o600);
    writeFileSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function linkUnlessThere(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function sync(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function keyError(file: string, what: string, todo: string, cause?: unknown): OverlayError {
  return new OverlayError('OVL_WIREGUARD_KEY_FILE', `the WireGuard key file ${file} ${what}: ${todo}`, {
    cause,
  });
}
