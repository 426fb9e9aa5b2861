import { OverlayError } from '@overlay/cidr';
import { EXIT, type Io } from '../io.js';
import { build, demoState, takeDown } from './build.js';
import type { UpOptions } from './options.js';
import { Screen } from './screen.js';
import { tour } from './tour.js';

const NEXT = `
== What to try next (it is still running)
overlayctl here is packages/overlayctl/bin/overlayctl; \`npm run demo -- ...\` does the same as \`overlayctl demo ...\`.

  overlayctl demo exec h1 -- overlayctl status           the daemon of h1
  overlayctl demo exec h1 -- overlayctl lease list --output wide
  overlayctl demo exec h2 -- ip route                    what it put in the kernel of h2
  overlayctl demo exec h1 web1 -- sh                     a shell in a container
  overlayctl demo break device                           delete a device and watch it come back; also: etcd, firewall
  overlayctl demo down                                   take everything away
`;

/**
 * Brings the demo up and shows it. Whatever goes wrong, and at Ctrl-C, everything is taken away again.
 * @throws OverlayError OVL_DEMO_RUNNING when one is up, and what its parts throw.
 */
export async function up(options: UpOptions, io: Io): Promise<number> {
  if (demoState() !== undefined)
    throw new OverlayError(
      'OVL_DEMO_RUNNING',
      'A demo is up already. Look at it with `overlayctl demo status`, or end it with `overlayctl demo down`',
    );
  const started = performance.now();
  const work = show(options, new Screen(io));
  const interrupted = await untilInterrupted(work, io.signal);
  if (!interrupted && options.keep) {
    io.stdout.write(`\nUp and shown in ${((performance.now() - started) / 1000).toFixed(0)} s.\n${NEXT}`);
    return EXIT.done;
  }
  io.stdout.write('\nTaking everything away ...\n');
  await takeDown();
  // What was under way fails now that its hosts are gone; whatever it still made is taken away too.
  await work.catch(() => undefined);
  await takeDown();
  return interrupted ? EXIT.interrupted : EXIT.done;
}

async function show(options: UpOptions, screen: Screen): Promise<void> {
  const { cluster, containers } = await build(options, screen);
  if (options.tour) await tour(cluster, containers, screen);
}

/** Waits for the work or Ctrl-C; tells whether it was the latter. On failure takes everything away before it throws. */
async function untilInterrupted(work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const stopped = new Promise<'stopped'>((resolve) =>
    signal.addEventListener('abort', () => resolve('stopped'), { once: true }),
  );
  try {
    return (await Promise.race([work, stopped])) === 'stopped';
  } catch (cause) {
    if (signal.aborted) return true;
    await takeDown();
    throw cause;
  }
}
