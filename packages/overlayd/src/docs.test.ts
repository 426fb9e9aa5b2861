import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMANDS, GLOBAL_OPTIONS, GROUPS, TESTBED_GROUPS } from '../../overlayctl/src/command-table.js';
import { FLAGS, type FlagSpec } from './config/flags.js';
import { createMetrics } from './http/metrics.js';

const ROOT = join(__dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort();
}

/** The sources that are delivered: no tests, nothing generated. */
const SOURCES = readdirSync(join(ROOT, 'packages'))
  .flatMap((name) => filesUnder(`packages/${name}/src`, '.ts'))
  .filter((path) => !path.endsWith('.test.ts') && !path.includes('/generated/'));
const DOCUMENTS = [...filesUnder('docs', '.md'), 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

/** Codes in the code itself: comments aside, and the beginnings of codes that `startsWith` is asked about. */
function codesIn(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found = code.replace(/startsWith\('OVL_[A-Z0-9_]*'\)/g, '').match(/\bOVL_[A-Z0-9_]+\b/g) ?? [];
  return found.filter((name) => !name.endsWith('_'));
}

/** The rows of all tables of a document whose first cell is `like this`, as cells without their bars. */
function rowsOf(document: string): string[][] {
  return read(document)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .replaceAll('\\|', '\u0000')
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\u0000', '|')),
    );
}

test('docs/errors.md explains every OVL_ code of the source once, and no other', () => {
  const used = new Set(SOURCES.flatMap((path) => codesIn(read(path))));
  const explained = rowsOf('docs/errors.md').map(([code = '']) => code.replaceAll('`', ''));
  expect(explained.toSorted()).toEqual([...used].toSorted());
});

const isFlagRow = ([first = '']: readonly string[]): boolean => first.startsWith('`--');

/** What the cells of a flag have to say: where else it can be given, and its default. */
function expectedCells({ name, commandLineOnly, default: value, ignored }: FlagSpec): string[] {
  const suffix = name.toUpperCase().replaceAll('-', '_');
  const variable = commandLineOnly === true ? 'command line only' : `\`OVERLAYD_${suffix}\``;
  return [
    `\`--${name}\``,
    variable,
    ...(ignored === undefined ? [value === undefined ? '-' : `\`${value}\``] : []),
  ];
}

test('docs/configuration.md has every flag of overlayd with its variable and default, and no other', () => {
  const rows = new Map(
    rowsOf('docs/configuration.md')
      .filter(isFlagRow)
      .map((row) => [row[0], row]),
  );
  const expected = FLAGS.map(expectedCells);
  expect([...rows.keys()].toSorted()).toEqual(expected.map(([name]) => name).toSorted());
  for (const cells of expected) expect(rows.get(cells[0])?.slice(0, cells.length)).toEqual(cells);
});

const named = FLAGS.filter(({ choices, range }) => choices !== undefined || range !== undefined);

test.each(named.map((flag) => [flag.name, flag] as const))(
  'docs/configuration.md has the values that --%s takes',
  (name, { choices, range }) => {
    const row = rowsOf('docs/configuration.md').find(([first]) => first === `\`--${name}\``) ?? [];
    for (const value of choices ?? range ?? []) expect(row.at(-1)).toContain(`\`${value}\``);
  },
);

/** The part of docs/cli.md about one command. */
function section(words: string): string {
  const text = read('docs/cli.md');
  const start = text.indexOf(`### \`overlayctl ${words}`);
  return start < 0 ? '' : text.slice(start, text.indexOf('\n### ', start + 1) >>> 0);
}

const OPTIONS = [
  ...GROUPS.flatMap(({ name, commands }) => commands.map((spec) => [`${name} ${spec.name}`, spec] as const)),
  ...COMMANDS.map((spec) => [spec.name, spec] as const),
];

test.each(OPTIONS)(
  'docs/cli.md describes `overlayctl %s` and its options',
  (words, { options = [], arguments: taken = [] }) => {
    const text = section(words);
    expect(text).not.toBe('');
    for (const [notation] of [...taken, ...options]) expect(text).toContain(notation);
  },
);

test.each(TESTBED_GROUPS.flatMap(({ name, verbs }) => verbs.map((verb) => [name, verb])))(
  'docs/cli.md describes `overlayctl %s %s`',
  (name, verb) => {
    expect(section(name)).toContain(`\`${verb}`);
  },
);

test('docs/cli.md has every option of every command', () => {
  for (const [notation] of GLOBAL_OPTIONS) expect(read('docs/cli.md')).toContain(`\`${notation}\``);
});

test('docs/operations.md has every metric, and no other', async () => {
  const metrics = await createMetrics().registry.getMetricsAsJSON();
  const rows = rowsOf('docs/operations.md').map(([first = '']) => first.replaceAll('`', ''));
  expect(rows.filter((row) => row.startsWith('overlayd_')).map((row) => row.replace(/\{.*/, ''))).toEqual(
    metrics.map(({ name }) => name),
  );
});

test('the generated parts of docs/architecture.md are current', () => {
  const run = spawnSync(process.execPath, [join(ROOT, 'scripts/docs-graph.mjs'), '--check'], {
    encoding: 'utf8',
  });
  expect([run.status, run.stderr]).toEqual([0, '']);
});

test('docs/reliability.md is current, and every entry has a test or a reason why there is none', () => {
  const run = spawnSync(process.execPath, [join(ROOT, 'scripts/docs-reliability.mjs'), '--check'], {
    encoding: 'utf8',
  });
  expect([run.status, run.stderr]).toEqual([0, '']);
});

test.each(DOCUMENTS)('the links of %s to files of the project lead somewhere', (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = '']) => target);
  const broken = links.filter((target) => !existsSync(join(ROOT, dirname(document), target)));
  expect(broken).toEqual([]);
});
