import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type CommandOptions, type CommandResult, run } from './command.js';
import { Daemon } from './daemon.js';
import { prepareDocker28 } from './docker28.js';
import { Holder, insideHolder } from './holder.js';
import { importArguments } from './image.js';

/** `20.10`: the machine's own dockerd. `28.5`: the one unpacked by {@link prepareDocker28}. */
export type DockerVersion = '20.10' | '28.5';

/** Where one host's engine lives. */
interface EngineSpec {
  readonly title: string;
  readonly namespace: string;
  readonly directory: string;
  /** The packed image to import once. */
  readonly imageFile: string;
  readonly version: DockerVersion;
}

/** One real dockerd with a data root, socket, configuration file and cgroup of its own, in a host's network namespace. */
export class Engine {
  readonly socket: string;
  readonly configFile: string;
  readonly #cgroup: string;
  #holder: Holder | undefined;
  #daemon: Daemon | undefined;

  constructor(readonly spec: EngineSpec) {
    this.socket = join(spec.directory, 'docker.sock');
    this.configFile = join(spec.directory, 'daemon.json');
    this.#cgroup = `/overlay-testbed-${spec.namespace}`;
    mkdirSync(spec.directory, { recursive: true });
    if (!existsSync(this.configFile)) writeFileSync(this.configFile, '{}\n');
  }

  get running(): boolean {
    return this.#daemon?.running ?? false;
  }

  /** The dockerd process, as the machine numbers it. */
  get pid(): number {
    return this.#daemon?.pid ?? 0;
  }

  /**
   * Starts dockerd and waits until it answers; the image is imported the first time.
   * @throws OverlayError OVL_TESTBED_DAEMON with the end of its log when it does not come up.
   */
  async start(args: readonly string[] = []): Promise<void> {
    const holder = await this.#hold();
    // A killed dockerd leaves its pid file, which blocks the next one.
    rmSync(join(this.spec.directory, 'docker.pid'), { force: true });
    this.#daemon = new Daemon({
      title: `dockerd of ${this.spec.title}`,
      argv: insideHolder(this.spec.namespace, holder.pid, ['dockerd', ...this.#arguments(), ...args]),
      logFile: join(this.spec.directory, 'dockerd.log'),
      forks: true,
    });
    await this.#daemon.waitUntil(() => answers(this.socket));
    if ((await this.docker(['images', '-q', 'overlay-testbed/busybox'])).stdout === '')
      await this.docker(importArguments(this.spec.imageFile));
  }

  /** As `systemctl stop docker`: containers are stopped too, unless live-restore is on. */
  async stop(): Promise<void> {
    await this.#daemon?.stop();
  }

  /** As a crash: containers go on. */
  async kill(): Promise<void> {
    await this.#daemon?.kill();
  }

  signal(name: NodeJS.Signals): void {
    this.#daemon?.signal(name);
  }

  log(): string {
    return this.#daemon?.log() ?? '';
  }

  /** Runs the docker client against this engine. */
  docker(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const env = {
      DOCKER_CONFIG: join(this.spec.directory, 'client'),
      DOCKER_HOST: `unix://${this.socket}`,
      ...options.env,
    };
    return run(['docker', ...args], { ...options, env });
  }

  /** A path as the engine sees it, from outside its mount namespace. */
  pathInside(path: string): string {
    return `/proc/${this.#holder?.pid ?? 0}/root${path}`;
  }

  /** Ends dockerd, its containers and their mounts at once. Files stay until the rig goes. */
  async destroy(): Promise<void> {
    await this.#holder?.end();
    await this.#daemon?.kill();
    removeCgroups(this.#cgroup);
  }

  async #hold(): Promise<Holder> {
    if (this.#holder?.running === true) return this.#holder;
    const root = this.spec.version === '28.5' ? (await prepareDocker28()).root : undefined;
    this.#holder = new Holder(this.spec.namespace, this.spec.directory, root);
    await this.#holder.ready();
    return this.#holder;
  }

  #arguments(): string[] {
    const { directory } = this.spec;
    return [
      `--host=unix://${this.socket}`,
      `--config-file=${this.configFile}`,
      `--data-root=${directory}/data`,
      `--exec-root=${directory}/exec`,
      `--pidfile=${directory}/docker.pid`,
      '--exec-opt=native.cgroupdriver=cgroupfs',
      `--cgroup-parent=${this.#cgroup}`,
    ];
  }
}

/** Whether an engine answers on a unix socket. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/_ping', timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
}

/** Removes the control groups containers leave when their engine is killed: one tree (version 2) or one per controller. */
export function removeCgroups(name: string): void {
  const top = '/sys/fs/cgroup';
  const trees = [top, ...foldersOf(top).map((folder) => join(top, folder))];
  for (const tree of trees) removeFolders(join(tree, name));
}

function removeFolders(folder: string): void {
  if (!existsSync(folder)) return;
  for (const child of foldersOf(folder)) removeFolders(join(folder, child));
  try {
    rmdirSync(folder);
  } catch {
    // A process is still ending in it; the next sweep takes it.
  }
}

function foldersOf(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
