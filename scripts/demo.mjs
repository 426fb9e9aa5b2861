// `npm run demo [-- COMMAND]`: installs what is missing, builds, and runs `overlayctl demo COMMAND` (default: up).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { main, root, setup, SetupError, step } from './setup.mjs';

await main(async () => {
  if (process.getuid?.() !== 0)
    throw new SetupError('The demo makes network namespaces and runs Docker Engines: run it as root');
  const args = process.argv.slice(2);
  await setup(['demo']);
  await step(process.execPath, [join(root, 'scripts/build.mjs')]);
  const command = args.length === 0 || args[0].startsWith('-') ? ['up', ...args] : args;
  const child = spawn(
    process.execPath,
    [join(root, 'packages/overlayctl/dist/main.js'), 'demo', ...command],
    { stdio: 'inherit' },
  );
  // Ctrl-C reaches the child too; it cleans up and then ends, and so do we.
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
});
