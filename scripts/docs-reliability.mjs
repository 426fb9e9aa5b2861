// `node scripts/docs-reliability.mjs [--check]`: writes the table of docs/reliability.md, or with --check only says what is wrong with it.
// What each entry means and what we do about it is in docs/reliability.entries.json; which tests show it is read from their names, which
// begin with the ids of the entries: `A12 ...`, `A12 I3 ...`.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FILE = join(root, 'docs/reliability.md');
const ENTRIES = JSON.parse(readFileSync(join(root, 'docs/reliability.entries.json'), 'utf8'));

const CHAPTERS = {
  A: ['etcd', 30],
  B: ['leases and identity', 16],
  C: ['configuration and hostile values', 17],
  D: ['the kernel changes under us', 24],
  E: ['firewall and Docker', 19],
  F: ['process and host', 20],
  G: ['security', 10],
};
const INVARIANTS = 17;

const numbered = (letter, count, digits) =>
  Array.from({ length: count }, (_, index) => letter + String(index + 1).padStart(digits, '0'));
const CATALOGUE = Object.entries(CHAPTERS).flatMap(([letter, [, count]]) => numbered(letter, count, 2));
const KNOWN = new Set([...CATALOGUE, ...numbered('I', INVARIANTS, 1)]);

/** Comments are found too, so that an apostrophe in one opens no string. */
const STRINGS = /\/\/.*|\/\*[\s\S]*?\*\/|'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`/g;
const NAME = /^((?:[A-GI]\d{1,2} )+)(\S.*)$/s;

/** All that is a test, or gives one its name: rows of test.each and contracts that several tests share. */
function testFiles() {
  const holds = (folder) => (file) =>
    file.endsWith('.ts') &&
    !/(^|\/)dist\//.test(file) &&
    (!folder.endsWith('src') || file.endsWith('.test.ts'));
  const packages = readdirSync(join(root, 'packages')).flatMap((name) => [
    `packages/${name}/src`,
    `packages/${name}/test`,
  ]);
  const folders = [...packages, 'test'].filter((folder) => existsSync(join(root, folder)));
  return folders.flatMap((folder) => {
    const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
    return files.filter(holds(folder)).sort();
  });
}

/** Every name that begins with ids: `{ file, ids, name }`. */
function namesIn(file) {
  return [...readFileSync(join(root, file), 'utf8').matchAll(STRINGS)].flatMap(([, ...quoted]) => {
    const text = quoted.find((one) => one !== undefined) ?? '';
    const match = NAME.exec(text.replaceAll(/\\(['"`\\])/g, '$1'));
    return match === null ? [] : [{ file, ids: match[1].trim().split(' '), name: match[2] }];
  });
}

/** The tests of an entry by file; a name that several rows share is there once. */
function byFile(tests) {
  const files = [...new Set(tests.map(({ file }) => file))];
  const namesOf = (file) => tests.filter((test) => test.file === file).map(({ name }) => name);
  return files.map((file) => [file, [...new Set(namesOf(file))]]);
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function testsCell(tests) {
  const short = (file) => file.replace(/^packages\//, '').replace(/^test\//, '');
  return byFile(tests)
    .map(([file, names]) => `[${short(file)}](../${file}): ${names.map(cell).join('; ')}`)
    .join('<br>');
}

/** What runs a test. */
function command({ file }) {
  if (file.startsWith('test/soak/')) return 'npm run soak';
  const [, long] = /(\d+)-[\w-]+\.long\.vm\.ts$/.exec(file) ?? [];
  return long === undefined ? 'npm test' : `npm run test:vm -- ${long}`;
}

const RECORDED = readdirSync(join(root, 'test/soak/results'));

/** Whether all that runs the test passed: soaks leave their figures when they were complete. */
function passed({ file }) {
  const [, soak] = /^test\/soak\/(\w+)\.test\.ts$/.exec(file) ?? [];
  return soak === undefined || RECORDED.some((name) => name.startsWith(soak));
}

/** A failing test makes its command fail, so its result is the result of all that the command runs. */
const result = (tests) =>
  [
    ...new Set(
      tests.map((test) => `${passed(test) ? 'passes in' : 'no complete run yet of'} \`${command(test)}\``),
    ),
  ].join(', ') || '-';

function row(id, tests) {
  const { fault, behaviour, open, untested } = ENTRIES[id];
  const now = cell(behaviour) + (open === undefined ? '' : ` **Open:** ${cell(open)}`);
  const shown = tests.length > 0 ? testsCell(tests) : `none: ${cell(untested)}`;
  return `| ${id} | ${cell(fault)} | ${now} | ${shown} | ${result(tests)} |`;
}

function table(shows) {
  return Object.entries(CHAPTERS).flatMap(([letter, [title, count]]) => [
    `### ${letter}: ${title}`,
    '',
    '| entry | fault | what happens | shown by | last result |',
    '|---|---|---|---|---|',
    ...numbered(letter, count, 2).map((id) => row(id, shows(id))),
    '',
  ]);
}

function counts(shows) {
  const tested = CATALOGUE.filter((id) => shows(id).length > 0);
  const open = CATALOGUE.filter((id) => ENTRIES[id].open !== undefined);
  const untested = CATALOGUE.filter((id) => !tested.includes(id));
  return [
    `${CATALOGUE.length} entries: ${tested.length} have a test that names them, ${untested.length} have none (${untested.join(', ')}).`,
    `In ${open.length} something is open:`,
    '',
    ...Object.keys(CHAPTERS).map((letter) => `- ${open.filter((id) => id.startsWith(letter)).join(', ')}`),
  ];
}

/** What is wrong with the entries or the names of tests, one line each. */
function faults(names, shows) {
  const strangers = names.flatMap(({ file, ids, name }) =>
    ids.filter((id) => !KNOWN.has(id)).map((id) => `${file}: "${name}" names ${id}, which is no entry`),
  );
  const wrong = [...new Set([...CATALOGUE, ...Object.keys(ENTRIES)])].flatMap((id) => {
    const entry = ENTRIES[id];
    if (entry === undefined) return [`${id} is not in docs/reliability.entries.json`];
    if (!CATALOGUE.includes(id)) return [`docs/reliability.entries.json has ${id}, which is no entry`];
    if (!entry.fault || !entry.behaviour) return [`${id} does not say what the fault is and what happens`];
    const tested = shows(id).length > 0;
    if (!tested && !entry.untested) return [`${id} has neither a test nor a reason why there is none`];
    return tested && entry.untested ? [`${id} says why it has no test, and it has one`] : [];
  });
  return [...strangers, ...wrong];
}

function replacePart(text, name, lines) {
  const [begin, end] = [`<!-- generated: ${name} -->`, '<!-- end -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/reliability.md has no part "${begin} ... ${end}"`);
  return `${text.slice(0, from)}${begin}\n${lines.join('\n').trimEnd()}\n${text.slice(to)}`;
}

const names = testFiles().flatMap(namesIn);
const shows = (id) => names.filter(({ ids }) => ids.includes(id));
const problems = faults(names, shows);
if (problems.length === 0) {
  const before = readFileSync(FILE, 'utf8');
  const after = replacePart(replacePart(before, 'counts', counts(shows)), 'catalogue', table(shows));
  if (!process.argv.includes('--check')) writeFileSync(FILE, after);
  else if (after !== before)
    problems.push('docs/reliability.md is not current: run `node scripts/docs-reliability.mjs`');
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}
