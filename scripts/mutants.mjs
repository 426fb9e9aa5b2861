// `npm run mutants [-- WORD...]`: re-creates known defects of Flannel in our code, one at a time (those with one of the words in their
// id), and runs the unit tests that must notice. `--check` only looks whether the text that each one changes is still there.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { main, root, SetupError } from './setup.mjs';

/** A run takes 2 to 6 s; a mutant that never ends is a bad mutant. */
const LIMIT_MS = 120_000;
const JEST = join(root, 'node_modules/jest/bin/jest.js');

/** Why a mutant cannot be made, undefined when it can. */
function fault({ file, find, put, tests }) {
  const missing = [file, ...tests].find((path) => !existsSync(join(root, path)));
  if (missing !== undefined) return `there is no ${missing}`;
  const count = readFileSync(join(root, file), 'utf8').split(find).length - 1;
  if (count !== 1) return `its text is in ${file} ${count} times, not once: did the code move?`;
  return find === put ? 'it changes nothing' : undefined;
}

function checked(mutants) {
  const ids = mutants.map(({ id }) => id);
  const faults = mutants.flatMap((mutant, at) => {
    const reason = ids.indexOf(mutant.id) === at ? fault(mutant) : 'there is another one of this id';
    return reason === undefined ? [] : `${mutant.id}: ${reason}`;
  });
  if (faults.length > 0) throw new SetupError(faults.join('\n'));
  return mutants;
}

/** Runs jest on these files; resolves to its report, undefined when it left none. */
function jest({ tests, name }, mutant, report) {
  const args = [
    ...['--config', 'test/mutants/jest.config.ts', '--silent', '--json', `--outputFile=${report}`],
    // A test that fails in the middle may leave a timer or a server open.
    ...(mutant === undefined ? [] : ['--runInBand', '--forceExit']),
    ...(name === undefined ? [] : ['--testNamePattern', name]),
    ...['--runTestsByPath', ...tests],
  ];
  const change = mutant && { file: join(root, mutant.file), find: mutant.find, put: mutant.put };
  const env = { ...process.env, ...(change && { OVERLAY_MUTANT: JSON.stringify(change) }) };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [JEST, ...args], {
      ...{ cwd: root, env, stdio: 'ignore', timeout: LIMIT_MS, killSignal: 'SIGKILL' },
    });
    child.on('error', reject);
    child.on('close', () =>
      resolve(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined),
    );
  });
}

const failed = (report) =>
  report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );

/** A suite that does not load says nothing of its tests: the mutant is no program. */
function verdictOf(report) {
  if (report === undefined) return { verdict: 'BAD', what: 'jest did not end, or left no report' };
  const broken = report.testResults.find(
    ({ assertionResults, status }) => status === 'failed' && assertionResults.length === 0,
  );
  if (broken !== undefined)
    return { verdict: 'BAD', what: `a suite does not load: ${broken.message.split('\n')[0]}` };
  if (report.numPassedTests + report.numFailedTests === 0)
    return { verdict: 'BAD', what: 'no test has this name' };
  const names = failed(report);
  if (names.length === 0) return { verdict: 'MISSED', what: `${report.numPassedTests} tests passed` };
  return { verdict: 'caught', what: `${names.length} failed, first: ${names[0]}` };
}

async function baseline(mutants, folder) {
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
  const report = await jest({ tests }, undefined, join(folder, 'baseline.json'));
  const { verdict, what } = verdictOf(report);
  if (verdict !== 'MISSED') throw new SetupError(`without a mutant the tests do not pass: ${what}`);
  console.log(`without a mutant: ${what} in ${tests.length} files`);
}

async function judge(mutant, folder) {
  const started = performance.now();
  const result = verdictOf(await jest(mutant, mutant, join(folder, `${mutant.id}.json`)));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { verdict, what } = result;
  console.log(`${verdict.padEnd(6)} ${seconds.padStart(5)} s  ${mutant.id}  (${mutant.entries.join(', ')})`);
  console.log(`                ${what}`);
  if (verdict !== 'caught') console.log(`                ${mutant.flannel}; in ${mutant.file}`);
  return verdict;
}

/** As many at a time as there are processors. */
async function judgeAll(mutants, folder) {
  const waiting = [...mutants];
  const verdicts = [];
  const worker = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift())
      verdicts.push(await judge(mutant, folder));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return verdicts;
}

await main(async () => {
  const words = process.argv.slice(2).filter((word) => word !== '--check');
  const { mutants: all } = await import('../test/mutants/table.mjs');
  const mutants = checked(all).filter(
    ({ id }) => words.length === 0 || words.some((word) => id.includes(word)),
  );
  if (mutants.length === 0)
    throw new SetupError(`no mutant has one of these words in its id: ${words.join(', ')}`);
  if (process.argv.includes('--check')) return 0;
  if (!existsSync(JEST)) throw new SetupError('jest is not installed: run `npm ci` first');
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'overlay-mutants-'));
  try {
    await baseline(mutants, folder);
    const verdicts = await judgeAll(mutants, folder);
    const caught = verdicts.filter((verdict) => verdict === 'caught').length;
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`\n${caught} of ${verdicts.length} mutants caught, in ${seconds} s`);
    return caught === verdicts.length ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
