// `node scripts/docs-graph.mjs [--check]`: writes the generated parts of docs/architecture.md, or with --check only says whether
// they are current. The packages and their dependencies come from their package.json, the rules from .dependency-cruiser.cjs.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FILE = join(root, 'docs/architecture.md');
const { forbidden } = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs'));

const packages = readdirSync(join(root, 'packages'))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')));

const short = (name) => name.replace('@overlay/', '');

function graph() {
  const edges = packages.flatMap(({ name, dependencies = {} }) =>
    Object.keys(dependencies)
      .filter((dependency) => dependency.startsWith('@overlay/'))
      .map((dependency) => `  ${short(name)} --> ${short(dependency)}`),
  );
  const nodes = packages.map(
    ({ name, description }) => `  ${short(name)}["${short(name)}<br/>${description}"]`,
  );
  return ['```mermaid', 'graph TD', ...nodes, ...edges.sort(), '```'].join('\n');
}

/** What a rule lets a package import: its pattern names the package itself first. */
function allowed({ to }) {
  const [, ...others] = /\(([^)]*)\)/.exec(to.pathNot)[1].split('|');
  return others.join(', ') || 'nothing';
}

function importTable() {
  const rules = forbidden.filter(({ name }) => name.startsWith('imports-of-'));
  const rows = rules.map((rule) => `| ${rule.name.replace('imports-of-', '')} | ${allowed(rule)} |`);
  return ['| package | may import |', '|---|---|', ...rows].join('\n');
}

function libraryTable() {
  const rules = forbidden.filter(({ name }) => name.startsWith('only-importer-of-'));
  const place = ({ from }) =>
    from.pathNot
      .split('|' + '\\.test')
      .at(0)
      .replace(/^\^/, '')
      .replace('(src|test)', 'src');
  const rows = rules.map((rule) => `| ${rule.name.replace('only-importer-of-', '')} | \`${place(rule)}\` |`);
  return ['| library | only imported under |', '|---|---|', ...rows].join('\n');
}

function replacePart(text, name, content) {
  const [begin, end] = [`<!-- generated: ${name} -->`, '<!-- end -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/architecture.md has no part "${begin} ... ${end}"`);
  return `${text.slice(0, from)}${begin}\n${content}\n${text.slice(to)}`;
}

const before = readFileSync(FILE, 'utf8');
const parts = { graph: graph(), imports: importTable(), libraries: libraryTable() };
const after = Object.entries(parts).reduce(
  (text, [name, content]) => replacePart(text, name, content),
  before,
);
if (!process.argv.includes('--check')) writeFileSync(FILE, after);
else if (after !== before) {
  console.error('docs/architecture.md is not current: run `node scripts/docs-graph.mjs`');
  process.exitCode = 1;
}
