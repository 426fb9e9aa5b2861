import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OverlayError } from '@overlay/cidr';
import { run, tryRun } from '../command.js';
import { cacheDirectory } from '../config.js';
import { type ArchiveEntry, packCpio } from './cpio.js';
import { BOOT_MODULES, INIT } from './guest.js';
import { moduleOrder } from './modules.js';

/** A kernel and an initrd beside the system; nothing of it is installed. */
export interface VmImage {
  /** The kernel's own name: `6.1.0-56-amd64`. */
  readonly version: string;
  readonly kernel: string;
  readonly initrd: string;
  /** Its modules, for /lib/modules inside. */
  readonly modulesFolder: string;
  /** Milliseconds the preparation took; 0 when it was there already. */
  readonly tookMs: number;
}

const PACKAGE = 'linux-image-amd64';
/** Debian's busybox-static. */
const BUSYBOX = '/usr/bin/busybox';
const TIMEOUT_MS = 300_000;
const FOLDER = 0o040755;
const PROGRAM = 0o100755;
const FILE = 0o100644;

let preparing: Promise<VmImage> | undefined;

/**
 * Fetches Debian's stock kernel (70 MB) and makes an initrd for it in the cache directory, once per kernel version (about 10 s). The
 * package is unpacked and not installed: this system's boot is not touched.
 * @throws OverlayError OVL_TESTBED_VM_KERNEL when the kernel cannot be fetched, OVL_TESTBED_VM_MODULE when it lacks a module.
 */
export function prepareVm(): Promise<VmImage> {
  preparing ??= prepare().catch((cause: unknown) => {
    preparing = undefined;
    throw cause;
  });
  return preparing;
}

async function prepare(): Promise<VmImage> {
  const started = performance.now();
  const top = join(cacheDirectory(), 'vm');
  const version = (await newestKernel()) ?? unpackedKernel(top) ?? (await newestKernelAfterUpdate());
  const image = imageIn(join(top, version), version);
  const there = existsSync(image.kernel);
  if (!there) await unpack(top, version);
  writeInitrd(image);
  return { ...image, tookMs: there ? 0 : Math.round(performance.now() - started) };
}

function imageIn(folder: string, version: string): VmImage {
  return {
    version,
    kernel: join(folder, `boot/vmlinuz-${version}`),
    initrd: join(folder, 'initrd.cpio'),
    modulesFolder: join(folder, 'lib/modules', version),
    tookMs: 0,
  };
}

/** The version Debian's meta package asks for, by this machine's package lists; undefined when those are missing. */
async function newestKernel(): Promise<string | undefined> {
  const { stdout } = await tryRun(['apt-cache', 'depends', PACKAGE], { env: { LC_ALL: 'C' } });
  return /Depends: linux-image-(\d\S+)/.exec(stdout)?.[1];
}

function unpackedKernel(top: string): string | undefined {
  return existsSync(top)
    ? readdirSync(top).find((name) => existsSync(imageIn(join(top, name), name).kernel))
    : undefined;
}

async function newestKernelAfterUpdate(): Promise<string> {
  await tryRun(['apt-get', '-q', 'update'], { timeoutMs: TIMEOUT_MS });
  const version = await newestKernel();
  if (version !== undefined) return version;
  throw new OverlayError(
    'OVL_TESTBED_VM_KERNEL',
    `apt knows no ${PACKAGE}. Use a Debian machine with amd64, and check /etc/apt and the network`,
  );
}

/** Puts the kernel of that version in place of every other one; a half-made folder is never seen under its final name. */
async function unpack(top: string, version: string): Promise<void> {
  const half = join(top, `.${version}.${process.pid}`);
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  try {
    await download(half, `linux-image-${version}`);
    await run(['depmod', '-b', half, version]);
    for (const name of readdirSync(top).filter((name) => !name.startsWith('.')))
      rmSync(join(top, name), { recursive: true, force: true });
    renameSync(half, join(top, version));
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}

async function download(folder: string, name: string): Promise<void> {
  const get = () =>
    run(['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', name], {
      cwd: folder,
      timeoutMs: TIMEOUT_MS,
    });
  try {
    // Old package lists name files the mirror no longer has.
    await get().catch(() => run(['apt-get', '-q', 'update'], { timeoutMs: TIMEOUT_MS }).then(get));
    const archive = readdirSync(folder).find((file) => file.endsWith('.deb')) ?? '';
    await run(['dpkg-deb', '-x', archive, '.'], { cwd: folder, timeoutMs: TIMEOUT_MS });
    rmSync(join(folder, archive));
  } catch (cause) {
    throw new OverlayError(
      'OVL_TESTBED_VM_KERNEL',
      `Debian's ${name} could not be fetched and unpacked into ${folder}. Check /etc/apt, the network and the space there`,
      { cause },
    );
  }
}

/** Written only when it changes, because another machine may be starting from it. */
function writeInitrd(image: VmImage): void {
  const initrd = packCpio(initrdEntries(image.modulesFolder));
  if (existsSync(image.initrd) && readFileSync(image.initrd).equals(initrd)) return;
  const half = `${image.initrd}.${process.pid}`;
  writeFileSync(half, initrd);
  renameSync(half, image.initrd);
}

function initrdEntries(modulesFolder: string): ArchiveEntry[] {
  const order = moduleOrder(readFileSync(join(modulesFolder, 'modules.dep'), 'utf8'), BOOT_MODULES);
  const folders = ['bin', 'dev', 'proc', 'sys', 'modules', 'host', 'memory', 'root'];
  return [
    ...folders.map((path) => ({ path, mode: FOLDER })),
    { path: 'dev/console', mode: 0o020600, device: [5, 1] },
    { path: 'bin/busybox', mode: PROGRAM, data: readFileSync(BUSYBOX) },
    ...order.map((file) => ({
      path: `modules/${basename(file)}`,
      mode: FILE,
      data: readFileSync(join(modulesFolder, file)),
    })),
    {
      path: 'modules/order',
      mode: FILE,
      data: Buffer.from(`${order.map((file) => basename(file)).join('\n')}\n`),
    },
    { path: 'init', mode: PROGRAM, data: Buffer.from(INIT) },
  ];
}
