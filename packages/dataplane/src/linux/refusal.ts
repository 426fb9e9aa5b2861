import { isTunnel } from '../compare.js';
import type { LinkObject } from '../model.js';
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

/** Kernel modules by kind of link, where their names differ. */
const MODULES: Readonly<Record<string, string>> = { gre: 'ip_gre' };

/** A refusal to make or change a link, in words that say what to do where the kernel's do not. */
export function linkRefusal(refusal: Refusal, link: LinkObject): Refusal {
  const { code } = refusal;
  if (code === 'EOPNOTSUPP') {
    const module = MODULES[link.kind] ?? link.kind;
    const message = `this kernel has no ${link.kind} devices: load the module ${module}, or choose another backend`;
    return { code, message: `EOPNOTSUPP: ${link.name}: ${message}` };
  }
  // The kernel says the same of any bad value: of those that are sent, it can only be this.
  if (code === 'EINVAL' && isTunnel(link) && link.encapsulation)
    return {
      code,
      message: `EINVAL: ${link.name}: this kernel has no foo-over-UDP: load the module fou, or choose another backend`,
    };
  return refusal;
}

/** What was thrown by a system call, as a refusal. */
export function refusalOfThrown(error: unknown): Refusal {
  const code = (error as NodeJS.ErrnoException).code ?? 'OVL_DATAPLANE_SYSCALL';
  return { code, message: error instanceof Error ? error.message : String(error) };
}
