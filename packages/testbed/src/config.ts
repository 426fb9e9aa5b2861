import { join } from 'node:path';

/** Where every rig keeps its files: `<RIGS_DIRECTORY>/<name>/`. On a disk and not under /run, because Docker's layers live here. */
export const RIGS_DIRECTORY = '/var/lib/overlay-testbed';

/** The project's root folder, the same from `src/` and from `dist/`. */
export const PROJECT_ROOT = join(__dirname, '..', '..', '..');

/** Where the unpacked Debian root with Docker Engine 28 is kept; `OVERLAY_TESTBED_CACHE` moves it. */
export function cacheDirectory(): string {
  return process.env['OVERLAY_TESTBED_CACHE'] || '/var/cache/overlay-testbed';
}

/** The daemon that hosts run: the built one, or what `OVERLAY_TESTBED_OVERLAYD` names (one file with all its libraries starts faster). */
export function overlaydMain(): string {
  return process.env['OVERLAY_TESTBED_OVERLAYD'] || join(PROJECT_ROOT, 'packages/overlayd/dist/main.js');
}

/** The environment of a child: ours, a PATH that has the administrator's tools, and `extra` over both. */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const path = process.env['PATH'] ?? '/usr/bin:/bin';
  return { ...process.env, PATH: `${path}:/usr/local/sbin:/usr/sbin:/sbin`, ...extra };
}

/** The PATH on a host of a rig: this checkout's own `overlayctl` and `overlayd` first. */
export function toolPath(): string {
  const bins = ['overlayctl', 'overlayd'].map((name) => join(PROJECT_ROOT, 'packages', name, 'bin'));
  return [...bins, childEnvironment()['PATH'] ?? ''].join(':');
}
