import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandOptions, run, tryRun } from './command.js';
import { Daemon } from './daemon.js';
import { inNamespace } from './namespaces.js';

/** How etcd is started. */
export interface EtcdOptions {
  /** 1 (default) or 3. */
  readonly members?: 1 | 3;
  /** More arguments for every member: `['--auto-compaction-retention=1h']`. */
  readonly args?: readonly string[];
}

interface Member {
  readonly name: string;
  readonly client: string;
  readonly peer: string;
}

/** A real etcd of one or three members in a rig's switch namespace; member N listens on port 2379 + 10 (N - 1). */
export class Etcd {
  readonly #members: readonly Member[];
  readonly #daemons = new Map<number, Daemon>();
  readonly endpoints: readonly string[];

  constructor(
    readonly namespace: string,
    readonly directory: string,
    address: string,
    readonly options: EtcdOptions = {},
  ) {
    this.#members = Array.from({ length: options.members ?? 1 }, (_, index) => ({
      name: `e${index + 1}`,
      client: `http://${address}:${2379 + 10 * index}`,
      peer: `http://${address}:${2380 + 10 * index}`,
    }));
    this.endpoints = this.#members.map((member) => member.client);
  }

  /** Starts every member that does not run, and waits until the cluster answers. */
  async start(): Promise<void> {
    this.#members.forEach((_, index) => this.startMember(index + 1));
    await this.ready();
  }

  /** @param number 1 to the number of members; one that runs is left alone. */
  startMember(number: number): Daemon {
    const running = this.#daemons.get(number);
    if (running?.running === true) return running;
    const directory = join(this.directory, `e${number}`);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const daemon = new Daemon({
      title: `etcd member ${number}`,
      argv: inNamespace(this.namespace, ['etcd', ...this.#arguments(number, directory)]),
      logFile: join(this.directory, `e${number}.log`),
    });
    this.#daemons.set(number, daemon);
    return daemon;
  }

  async ready(timeoutMs = 30_000): Promise<void> {
    const first = this.member(1);
    await first.waitUntil(
      async () => (await this.tryEtcdctl(['endpoint', 'health'])).code === 0,
      timeoutMs,
      20,
    );
  }

  member(number: number): Daemon {
    const daemon = this.#daemons.get(number);
    if (daemon === undefined) throw new RangeError(`etcd member ${number} was never started`);
    return daemon;
  }

  /** SIGTERM to every member, and waits. Data stays, `start()` brings it back. */
  async stop(): Promise<void> {
    await Promise.all([...this.#daemons.values()].map((daemon) => daemon.stop()));
  }

  async kill(): Promise<void> {
    await Promise.all([...this.#daemons.values()].map((daemon) => daemon.kill()));
  }

  /** A signal to every member: SIGSTOP makes a store that accepts connections and never answers, SIGCONT ends that. */
  signal(name: NodeJS.Signals): void {
    for (const daemon of this.#daemons.values()) daemon.signal(name);
  }

  /** Runs etcdctl (v3) against all members and gives its output without the last newline. */
  async etcdctl(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { stdout } = await run(this.#etcdctl(args), {
      ...options,
      env: { ETCDCTL_API: '3', ...options.env },
    });
    return stdout.trimEnd();
  }

  tryEtcdctl(args: readonly string[]): ReturnType<typeof tryRun> {
    return tryRun(this.#etcdctl(args), { env: { ETCDCTL_API: '3' } });
  }

  #etcdctl(args: readonly string[]): string[] {
    return inNamespace(this.namespace, [
      'etcdctl',
      `--endpoints=${this.endpoints.join(',')}`,
      '--dial-timeout=1s',
      ...args,
    ]);
  }

  #arguments(number: number, directory: string): string[] {
    const member = this.#members[number - 1];
    if (member === undefined) throw new RangeError(`etcd has no member ${number}`);
    return [
      `--name=${member.name}`,
      `--data-dir=${directory}`,
      `--listen-client-urls=${member.client}`,
      `--advertise-client-urls=${member.client}`,
      `--listen-peer-urls=${member.peer}`,
      `--initial-advertise-peer-urls=${member.peer}`,
      `--initial-cluster=${this.#members.map(({ name, peer }) => `${name}=${peer}`).join(',')}`,
      '--logger=zap',
      '--log-level=warn',
      ...(this.options.args ?? []),
    ];
  }
}
