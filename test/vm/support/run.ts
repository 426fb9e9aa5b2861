import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Runs every scenario file in a process of its own, one after another; results go to the shared folder, a line each. */
const RESULTS = '/mnt/out/results.jsonl';
const FILE_TIMEOUT_MS = 600_000;

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
  process.stdout.write(`# ${file}\n`);
  const { status, error } = spawnSync(
    process.execPath,
    ['--enable-source-maps', `--test-reporter=${join(__dirname, 'report.js')}`, path],
    {
      stdio: 'inherit',
      timeout: FILE_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      env: { ...process.env, VM_RESULTS: RESULTS, VM_SCENARIO: file },
    },
  );
  const results = resultsOf(file);
  if (results.length > 0 && (status === 0 || results.some(({ ok }) => !ok))) return status === 0;
  const why = `the file ${results.length === 0 ? 'left no result' : 'failed outside of its tests'} (code ${status ?? 'none'}) ${error?.message ?? ''}`;
  process.stdout.write(`FAIL ${why}\n`);
  appendFileSync(RESULTS, `${JSON.stringify({ file, name: file, ok: false, ms: 0, error: why })}\n`);
  return false;
}

process.exitCode = process.argv.slice(2).map(runFile).every(Boolean) ? 0 : 1;
