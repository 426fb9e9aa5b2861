import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parseArguments, type Arguments } from './arguments.js';
import type { Action } from './nemesis/model.js';
import { run, type RunOptions, type RunResult } from './run.js';
import { shrink } from './shrink.js';

/** What a child is sent; it answers with the result. */
interface Job {
  readonly options: RunOptions;
}

/** So many runs leave no kind of fault out. */
const MANY = 300;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function serve(): void {
  // Errors are many, and the traces of their calls a part of the time; a run that is reported has them whole.
  Error.stackTraceLimit = 1;
  process.on('message', ({ options }: Job) => {
    run(options).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exitCode = 2;
        process.disconnect();
      },
    );
  });
}

const actionText = ({ kind, node, atMs, forMs }: Action): string =>
  `  ${(atMs / 1000).toFixed(1)} s ${kind} n${node} for ${(forMs / 1000).toFixed(1)} s`;

/** Says what broke, and with how few faults it still does. */
async function report(found: RunResult, { days, full }: Arguments): Promise<void> {
  const { seed, violation, plan, last } = found;
  if (violation === undefined) return;
  print(
    `\nseed ${seed}: ${violation.invariant} is violated at ${(violation.atMs / 1000).toFixed(1)} s: ${violation.message}`,
  );
  print(last.join('\n'));
  print('\nshrinking ...');
  const options = { seed, days, full };
  const least = await shrink(plan, async (candidate) => {
    const again = await run({ ...options, plan: candidate });
    return again.violation?.invariant === violation.invariant;
  });
  print(`these faults are enough:`);
  for (const [n, actions] of least.entries())
    if (actions.length > 0) print([`episode ${n + 1}`, ...actions.map(actionText)].join('\n'));
  const again = await run({ ...options, plan: least });
  print(`\nwith them: ${again.violation?.message ?? 'nothing'}\n${again.last.join('\n')}`);
  print(`\nreplay: npm run sim -- --seeds 1 --from ${seed} --days ${days}${full ? ' --full' : ''}`);
}

class Crowd {
  private next: number;
  private done = 0;
  failed: RunResult | undefined;
  readonly midst = { powerCuts: 0, unsynced: 0, kills: 0 };
  private readonly children: ChildProcess[] = [];

  constructor(private readonly args: Arguments) {
    this.next = args.from;
  }

  async work(): Promise<void> {
    const { jobs, seeds } = this.args;
    await Promise.all(Array.from({ length: Math.min(jobs, seeds) }, () => this.employ()));
  }

  private employ(): Promise<void> {
    const child = fork(__filename, ['--child']);
    this.children.push(child);
    return new Promise((resolve, reject) => {
      child.on('message', (result: RunResult) => this.finished(child, result));
      child.on('error', reject);
      child.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`a run ended with ${String(code)}`)),
      );
      this.give(child);
    });
  }

  private give(child: ChildProcess): void {
    const { from, seeds, days, full } = this.args;
    if (this.failed !== undefined || this.next >= from + seeds) return child.disconnect();
    child.send({ options: { seed: this.next, days, full } } satisfies Job);
    this.next += 1;
  }

  private finished(child: ChildProcess, result: RunResult): void {
    this.done += 1;
    this.midst.powerCuts += result.midst.powerCuts;
    this.midst.unsynced += result.midst.unsynced;
    this.midst.kills += result.midst.kills;
    if (result.violation !== undefined) this.failed ??= result;
    if (this.done % 20 === 0) print(`${this.done} of ${this.args.seeds} runs`);
    this.give(child);
  }
}

async function main(): Promise<void> {
  const args = parseArguments(process.argv.slice(2), availableParallelism());
  const started = performance.now();
  const crowd = new Crowd(args);
  await crowd.work();
  const seconds = (performance.now() - started) / 1000;
  if (crowd.failed !== undefined) {
    await report(crowd.failed, args);
    process.exitCode = 1;
    return;
  }
  const { seeds, days } = args;
  print(
    `${seeds} runs of ${days} days, no violation: ${seconds.toFixed(1)} s, ${(seconds / seeds).toFixed(2)} s each`,
  );
  const { powerCuts, unsynced, kills } = crowd.midst;
  print(
    `${powerCuts} power cuts, ${unsynced} of them with writes under way; ${kills} kills between two writes`,
  );
  if (seeds < MANY || (unsynced > 0 && kills > 0)) return;
  print('that is too few: what these are to find was not looked for');
  process.exitCode = 1;
}

if (process.argv.includes('--child')) serve();
else
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  });
