import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from './config.js';

const SCRIPTS = join(PROJECT_ROOT, 'scripts');
const scripts = readdirSync(SCRIPTS).filter((name) => name.endsWith('.mjs'));

test.each(scripts)('scripts/%s loads in a fresh clone, before any npm package is there', (name) => {
  const text = readFileSync(join(SCRIPTS, name), 'utf8');
  const imported = [...text.matchAll(/^(?:import|export) [^;]*? from '([^']+)';/gm)].map(([, from]) => from);
  expect(imported.length).toBeGreaterThan(0);
  expect(imported.filter((from) => !/^(node:|\.\/)/.test(from ?? ''))).toEqual([]);
});
