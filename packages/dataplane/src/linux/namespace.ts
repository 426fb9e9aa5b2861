import { closeSync, openSync } from 'node:fs';
import { checked, libc } from './libc.js';

const CLONE_NEWNET = 0x40000000;

/**
 * Runs `work`, which must be synchronous, with this thread in the network namespace of the file `path` (`/run/netns/NAME`), or
 * as it is without a path. A socket stays in the namespace it was opened in, and /proc/sys/net shows that of the thread.
 * Needs CAP_SYS_ADMIN when a path is given.
 */
export function inNamespace<T>(path: string | undefined, work: () => T): T {
  if (path === undefined) return work();
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    const target = openSync(path, 'r');
    try {
      checked(libc().setns(target, CLONE_NEWNET), `entering the network namespace ${path}`);
    } finally {
      closeSync(target);
    }
    try {
      return work();
    } finally {
      checked(libc().setns(home, CLONE_NEWNET), 'returning to the own network namespace');
    }
  } finally {
    closeSync(home);
  }
}
