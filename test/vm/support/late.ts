import type { Daemon } from '@overlay/testbed';

/**
 * Something was not there in time. In an emulated machine that may only mean that others had the processors, so a scenario that fails with
 * this alone is tried once more. Everything else that goes wrong is what the test found out, and stays.
 */
export class LateError extends Error {
  override readonly name = 'LateError';
}

/** Whether an error, or what caused it, is that something was late. */
export function isLate(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'LateError' || isLate(error.cause);
}

/** A wait for a process: it was late when it still runs, and has failed when it has ended. */
export async function unlessLate<T>(waiting: Promise<T>, awaited: Pick<Daemon, 'running'>): Promise<T> {
  return waiting.catch((cause: unknown) => {
    throw awaited.running ? new LateError(String(cause), { cause }) : cause;
  });
}
