// `npm run soak [-- WORD...]`: installs what is missing, builds, and runs the tests of test/soak (those with one of the words in their name).
import { join } from 'node:path';
import { main, root, setup, step } from './setup.mjs';

await main(async () => {
  const words = process.argv.slice(2);
  await setup(['test']);
  await step(process.execPath, [join(root, 'scripts/build.mjs')]);
  const chosen = words.length === 0 ? [] : ['--testPathPatterns', words.join('|')];
  await step(process.execPath, [
    join(root, 'node_modules/jest/bin/jest.js'),
    '--selectProjects',
    'soak',
    '--runInBand',
    ...chosen,
  ]);
});
