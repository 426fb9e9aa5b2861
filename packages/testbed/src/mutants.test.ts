import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from './config.js';

test('every mutant finds the text that it changes: who moves that code moves its mutant', () => {
  const script = join(PROJECT_ROOT, 'scripts/mutants.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
