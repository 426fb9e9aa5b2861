/** After a suspend a sleep that is over ends at most so late, unless told otherwise. */
const PIECE_MS = 10_000;

type Timer = (ms: number, run: () => void) => () => void;

function pause(ms: number, timer: Timer, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const stop = timer(ms, done);
    function done(): void {
      signal?.removeEventListener('abort', cancel);
      resolve();
    }
    function cancel(): void {
      stop();
      done();
    }
    signal?.addEventListener('abort', cancel, { once: true });
  });
}

/**
 * Sleeps by boot time, in pieces: a timer stands still while the machine is suspended, and what is slept for, the TTL of a lease, does not
 * (B05). Nor can a timer be longer than 2^31 - 1 ms; more would fire at once (A29). Where boot time cannot be read the timers count.
 */
export function bootSleep(
  bootMs: () => number,
  timer: Timer,
  longestMs = PIECE_MS,
): (ms: number, signal?: AbortSignal) => Promise<void> {
  const read = (): number | undefined => {
    try {
      return bootMs();
    } catch {
      return undefined;
    }
  };
  return async (ms, signal) => {
    const started = read();
    let leftMs = ms;
    for (let waitedMs = 0; leftMs > 0 && signal?.aborted !== true;) {
      const pieceMs = Math.min(leftMs, longestMs);
      await pause(pieceMs, timer, signal);
      waitedMs += pieceMs;
      const now = read();
      const passedMs = started === undefined || now === undefined ? 0 : now - started;
      leftMs = ms - Math.max(waitedMs, passedMs);
    }
  };
}
