// `npm test [-- STEP...]`: installs what is missing, then runs every check and every tier; ends with `N passed, N failed`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { performance } from 'node:perf_hooks';
import { basename, join } from 'node:path';
import { main, root, setup, step } from './setup.mjs';
import { testVm } from './test-vm.mjs';

/** The one test that may be skipped: it needs a flanneld binary, which no Debian package has. */
const MAY_SKIP = /flanneld-interop/;

const npmRun = (name) => () => step('npm', ['run', '--silent', name]);
const PREPARE =
  "require('@overlay/testbed').prepareDocker28().then((d) => console.log(`Docker Engine ${d.version} is in ${d.root}`), (e) => { console.error(e.message, e.cause?.message ?? ''); process.exitCode = 1; })";

const CHECKS = {
  build: npmRun('build'),
  typecheck: npmRun('typecheck'),
  lint: npmRun('lint'),
  boundaries: npmRun('boundaries'),
  unused: npmRun('unused'),
  sim: () => step(process.execPath, [join(root, 'packages/sim/dist/main.js'), '--seeds', '300']),
  docker28: () => step(process.execPath, ['-e', PREPARE]),
};
/** They read the same files, change nothing and take one processor each: done side by side. */
const TOGETHER = ['typecheck', 'lint', 'boundaries', 'unused'];
const TIERS = ['unit', 'integration', 'e2e', 'vm'];
/** Suites of `e2e` that count lost packets, or hold overlayd to a second: one at a time, and nothing beside them. */
const ALONE = 'e2e/(020|030|040|085|110|160|161|162|163|170|300|320|330)-';
/** The runs of jest that a tier is. Suites that wait for most of their time go two at a time. */
const RUNS = {
  integration: [['--maxWorkers=2']],
  e2e: [
    ['--runInBand', '--testPathPatterns', ALONE],
    ['--maxWorkers=2', '--testPathIgnorePatterns', ALONE],
  ],
};
/** What has to be done before a tier. */
const NEEDS = {
  sim: ['build'],
  integration: ['build', 'docker28'],
  e2e: ['build', 'docker28'],
  vm: ['build'],
};

const results = [];
const totals = { passed: 0, failed: 0, skipped: 0 };
const notRun = [];

async function timed(name, work) {
  console.log(`\n=== ${name}`);
  const started = performance.now();
  let problem;
  try {
    await work();
  } catch (error) {
    problem = error.message;
  }
  results.push({ name, seconds: (performance.now() - started) / 1000, problem });
  return problem === undefined;
}

/** The scenarios in the virtual machine; one that left no result has failed there already. */
async function runVmTier() {
  const { passed, failed } = await testVm([]);
  totals.passed += passed;
  totals.failed += failed;
  if (failed > 0) throw new Error(`${failed} failed`);
}

/** Runs all of a tier, and then says what was wrong with any part of it. */
async function runTier(tier, folder) {
  if (tier === 'vm') return runVmTier();
  const problems = [];
  for (const [index, args] of (RUNS[tier] ?? [[]]).entries()) {
    const report = join(folder, `${tier}-${index}.json`);
    await runJest(['--selectProjects', tier, '--json', `--outputFile=${report}`, ...args], report).catch(
      (error) => problems.push(error.message),
    );
  }
  if (problems.length > 0) throw new Error(problems.join('; '));
}

/** Runs a jest of its own and adds up what its report says. */
async function runJest(args, report) {
  const code = await jest(args);
  let read;
  try {
    read = JSON.parse(readFileSync(report, 'utf8'));
  } catch (cause) {
    totals.failed += 1;
    throw new Error(`jest ended with code ${code} and left no report`, { cause });
  }
  count(read);
  const skipped = forbiddenSkips(read);
  totals.skipped += skipped.length;
  if (code !== 0) throw new Error(`jest ended with code ${code}`);
  if (read.numTotalTests === 0) throw new Error('no test ran');
  if (skipped.length > 0) throw new Error(`skipped, which counts as failed: ${skipped.join('; ')}`);
}

function jest(args) {
  return new Promise((resolve, reject) => {
    // The report on standard output is in the file too; people read what jest prints on standard error.
    const child = spawn(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** A suite that could not be loaded has no tests and still has failed. */
function count(report) {
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
}

function forbiddenSkips(report) {
  const skipped = report.testResults.flatMap((suite) =>
    suite.assertionResults
      .filter(({ status }) => status === 'pending' || status === 'todo')
      .map(({ fullName }) => ({ fullName, file: basename(suite.name) })),
  );
  notRun.push(...skipped.filter(({ file }) => MAY_SKIP.test(file)));
  return skipped
    .filter(({ file }) => !MAY_SKIP.test(file))
    .map(({ fullName, file }) => `${file}: ${fullName}`);
}

function choose(asked) {
  const all = [...Object.keys(CHECKS), ...TIERS];
  const unknown = asked.find((name) => !all.includes(name));
  if (unknown !== undefined) return { error: `test: "${unknown}" is not one of ${all.join(', ')}` };
  if (asked.length === 0) return { chosen: all };
  const needed = asked.flatMap((name) => NEEDS[name] ?? []);
  return { chosen: all.filter((name) => asked.includes(name) || needed.includes(name)) };
}

/** The names in their order, those that are done together as one. */
function grouped(names) {
  const together = names.filter((name) => TOGETHER.includes(name));
  return names.flatMap((name) => {
    if (!TOGETHER.includes(name)) return [[name]];
    return name === together[0] ? [together] : [];
  });
}

function summary() {
  console.log('\n=== summary');
  for (const { name, seconds, problem } of results)
    console.log(
      `${problem === undefined ? 'ok  ' : 'FAIL'} ${name.padEnd(12)} ${seconds.toFixed(1).padStart(7)} s${problem === undefined ? '' : `  ${problem}`}`,
    );
  for (const { fullName } of notRun) console.log(`not run: ${fullName}`);
  const badChecks = results.filter(
    ({ name, problem }) => problem !== undefined && !TIERS.includes(name),
  ).length;
  console.log(`\n${totals.passed} passed, ${totals.failed + totals.skipped + badChecks} failed`);
  return results.some(({ problem }) => problem !== undefined) ? 1 : 0;
}

await main(async () => {
  const { chosen, error } = choose(process.argv.slice(2));
  if (error !== undefined) {
    console.error(error);
    return 2;
  }
  if (!(await timed('setup', () => setup(['test'])))) return summary();
  const folder = mkdtempSync(join(tmpdir(), 'overlay-test-'));
  try {
    for (const names of grouped(chosen)) {
      const ok = await Promise.all(
        names.map((name) => timed(name, () => (name in CHECKS ? CHECKS[name]() : runTier(name, folder)))),
      );
      if (!ok[0] && names[0] === 'build') break;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return summary();
});
