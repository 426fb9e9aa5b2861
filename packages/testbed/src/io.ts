import type { Writable } from 'node:stream';
import { OverlayError } from '@overlay/cidr';

/** What a command of the testbed touches of its process. */
export interface Io {
  readonly stdout: Writable & { readonly isTTY?: boolean | undefined };
  readonly stderr: Writable;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Exit codes, the same as everywhere in overlayctl. */
export const EXIT = { done: 0, failed: 1, usage: 2, absent: 3, conflict: 4, interrupted: 130 } as const;

/** Runs a command and gives its exit code. An OverlayError becomes one line on stderr and the code of the table, or 1. */
export async function exitCodeOf(
  work: () => Promise<number>,
  io: Io,
  codes: Readonly<Record<string, number>>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OverlayError)) throw error;
    io.stderr.write(`overlayctl: ${error.code}: ${error.message}\n`);
    return codes[error.code] ?? EXIT.failed;
  }
}
