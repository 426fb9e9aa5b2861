import type { Notifier } from './host/notify.js';
import type { Logger } from './logger.js';

/** No run of a lane takes this long unless something hangs. */
const STUCK_MS = 60_000;

/** Says that we are alive, unless a lane is stuck: then silence makes systemd start us anew. Call it at every `watchdogMs`. */
export function watchdogBeat(notifier: Notifier, log: Logger, stuckMs: () => number): () => void {
  let silent = false;
  return () => {
    const stuck = stuckMs();
    const alive = stuck < STUCK_MS;
    if (alive) notifier.notify('WATCHDOG=1');
    else if (!silent)
      log.error(`stuck for ${Math.round(stuck / 1000)} s: the watchdog is not told that all is well`);
    silent = !alive;
  };
}
