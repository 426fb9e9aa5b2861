import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RIGS_DIRECTORY } from './config.js';
import { Daemon } from './daemon.js';
import { inNamespace } from './namespaces.js';

/** Stays as process 1 and reaps what containers leave behind. */
const STAY = 'touch "$1/holder.ready"; while :; do sleep 3600 & wait $!; done';

// The copies of other namespaces' mounts are let go, or they would keep removed namespaces alive.
const OWN_SYSTEM = `set -e
umount -R -l /run/netns 2>/dev/null || :
mount -t proc proc /proc
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/etc.upper,workdir=$1/etc.work" /etc 2>/dev/null || :
mount --bind "$1/run" /run
${STAY}`;

const OTHER_SYSTEM = `set -e
umount -R -l /run/netns 2>/dev/null || :
mount --bind "$2" "$2"
mount --bind "$3" "$2$3"
mount -t overlay overlay -o "lowerdir=$2/etc,upperdir=$1/etc.upper,workdir=$1/etc.work" "$2/etc" 2>/dev/null || :
mount -t proc proc "$2/proc"
mount --rbind /sys "$2/sys"
mount --rbind /dev "$2/dev"
mount -t tmpfs tmpfs "$2/tmp"
mount --bind "$1/run" "$2/run"
cd "$2"
pivot_root . .outside
cd /
umount -l /.outside
${STAY}`;

/**
 * A mount and a PID namespace for one Docker Engine, held by a process of its own: containers survive their dockerd (live
 * restore), and when the holder ends, the kernel ends everything inside and takes the mounts back.
 */
export class Holder {
  readonly #daemon: Daemon;

  /** @param root where another system is unpacked, or undefined for this machine's own programs. */
  constructor(namespace: string, directory: string, root: string | undefined) {
    for (const folder of ['etc.upper', 'etc.work', 'run'])
      mkdirSync(join(directory, folder), { recursive: true });
    rmSync(join(directory, 'holder.ready'), { force: true });
    const script = root === undefined ? OWN_SYSTEM : OTHER_SYSTEM;
    const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
    this.#daemon = new Daemon({
      title: `the namespaces of ${namespace}`,
      argv: inNamespace(namespace, [
        ...unshare,
        'sh',
        '-c',
        script,
        'overlay-testbed',
        directory,
        root ?? '',
        RIGS_DIRECTORY,
      ]),
      logFile: join(directory, 'holder.log'),
      forks: true,
    });
  }

  get running(): boolean {
    return this.#daemon.running;
  }

  async ready(): Promise<void> {
    const marker = join(this.#daemon.spec.logFile, '..', 'holder.ready');
    await this.#daemon.waitUntil(() => Promise.resolve(existsSync(marker)), 10_000, 5);
  }

  /** Process 1 of the PID namespace, as the machine numbers it; `/proc/<pid>/root` is the engine's file system. */
  get pid(): number {
    return this.#daemon.pid;
  }

  async end(): Promise<void> {
    await this.#daemon.kill();
  }
}

/** `argv` inside the mount and PID namespaces of process `pid` and the network namespace. */
export function insideHolder(namespace: string, pid: number, argv: readonly string[]): string[] {
  const ns = `/proc/${pid}/ns`;
  const [nsenter = '', net = ''] = inNamespace(namespace, []);
  return [nsenter, net, `--mount=${ns}/mnt`, `--pid=${ns}/pid`, '--', ...argv];
}
