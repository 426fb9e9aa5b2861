import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandOptions, type CommandResult, run, tryRun } from './command.js';
import { PROJECT_ROOT, toolPath } from './config.js';
import { type Container, type ContainerSpec, inspectContainer, runContainer } from './container.js';
import { Daemon } from './daemon.js';
import { type DockerVersion, Engine } from './engine.js';
import { inNamespace } from './namespaces.js';
import { Overlayd, type OverlaydOptions } from './overlayd.js';
import { createPod, type Pod, type PodSpec } from './pod.js';
import type { HostPlace } from './topology.js';

/** What a host gets from its rig. */
export interface HostContext {
  /** Its own folder for files. */
  readonly directory: string;
  readonly imageFile: string;
  readonly switchNamespace: string;
  /** The rig's etcd endpoints, at the time of asking. */
  readonly endpoints: () => readonly string[];
}

const FIRST_HEALTH_PORT = 8285;

/** One host: a network namespace with `eth0` on the switch, and what runs in it. */
export class Host {
  readonly #engines = new Map<DockerVersion, Engine>();
  readonly #overlayds = new Map<string, Overlayd>();
  #current: Engine | undefined;

  constructor(
    readonly place: HostPlace,
    readonly context: HostContext,
  ) {
    mkdirSync(context.directory, { recursive: true });
  }

  get name(): string {
    return this.place.name;
  }

  get namespace(): string {
    return this.place.namespace;
  }

  /** Its IPv4 address on eth0. */
  get address(): string {
    return this.place.address;
  }

  /** A command in the host's network namespace that has to succeed. */
  exec(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return run(inNamespace(this.namespace, argv), options);
  }

  /** A command in the host's network namespace that may fail. */
  tryExec(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return tryRun(inNamespace(this.namespace, argv), options);
  }

  /** A long-running process in the host's network namespace, with its output in `<directory>/<title>.log`. */
  spawn(title: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Daemon {
    return new Daemon({
      title: `${title} of ${this.name}`,
      argv: inNamespace(this.namespace, argv),
      logFile: join(this.context.directory, `${title}.log`),
      env,
    });
  }

  /** Starts a dockerd (the machine's own 20.10 unless told otherwise) and waits until it answers. It becomes {@link engine}. */
  async startDockerd(options: { version?: DockerVersion; args?: readonly string[] } = {}): Promise<Engine> {
    const engine = this.engineOf(options.version ?? '20.10');
    this.#current = engine;
    await engine.start(options.args ?? []);
    return engine;
  }

  /** The engine of one version, started or not. */
  engineOf(version: DockerVersion): Engine {
    const known = this.#engines.get(version);
    if (known !== undefined) return known;
    const engine = new Engine({
      title: this.name,
      namespace: this.namespace,
      directory: join(this.context.directory, `docker-${version}`),
      imageFile: this.context.imageFile,
      version,
    });
    this.#engines.set(version, engine);
    return engine;
  }

  /** The engine started last, or the one of the machine's own version. */
  get engine(): Engine {
    return this.#current ?? this.engineOf('20.10');
  }

  docker(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.engine.docker(args, options);
  }

  runContainer(spec: ContainerSpec): Promise<Container> {
    return runContainer(this.engine, spec);
  }

  /** A network namespace on a bridge of this host: a container's network without an engine. */
  createPod(spec: PodSpec): Promise<Pod> {
    return createPod(this.namespace, spec);
  }

  container(name: string): Promise<Container> {
    return inspectContainer(this.engine, name);
  }

  /** The daemon of one instance, started or not. */
  overlayd(options: OverlaydOptions = {}): Overlayd {
    const instance = options.instance ?? 'default';
    const known = this.#overlayds.get(instance);
    if (known !== undefined) return known;
    const directory = join(this.context.directory, `overlayd-${instance}`);
    mkdirSync(directory, { recursive: true });
    const daemon = new Overlayd(
      {
        title: this.name,
        namespace: this.namespace,
        directory,
        endpoints: this.context.endpoints(),
        dockerSocket: this.engine.socket,
        daemonJson: this.engine.configFile,
        healthPort: FIRST_HEALTH_PORT + this.#overlayds.size,
      },
      options,
    );
    this.#overlayds.set(instance, daemon);
    return daemon;
  }

  /** Starts overlayd and waits until it is ready. */
  async startOverlayd(args: readonly string[] = [], options: OverlaydOptions = {}): Promise<Overlayd> {
    const daemon = this.overlayd(options);
    daemon.start(args);
    await daemon.ready();
    return daemon;
  }

  /** Runs overlayctl on this host against the rig's etcd and this host's daemon socket. */
  overlayctl(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return tryRun(inNamespace(this.namespace, this.overlayctlCommand(args)), options);
  }

  /** The command line of overlayctl without the namespace. */
  overlayctlCommand(args: readonly string[]): string[] {
    const main = join(PROJECT_ROOT, 'packages/overlayctl/dist/main.js');
    const socket = this.#overlayds.get('default')?.socket;
    return [
      process.execPath,
      main,
      `--etcd-endpoints=${this.context.endpoints().join(',')}`,
      ...(socket === undefined ? [] : [`--socket=${socket}`]),
      ...args,
    ];
  }

  /** What makes `overlayctl`, `overlayd` and `docker`, typed on this host, mean this host's. */
  toolEnvironment(): Record<string, string> {
    return {
      PATH: toolPath(),
      DOCKER_HOST: `unix://${this.engine.socket}`,
      OVERLAYD_ETCD_ENDPOINTS: this.context.endpoints().join(','),
      OVERLAYD_SOCKET: this.overlayd().socket,
    };
  }

  /** Pulls its network cable out of the switch: no carrier, as when a switch port dies. */
  async unplug(): Promise<void> {
    await this.#port('down');
  }

  async plug(): Promise<void> {
    await this.#port('up');
  }

  /** Ends the host's engines and daemons at once; its namespace stays. */
  async powerOff(): Promise<void> {
    await Promise.all([...this.#overlayds.values()].map((daemon) => daemon.kill()));
    await Promise.all([...this.#engines.values()].map((engine) => engine.destroy()));
  }

  async #port(state: 'up' | 'down'): Promise<void> {
    await run(inNamespace(this.context.switchNamespace, ['ip', 'link', 'set', this.place.port, state]));
  }
}
