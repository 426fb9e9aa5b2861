// `npm run sim -- --seeds N [--from SEED] [--days D]`: installs what is missing, builds, and runs simulated clusters.
import { join } from 'node:path';
import { main, root, setup, step } from './setup.mjs';

await main(async () => {
  await setup(['npm']);
  await step(process.execPath, [join(root, 'scripts/build.mjs')]);
  await step(process.execPath, [join(root, 'packages/sim/dist/main.js'), ...process.argv.slice(2)]);
});
