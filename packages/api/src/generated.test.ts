import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

test('the committed message types are what overlay.proto gives', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ovl-api-generate-'));
  try {
    execFileSync(process.execPath, [join(__dirname, '../generate.mjs'), directory]);
    for (const file of ['overlay.js', 'overlay.d.ts']) {
      expect(readFileSync(join(directory, file), 'utf8')).toBe(
        readFileSync(join(__dirname, 'generated', file), 'utf8'),
      );
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 30_000);
