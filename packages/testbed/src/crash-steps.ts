import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryRun, type CommandResult } from './command.js';

/** What a program does to files after it said where to begin: system calls that change something, or that must not fail unseen. */
const CALLS = [
  'openat',
  'write',
  'pwrite64',
  'fsync',
  'fdatasync',
  'rename',
  'fchmod',
  'fchown',
  'close',
  'unlink',
];
/** A program prints this alone, to standard output, before the first step that counts. */
export const STEPS_BEGIN = 'the steps begin';

/** One system call of a run: the `nth` of its name in its thread. */
export interface Step {
  readonly call: string;
  readonly nth: number;
}

/** How a run ended that was disturbed at a step. */
export interface Disturbed {
  readonly step: Step;
  /** False when the fault came before the steps began: a thread of Node.js itself made the same call as often. */
  readonly reached: boolean;
  readonly result: CommandResult;
}

interface Line {
  readonly thread: string;
  readonly call: string;
  readonly text: string;
}

function linesOf(log: string): readonly Line[] {
  return log.split('\n').flatMap((text) => {
    const [, thread = '', call = ''] = /^(\d+) +(\w+)\(/.exec(text) ?? [];
    return call === '' ? [] : [{ thread, call, text }];
  });
}

/** One thread of the pool, so that a program takes the same steps each time. */
const ENVIRONMENT = { UV_THREADPOOL_SIZE: '1' };

async function strace(
  argv: readonly string[],
  more: readonly string[],
): Promise<[CommandResult, readonly Line[]]> {
  const folder = mkdtempSync(join(tmpdir(), 'overlay-steps-'));
  try {
    const log = join(folder, 'log');
    const trace = ['strace', '-f', '-y', '-qq', '-o', log, '-e', `trace=${CALLS.join(',')}`, ...more];
    const result = await tryRun([...trace, ...argv], { env: ENVIRONMENT });
    return [result, linesOf(readFileSync(log, 'utf8'))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const isBegin = ({ call, text }: Line): boolean => call === 'write' && text.includes(STEPS_BEGIN);

/** Every step at a file of the folder, and at the folder itself, that a program takes after it began, of whichever thread. */
export async function stepsOf(argv: readonly string[], folder: string): Promise<readonly Step[]> {
  const [, lines] = await strace(argv, []);
  const begin = lines.findIndex(isBegin);
  if (begin < 0) throw new Error(`the program never said "${STEPS_BEGIN}"`);
  const counts = new Map<string, number>();
  const steps = lines.flatMap(({ thread, call, text }, at): readonly Step[] => {
    const key = `${thread} ${call}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    return at > begin && text.includes(folder) ? [{ call, nth }] : [];
  });
  return [...new Map(steps.map((step) => [`${step.call} ${step.nth}`, step])).values()];
}

/** Runs the program with a fault at one step: `signal=SIGKILL`, `error=ENOSPC`. */
export async function disturbed(argv: readonly string[], step: Step, fault: string): Promise<Disturbed> {
  const inject = `inject=${step.call}:${fault}:when=${step.nth}`;
  const [result, lines] = await strace(argv, ['-e', inject]);
  return { step, reached: lines.some(isBegin), result };
}
