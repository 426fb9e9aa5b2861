import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandOptions, run, tryRun } from './command.js';
import { Daemon } from './daemon.js';
import { inNamespace } from './namespaces.js';

/** Where one member runs. */
interface EtcdPlace {
  readonly namespace: string;
  /** Its IPv4 address there. */
  readonly address: string;
}

/** Files for clients that come by https and have to show a certificate. */
interface EtcdTls {
  /** With the key, read at each handshake. */
  readonly certfile: string;
  readonly keyfile: string;
  /** Who signed the certificates of clients, read when a member starts. */
  readonly cafile: string;
}

/** How etcd is started. */
export interface EtcdOptions {
  /** 1 (default) or 3, all beside each other on the switch. */
  readonly members?: 1 | 3;
  /** A machine for each member instead, so that the network can fail between any two of them: hosts of the rig. */
  readonly on?: readonly EtcdPlace[];
  /** More arguments for every member: `['--auto-compaction-retention=1h']`. */
  readonly args?: readonly string[];
  /** Members listen for https too, one port below. */
  readonly tls?: EtcdTls;
}

interface Member {
  readonly name: string;
  readonly namespace: string;
  readonly client: string;
  readonly secure: string;
  readonly peer: string;
}

function membersOf(beside: EtcdPlace, { members = 1, on }: EtcdOptions): readonly Member[] {
  const places = on ?? Array.from({ length: members }, () => beside);
  return places.map(({ namespace, address }, index) => {
    const port = on === undefined ? 2379 + 10 * index : 2379;
    const [client, peer] = [`http://${address}:${port}`, `http://${address}:${port + 1}`];
    const secure = `https://${address}:${port - 1}`;
    return { name: `e${index + 1}`, namespace, client, secure, peer };
  });
}

/** A real etcd in a rig: in the switch's namespace, where member N listens on port 2379 + 10 (N - 1), or on machines of its own. */
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
    this.#members = membersOf({ namespace, address }, options);
    this.endpoints = this.#members.map((member) => member.client);
  }

  /** Where members speak https, given {@link EtcdOptions.tls}. */
  get secureEndpoints(): readonly string[] {
    return this.#members.map((member) => member.secure);
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
    const member = this.#member(number);
    const directory = this.#folder(member);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const daemon = new Daemon({
      title: `etcd member ${number}`,
      argv: inNamespace(member.namespace, ['etcd', ...this.#arguments(member, directory)]),
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

  /** The number of the member that leads. @throws RangeError when none does. */
  async leader(): Promise<number> {
    const { stdout } = await this.tryEtcdctl(['endpoint', 'status', '--write-out=json']);
    for (const [index, { client }] of this.#members.entries()) {
      const status = stdout.split('{"Endpoint"').find((part) => part.includes(`"${client}"`)) ?? '';
      const [, id] = /"member_id":(\d+)/.exec(status) ?? [];
      if (id !== undefined && status.includes(`"leader":${id},`)) return index + 1;
    }
    throw new RangeError(`No member of etcd leads: ${stdout}`);
  }

  /** The number of the member that listens there. @throws RangeError when none does. */
  memberAt(endpoint: string): number {
    const index = this.endpoints.indexOf(endpoint);
    if (index === -1) throw new RangeError(`etcd has no member at ${endpoint}`);
    return index + 1;
  }

  /**
   * Ends every member and starts it again with what a snapshot (`etcdctl snapshot save`) has: only the revision tells, since cluster id
   * and member ids are the same.
   */
  async restore(snapshot: string): Promise<void> {
    await this.kill();
    for (const member of this.#members) await this.#restoreMember(member, snapshot);
    await this.start();
  }

  async #restoreMember(member: Member, snapshot: string): Promise<void> {
    const directory = this.#folder(member);
    rmSync(directory, { recursive: true, force: true });
    const flags = [`--data-dir=${directory}`, ...this.#identity(member)];
    await run(['etcdctl', 'snapshot', 'restore', snapshot, ...flags], { env: { ETCDCTL_API: '3' } });
  }

  #member(number: number): Member {
    const member = this.#members[number - 1];
    if (member === undefined) throw new RangeError(`etcd has no member ${number}`);
    return member;
  }

  #folder({ name }: Member): string {
    return join(this.directory, name);
  }

  /** What a member and a snapshot that is restored for it have to agree on. */
  #identity({ name, peer }: Member): string[] {
    const cluster = this.#members.map((member) => `${member.name}=${member.peer}`).join(',');
    return [`--name=${name}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=${cluster}`];
  }

  #arguments(member: Member, directory: string): string[] {
    const { tls } = this.options;
    const listensAt = tls === undefined ? member.client : `${member.client},${member.secure}`;
    return [
      ...this.#identity(member),
      `--data-dir=${directory}`,
      `--listen-client-urls=${listensAt}`,
      `--advertise-client-urls=${member.client}`,
      `--listen-peer-urls=${member.peer}`,
      '--logger=zap',
      '--log-level=warn',
      ...(tls === undefined ? [] : tlsArguments(tls)),
      ...(this.options.args ?? []),
    ];
  }
}

const tlsArguments = ({ certfile, keyfile, cafile }: EtcdTls): string[] => [
  `--cert-file=${certfile}`,
  `--key-file=${keyfile}`,
  '--client-cert-auth',
  `--trusted-ca-file=${cafile}`,
];
