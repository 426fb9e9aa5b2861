import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the last run of a soak test measured: `test/soak/results/<name>.json`, which docs/reliability.md tells of. */
export async function record(name: string, figures: Readonly<Record<string, unknown>>): Promise<void> {
  const folder = join(__dirname, '../results');
  await mkdir(folder, { recursive: true });
  const text = JSON.stringify({ date: new Date().toISOString().slice(0, 10), ...figures }, null, 2);
  await writeFile(join(folder, `${name}.json`), `${text}\n`);
}
