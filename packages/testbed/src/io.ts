import type { Writable } from 'node:stream';

/** What a command of the testbed touches of its process. */
export interface Io {
  readonly stdout: Writable & { readonly isTTY?: boolean | undefined };
  readonly stderr: Writable;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Exit codes, the same as everywhere in overlayctl. */
export const EXIT = { done: 0, failed: 1, usage: 2, absent: 3, conflict: 4, interrupted: 130 } as const;
