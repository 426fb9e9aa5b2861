import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OverlayError } from '@overlay/cidr';
import { run } from './command.js';
import { cacheDirectory, RIGS_DIRECTORY } from './config.js';

/** A newer Docker Engine, unpacked beside the system. */
export interface Docker28 {
  /** Its file system. */
  readonly root: string;
  /** Docker's version there: `28.5.2`. */
  readonly version: string;
  /** Milliseconds the preparation took; 0 when it was there already. */
  readonly tookMs: number;
}

const PACKAGES = 'docker.io,iptables,iproute2,ca-certificates';
const OLDEST = [28, 2] as const;
const PREPARE_TIMEOUT_MS = 600_000;
/** Changes when what is prepared changes, so that an old cache is not used. */
const RECIPE = '1';

let preparing: Promise<Docker28> | undefined;

/**
 * Unpacks Debian sid with its docker.io into the cache directory, once per machine (about 50 s and 550 MB), and tells where it is.
 * The version is whatever sid has today; anything from 28.2 on has the rules that matter here (a DROP per container in `raw`).
 * @throws OverlayError OVL_TESTBED_DOCKER28 when it cannot be fetched, or is too old.
 */
export function prepareDocker28(): Promise<Docker28> {
  preparing ??= prepare().catch((cause: unknown) => {
    preparing = undefined;
    throw cause;
  });
  return preparing;
}

async function prepare(): Promise<Docker28> {
  const root = join(cacheDirectory(), 'docker-28.5');
  const stamp = join(root, '.overlay-testbed');
  const started = performance.now();
  const found = readStamp(stamp);
  if (found !== undefined) return { root, version: found, tookMs: 0 };
  const half = `${root}.${process.pid}`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  try {
    const version = await unpack(half);
    writeFileSync(join(half, '.overlay-testbed'), `${RECIPE} ${version}\n`);
    rmSync(root, { recursive: true, force: true });
    renameSync(half, root);
    return { root, version, tookMs: Math.round(performance.now() - started) };
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}

async function unpack(root: string): Promise<string> {
  const mirror = debianMirror();
  try {
    await run(['debootstrap', '--variant=minbase', `--include=${PACKAGES}`, 'sid', root, mirror], {
      timeoutMs: PREPARE_TIMEOUT_MS,
    });
  } catch (cause) {
    throw new OverlayError(
      'OVL_TESTBED_DOCKER28',
      `A newer Docker Engine could not be unpacked from ${mirror} (sid). Check that the mirror is reached and debootstrap is installed`,
      { cause },
    );
  }
  rmSync(join(root, 'var/cache/apt'), { recursive: true, force: true });
  for (const folder of ['.outside', RIGS_DIRECTORY]) mkdirSync(join(root, folder), { recursive: true });
  const { stdout } = await run(['chroot', root, 'dockerd', '--version']);
  return checkVersion(stdout);
}

/** Docker's version from `dockerd --version`: `Docker version 28.5.2+dfsg4, build ...`. */
function checkVersion(said: string): string {
  const [, version = '', major = '0', minor = '0'] = /version ((\d+)\.(\d+)\.\d+)/.exec(said) ?? [];
  const [oldestMajor, oldestMinor] = OLDEST;
  if (Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor))
    return version;
  throw new OverlayError(
    'OVL_TESTBED_DOCKER28',
    `Debian sid has "${said.trim()}"; ${oldestMajor}.${oldestMinor} or newer is needed. Set OVERLAY_TESTBED_CACHE to a folder that has one`,
  );
}

function readStamp(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const [recipe, version] = readFileSync(file, 'utf8').trim().split(' ');
  return recipe === RECIPE ? version : undefined;
}

/** The mirror this machine's own sources name, so that a local mirror or proxy is used here too. */
function debianMirror(): string {
  for (const file of ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']) {
    if (!existsSync(file)) continue;
    const match = /^(?:URIs:|deb)\s+(?:\[[^\]]*\]\s+)?(https?:\/\/\S+\/debian)\/?(?:\s|$)/m.exec(
      readFileSync(file, 'utf8'),
    );
    if (match?.[1] !== undefined) return match[1];
  }
  return 'http://deb.debian.org/debian';
}
