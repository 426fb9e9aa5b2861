// `npm run bench -- [quick|...]`: installs what is missing, builds, and runs the benchmarks.
import { join } from 'node:path';
import { main, root, setup, step } from './setup.mjs';

await main(async () => {
  await setup(['test']);
  await step(process.execPath, [join(root, 'scripts/build.mjs')]);
  await step(process.execPath, [
    '--require',
    'esbuild-register',
    join(root, 'bench/main.ts'),
    ...process.argv.slice(2),
  ]);
});
