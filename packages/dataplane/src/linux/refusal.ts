import { errnoName } from './libc.js';
import type { Acknowledgement } from './netlink/error-codec.js';

/** Why a change was not made: an errno name and words for a person. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export function refusalOf({ errno, message }: Acknowledgement): Refusal {
  const code = errnoName(errno);
  return { code, message: message === '' ? code : `${code}: ${message}` };
}

/** What was thrown by a system call, as a refusal. */
export function refusalOfThrown(error: unknown): Refusal {
  const code = (error as NodeJS.ErrnoException).code ?? 'OVL_DATAPLANE_SYSCALL';
  return { code, message: error instanceof Error ? error.message : String(error) };
}
