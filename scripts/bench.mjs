// `npm run bench -- [quick|tunnels|...]`: installs what is missing, builds, and runs the benchmarks.
import { join } from 'node:path';
import { main, root, setup, step } from './setup.mjs';

/** In the virtual machine overlayd has to be one file, which is used on both sides then; esbuild is there only after the set-up. */
async function environment(mode) {
  if (mode !== 'tunnels') return process.env;
  const { bundleOverlayd } = await import('./test-vm.mjs');
  return { ...process.env, OVERLAY_TESTBED_OVERLAYD: bundleOverlayd(join(root, '.cache/bench-tunnels')) };
}

await main(async () => {
  const args = process.argv.slice(2);
  await setup(['test']);
  await step(process.execPath, [join(root, 'scripts/build.mjs')]);
  await step(process.execPath, ['--require', 'esbuild-register', join(root, 'bench/main.ts'), ...args], {
    env: await environment(args[0]),
  });
});
