import type { Io } from '../io.js';

const SILENT_MS = 1_000;
const STEP_MS = 500;
const CLEAR_LINE = '\r\u001b[K';

/** Awaits `work`; after a second, on a terminal, a line on stderr says what is waited for and how long. */
export async function withProgress<T>(io: Io, what: string, work: Promise<T>): Promise<T> {
  if (io.stderr.isTTY !== true) return work;
  const start = Date.now();
  const line = { shown: false };
  const tick = (): void => {
    const seconds = Math.floor((Date.now() - start) / 1_000);
    if (seconds * 1_000 < SILENT_MS) return;
    line.shown = true;
    io.stderr.write(`${CLEAR_LINE}${what} ... ${seconds}s`);
  };
  const timer = setInterval(tick, STEP_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (line.shown) io.stderr.write(CLEAR_LINE);
  }
}
