// `npm run test:vm [-- WORD...]`: runs the scenarios of test/vm (those with one of the words in their name) in a virtual machine.
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { main, root, setup, SetupError, step } from './setup.mjs';

/** Loaded on use: this file is read in a fresh clone, before there are packages. */
const load = createRequire(import.meta.url);
const SOURCE = join(root, 'test/vm');
const COMPILED = join(SOURCE, 'dist');
/** What a run leaves: the kernel's console, a line per result, and the report made of them. Runs of other scenarios have other folders. */
const folderOf = (words) => join(root, '.cache/test-vm', words.join('+') || 'all');
const resultsIn = (folder) => join(folder, 'out/results.jsonl');
const MINUTE_MS = 60_000;
/** For all of a run, the second machine included; a `*.long` scenario may take half an hour more. */
const limitOf = (names) => (25 + 30 * names.filter((name) => name.endsWith('.long')).length) * MINUTE_MS;
/** With less left, another machine would not come to anything. */
const WORTH_MS = 2 * MINUTE_MS;

/** Names of the scenarios, without `.vm.ts`. */
function scenarios(words) {
  const all = readdirSync(SOURCE)
    .filter((name) => name.endsWith('.vm.ts'))
    .map((name) => name.replace('.vm.ts', ''))
    .sort();
  // Those that take a quarter of an hour run when they are asked for.
  const usual = all.filter((name) => !name.endsWith('.long'));
  const chosen = words.length === 0 ? usual : all.filter((name) => words.some((word) => name.includes(word)));
  if (chosen.length === 0)
    throw new SetupError(
      `test:vm: no scenario has "${words.join('" or "')}" in its name; there are ${all.join(', ')}`,
    );
  return chosen;
}

/** jest would take half a minute to load in there: plain JavaScript, and the test runner Node.js has. */
function compile() {
  const entryPoints = readdirSync(SOURCE, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(SOURCE, name));
  load('esbuild').buildSync({
    entryPoints,
    outdir: COMPILED,
    outbase: SOURCE,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
  });
}

/** Loading overlayd's hundreds of files takes half a minute in there: it is put into one in this folder, beside the file that etcd3 reads at its start. */
export function bundleOverlayd(folder) {
  const outfile = join(folder, 'overlayd/main.cjs');
  load('esbuild').buildSync({
    entryPoints: [join(root, 'packages/overlayd/dist/main.js')],
    bundle: true,
    outfile,
    platform: 'node',
    target: 'node20',
    external: ['koffi', 'ssh2'],
    minifySyntax: true,
    logLevel: 'error',
  });
  cpSync(join(root, 'node_modules/etcd3/proto'), join(folder, 'proto'), { recursive: true });
  return outfile;
}

function readResults(folder) {
  const file = resultsIn(folder);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Boots, runs, prints as it goes; what went wrong with the machine itself is a failed result too. */
async function boot(folder, names, { endsMs, signal }) {
  const overlayd = bundleOverlayd(join(COMPILED, 'bundle'));
  const { runInVm } = load('@overlay/testbed');
  const failure = (error) =>
    appendFileSync(
      resultsIn(folder),
      `${JSON.stringify({ file: '', name: 'the virtual machine', ok: false, ms: 0, error })}\n`,
    );
  try {
    const code = await runInVm({
      command: [
        process.execPath,
        join(COMPILED, 'support/run.js'),
        ...names.map((name) => join(COMPILED, `${name}.vm.js`)),
      ],
      cwd: root,
      env: { NO_COLOR: '1', OVERLAY_TESTBED_OVERLAYD: overlayd },
      sharedFolder: join(folder, 'out'),
      consoleFile: join(folder, 'console.log'),
      timeoutMs: Math.max(1, Math.round(endsMs - performance.now())),
      onLine: (line) => console.log(line),
      signal,
    });
    if (code !== 0 && !readResults(folder).some(({ ok }) => !ok))
      failure(`the runner inside ended with code ${code}`);
  } catch (error) {
    console.error(error.message);
    failure(error.message);
  }
}

/**
 * Emulated processors starve when anything else runs on this machine, and everything in there waits for something: a scenario that failed
 * because something was late, or the machine itself, is tried once more in a new machine, and that result counts. Both are printed. What a
 * test found wrong is not tried again.
 */
async function bootAgain(folder, names, limits) {
  const results = readResults(folder);
  const again = load('@overlay/testbed').scenariosToRunAgain(results, names);
  if (again.length === 0 || limits.signal.aborted) return;
  if (limits.endsMs - performance.now() < WORTH_MS) {
    console.log(`\nNo time is left to try once more: ${again.join(', ')}`);
    return;
  }
  console.log(`\nLate or not finished, and tried once more in a new machine: ${again.join(', ')}`);
  const kept = results.filter(({ file }) => file !== '' && !again.includes(file));
  writeFileSync(resultsIn(folder), kept.map((result) => `${JSON.stringify(result)}\n`).join(''));
  await boot(folder, again, limits);
}

/**
 * Runs scenarios whose names contain one of `words` (all without words); the packages have to be built. The report is in .cache/test-vm/<words, or all>/.
 * @returns how many passed and failed; nothing run is one failed.
 */
export async function testVm(words) {
  const names = scenarios(words);
  const folder = folderOf(words);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'out'), { recursive: true });
  compile();
  const interrupt = new globalThis.AbortController();
  const limits = { endsMs: performance.now() + limitOf(names), signal: interrupt.signal };
  const stop = () => interrupt.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await boot(folder, names, limits);
    await bootAgain(folder, names, limits);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
  const results = readResults(folder);
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(results, null, 2)}\n`);
  const passed = results.filter(({ ok }) => ok).length;
  return {
    passed,
    failed: results.length === 0 ? 1 : results.length - passed,
    interrupted: interrupt.signal.aborted,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await main(async () => {
    const words = process.argv.slice(2);
    await setup(['test']);
    await step('npm', ['run', '--silent', 'build']);
    const { passed, failed, interrupted } = await testVm(words);
    console.log(`\n${passed} passed, ${failed} failed`);
    if (failed > 0) console.log(`The kernel's console: ${join(folderOf(words), 'console.log')}`);
    if (interrupted) return 130;
    return failed === 0 ? 0 : 1;
  });
