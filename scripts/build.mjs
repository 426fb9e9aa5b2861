// Builds every package with `tsc -b`. The files tsc reads or leaves alone (generated code) are put beside its output first:
// packages built later read their types from there.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const folder of ['packages/api/src/generated']) {
  const from = join(root, folder);
  if (existsSync(from)) cpSync(from, from.replace('/src/', '/dist/'), { recursive: true });
}
const run = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-b', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exitCode = run.status ?? 1;
