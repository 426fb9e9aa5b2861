import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { Condition } from './condition.js';
import { TlsFiles } from './tls-files.js';

const [FIRST, SECOND] = rootCertificates;
let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'overlay-tls-files-'))));
afterEach(() => rmSync(directory, { recursive: true }));

test('A14 a file that is replaced while it is read for the first time is taken at the next look', async () => {
  const file = join(directory, 'ca.crt');
  writeFileSync(file, FIRST!);
  let reads = 0;
  const files = new TlsFiles(
    {
      get cafile() {
        reads += 1;
        if (reads === 2) writeFileSync(file, SECOND!);
        return file;
      },
    },
    new Condition(),
  );
  const taken = new Promise<void>((resolve) =>
    files.watch({ prove: () => Promise.resolve(), taken: resolve }, 3_600_000),
  );
  files.look();
  await taken;
  files.close();
  expect(String(files.credentials.rootCertificate)).toBe(SECOND);
});
