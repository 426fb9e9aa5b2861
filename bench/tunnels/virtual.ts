import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runInVm } from '@overlay/testbed';
import { buildSync } from 'esbuild';
import type { Virtual } from './guest';
import type { TunnelOptions } from './options';

const ROOT = join(__dirname, '../..');
/** The console of the virtual machine's kernel, the program and its result. */
const FOLDER = join(ROOT, '.cache/bench-tunnels');
const TIMEOUT_MS = 3_600_000;

/** One file, in a folder from which the packages are found: loading many is slow in there. */
function compile(): string {
  const outfile = join(FOLDER, 'guest.cjs');
  buildSync({
    entryPoints: [join(__dirname, 'guest.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['@overlay/*'],
    logLevel: 'error',
  });
  return outfile;
}

/**
 * Measures in a virtual machine with Debian's kernel, which has every kind of device. It is emulated, and its clock counts instructions:
 * ratios are those of the work that was done, and absolute figures mean nothing. `OVERLAY_TESTBED_OVERLAYD` names the overlayd.
 * @throws Error when the program inside fails: what it said was printed
 */
export async function measureInVm(
  options: TunnelOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Virtual> {
  const [out, consoleFile] = [join(FOLDER, 'out'), join(FOLDER, 'console.log')];
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const overlayd = process.env['OVERLAY_TESTBED_OVERLAYD'];
  const code = await runInVm({
    command: [process.execPath, compile(), JSON.stringify(options), '/mnt/out/measured.json'],
    cwd: ROOT,
    env: { NO_COLOR: '1', ...(overlayd === undefined ? {} : { OVERLAY_TESTBED_OVERLAYD: overlayd }) },
    sharedFolder: out,
    consoleFile,
    processors: 1,
    clock: 'instructions',
    timeoutMs: TIMEOUT_MS,
    onLine: say,
    signal,
  });
  if (code !== 0)
    throw new Error(`the program in the virtual machine ended with code ${code}; see ${consoleFile}`);
  return JSON.parse(readFileSync(join(out, 'measured.json'), 'utf8')) as Virtual;
}
