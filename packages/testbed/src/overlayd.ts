import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandOptions, type CommandResult, tryRun } from './command.js';
import { overlaydMain } from './config.js';
import { Daemon } from './daemon.js';
import { inNamespace } from './namespaces.js';

/** Which daemon, and where it finds the store and the engine. */
export interface OverlaydOptions {
  /** `default` when left out; every instance has directories and a health port of its own. */
  readonly instance?: string;
  /** Prefix in etcd; the daemon's default when left out. */
  readonly prefix?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Replaces the rig's own etcd endpoints. */
  readonly endpoints?: readonly string[];
  /** A folder of the machine that this daemon, and what it starts, sees as one of its own, as on a host of its own. */
  readonly ownFolder?: string;
}

/** Where one daemon of one host lives. */
export interface OverlaydPlace {
  readonly title: string;
  readonly namespace: string;
  readonly directory: string;
  readonly endpoints: readonly string[];
  readonly dockerSocket: string;
  readonly daemonJson: string;
  readonly healthPort: number;
}

/** One overlayd in a host's network namespace, with directories of its own. */
export class Overlayd {
  readonly subnetFile: string;
  readonly stateDirectory: string;
  readonly runDirectory: string;
  readonly socket: string;
  #daemon: Daemon | undefined;
  #args: readonly string[] = [];

  constructor(
    readonly place: OverlaydPlace,
    readonly options: OverlaydOptions = {},
  ) {
    this.subnetFile = join(place.directory, 'subnet.env');
    this.stateDirectory = join(place.directory, 'state');
    this.runDirectory = join(place.directory, 'run');
    this.socket = join(this.runDirectory, 'overlayd.sock');
  }

  get process(): Daemon {
    if (this.#daemon === undefined) throw new RangeError(`overlayd of ${this.place.title} was never started`);
    return this.#daemon;
  }

  get running(): boolean {
    return this.#daemon?.running ?? false;
  }

  /** Starts it and does not wait; `args` are kept for {@link restart}. */
  start(args: readonly string[] = []): void {
    mkdirSync(this.stateDirectory, { recursive: true });
    mkdirSync(this.runDirectory, { recursive: true });
    this.#args = args;
    this.#daemon = new Daemon({
      title: `overlayd of ${this.place.title}`,
      argv: this.commandLine(args),
      logFile: join(this.place.directory, 'overlayd.log'),
      ...(this.options.env === undefined ? {} : { env: this.options.env }),
    });
  }

  /** The whole command line, for `--dry-run`, `--cleanup` and strace. */
  commandLine(args: readonly string[]): string[] {
    const main = overlaydMain();
    const { title, namespace } = this.place;
    const own = [process.execPath, main, ...this.#flags(), ...args];
    // A host name of its own, so that the hosts can be told apart in the lease table; nothing forks.
    const named = ['unshare', '--uts', '--', 'sh', '-c', 'busybox hostname "$0" && exec "$@"', title];
    return inNamespace(namespace, this.inOwnFolder([...named, ...own]));
  }

  /** The command, where {@link OverlaydOptions.ownFolder} is this daemon's. */
  inOwnFolder(argv: readonly string[]): string[] {
    const { ownFolder } = this.options;
    if (ownFolder === undefined) return [...argv];
    const folder = join(this.place.directory, 'own-folder');
    mkdirSync(folder, { recursive: true });
    mkdirSync(ownFolder, { recursive: true });
    // Mounts made and undone elsewhere (network namespaces) are still followed.
    const mounted = ['unshare', '--mount', '--propagation', 'slave', '--', 'sh', '-c'];
    return [...mounted, `mount --bind ${folder} ${ownFolder} && exec "$@"`, 'own-folder', ...argv];
  }

  /** Runs it to its end: `--cleanup`, `--dry-run`, `--version`, and starts that have to fail. */
  runOnce(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    mkdirSync(this.place.directory, { recursive: true });
    return tryRun(this.commandLine(args), options);
  }

  /** Waits until `/readyz` says 200: it has a lease, and kernel and Docker are as they should be. */
  async ready(timeoutMs = 30_000): Promise<void> {
    await this.process.waitUntil(async () => (await this.health('readyz')).code === 0, timeoutMs, 40);
  }

  /** Asks `/readyz`, `/healthz` or `/metrics`; the code is 0 when the answer was 200. */
  health(path: string): Promise<CommandResult> {
    const url = `http://127.0.0.1:${this.place.healthPort}/${path}`;
    const argv = inNamespace(this.place.namespace, ['busybox', 'wget', '-q', '-O', '-', url]);
    return tryRun(argv, { timeoutMs: 2000 });
  }

  /** Stops it and starts it again with the same arguments. */
  async restart(): Promise<void> {
    await this.stop();
    this.start(this.#args);
    await this.ready();
  }

  /** Gives its exit code. The data plane stays. */
  async stop(): Promise<number | undefined> {
    return this.#daemon?.stop();
  }

  async kill(): Promise<void> {
    await this.#daemon?.kill();
  }

  log(): string {
    return this.#daemon?.log() ?? '';
  }

  #flags(): string[] {
    const { place, options } = this;
    return [
      `--subnet-file=${this.subnetFile}`,
      `--state-dir=${this.stateDirectory}`,
      `--run-dir=${this.runDirectory}`,
      `--etcd-endpoints=${(options.endpoints ?? place.endpoints).join(',')}`,
      `--docker-socket=${place.dockerSocket}`,
      `--daemon-json=${place.daemonJson}`,
      '--healthz-ip=127.0.0.1',
      `--healthz-port=${place.healthPort}`,
      ...(options.prefix === undefined ? [] : [`--etcd-prefix=${options.prefix}`]),
      ...(options.instance === undefined ? [] : [`--instance=${options.instance}`]),
    ];
  }
}
