import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { endLeftovers, namespaces } from './leftovers.js';

/** Runs every scenario file in a process of its own, one after another; results go to the shared folder, a line each. */
const RESULTS = '/mnt/out/results.jsonl';
const MINUTE_MS = 60_000;

/** Milliseconds for one file; `*.long` ones take a quarter of an hour on a quiet machine. */
const limitOf = (file: string): number => (file.endsWith('.long') ? 30 : 10) * MINUTE_MS;

interface Result {
  readonly file: string;
  readonly ok: boolean;
}

function resultsOf(file: string): Result[] {
  if (!existsSync(RESULTS)) return [];
  const lines = readFileSync(RESULTS, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Result).filter((result) => result.file === file);
}

function runFile(path: string): boolean {
  const file = basename(path, '.vm.js');
  const before = namespaces();
  process.stdout.write(`# ${file}\n`);
  const { status, error } = spawnSync(
    process.execPath,
    ['--enable-source-maps', `--test-reporter=${join(__dirname, 'report.js')}`, path],
    {
      stdio: 'inherit',
      timeout: limitOf(file),
      killSignal: 'SIGKILL',
      env: { ...process.env, VM_RESULTS: RESULTS, VM_SCENARIO: file },
    },
  );
  endLeftovers(`VM_SCENARIO=${file}`, before);
  const late = error !== undefined && 'code' in error && error.code === 'ETIMEDOUT';
  const results = resultsOf(file);
  if (!late && results.length > 0 && (status === 0 || results.some(({ ok }) => !ok))) return status === 0;
  failed(file, late, whyFailed(file, late, results.length, status));
  return false;
}

function whyFailed(file: string, late: boolean, results: number, status: number | null): string {
  if (late) return `the file was ended after ${limitOf(file) / MINUTE_MS} minutes, with ${results} results`;
  return `the file ${results === 0 ? 'left no result' : 'failed outside of its tests'} (code ${status ?? 'none'})`;
}

function failed(file: string, late: boolean, error: string): void {
  process.stdout.write(`FAIL ${error}\n`);
  appendFileSync(RESULTS, `${JSON.stringify({ file, name: file, ok: false, ms: 0, late, error })}\n`);
}

process.exitCode = process.argv.slice(2).map(runFile).every(Boolean) ? 0 : 1;
