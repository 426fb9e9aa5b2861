import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, tryRun } from '@overlay/testbed';

/** Paths of the C programs, compiled for this run. */
export interface Yardsticks {
  readonly program: string;
  readonly listen: string;
}

/** Compiles the C programs with `cc`, into a directory that goes with this process; undefined where there is no C compiler. */
export async function compileYardsticks(): Promise<Yardsticks | undefined> {
  if ((await tryRun(['sh', '-c', 'command -v cc'])).code !== 0) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'overlay-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const compile = async (name: string): Promise<string> => {
    const binary = join(directory, name);
    await run(['cc', '-O2', '-o', binary, join(__dirname, `${name}.c`)]);
    return binary;
  };
  return { program: await compile('program'), listen: await compile('listen') };
}
