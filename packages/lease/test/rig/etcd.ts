import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect, freePort, kill, run, until } from './processes.js';

export interface EtcdSettings {
  /** Further flags of etcd. */
  readonly flags?: readonly string[];
  /** Flags for etcdctl, to reach a member that wants TLS. */
  readonly ctlFlags?: readonly string[];
  readonly scheme?: 'http' | 'https';
}

/** One etcd of the machine on a loopback port, with a temporary data directory. */
export class Etcd {
  private child: ChildProcess | undefined;
  private output: () => string = () => '';
  private dataDir: string;

  private constructor(
    private readonly directory: string,
    readonly port: number,
    private readonly peerPort: number,
    private readonly cluster: string,
    private readonly settings: EtcdSettings,
  ) {
    this.dataDir = join(directory, 'data');
  }

  static async start(settings: EtcdSettings = {}): Promise<Etcd> {
    const [port, peerPort] = [await freePort(), await freePort()];
    const cluster = `n${port}=http://127.0.0.1:${peerPort}`;
    const etcd = new Etcd(temporaryDirectory(), port, peerPort, cluster, settings);
    await etcd.up();
    return etcd;
  }

  /** Starts a cluster of `size` members. */
  static async startCluster(size: number): Promise<Etcd[]> {
    const peers = await Promise.all(Array.from({ length: size }, freePort));
    const ports = await Promise.all(Array.from({ length: size }, freePort));
    const cluster = peers.map((port, index) => `n${ports[index]!}=http://127.0.0.1:${port}`).join(',');
    const members = peers.map(
      (peer, index) => new Etcd(temporaryDirectory(), ports[index]!, peer, cluster, {}),
    );
    await Promise.all(members.map((member) => member.up()));
    return members;
  }

  private get name(): string {
    return `n${this.port}`;
  }

  get url(): string {
    return `${this.settings.scheme ?? 'http'}://127.0.0.1:${this.port}`;
  }

  /** Starts the process (again) and waits until it answers. */
  async up(): Promise<void> {
    const child = spawn('etcd', this.flags(), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.output = collect(child);
    await until(`etcd on port ${this.port} answers`, async () => {
      if (child.exitCode !== null) throw new Error(`etcd ended: ${this.output()}`);
      return this.ctl('endpoint', 'health').then(
        () => true,
        // With authentication on, this refusal is its answer.
        (error: unknown) => String(error).includes('user name is empty'),
      );
    });
  }

  async kill(): Promise<void> {
    if (this.child) await kill(this.child);
  }

  /** Stops it at once without closing anything, as a hung machine does; `thaw` goes on. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** Runs etcdctl against this member. */
  ctl(...args: string[]): Promise<string> {
    const flags = ['--endpoints', this.url, '--command-timeout', '5s', ...(this.settings.ctlFlags ?? [])];
    return run('etcdctl', [...flags, ...args], { ETCDCTL_API: '3' });
  }

  /** Replaces its data by a snapshot taken earlier, with the same cluster token: nothing but the revision tells. */
  async restore(snapshot: string): Promise<void> {
    await this.kill();
    this.dataDir = join(this.directory, `restored-${Date.now()}`);
    await run(
      'etcdctl',
      [
        ...['snapshot', 'restore', snapshot, '--data-dir', this.dataDir, '--name', this.name],
        ...[
          '--initial-cluster',
          this.cluster,
          '--initial-advertise-peer-urls',
          `http://127.0.0.1:${this.peerPort}`,
        ],
        ...['--initial-cluster-token', 'overlay-lease-test'],
      ],
      { ETCDCTL_API: '3' },
    );
    await this.up();
  }

  /** A path for a file that goes with this etcd. */
  file(name: string): string {
    return join(this.directory, name);
  }

  /** Ends it and removes its data. */
  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private flags(): string[] {
    const peerUrl = `http://127.0.0.1:${this.peerPort}`;
    return [
      ...['--name', this.name, '--data-dir', this.dataDir, '--unsafe-no-fsync'],
      ...['--listen-client-urls', this.url, '--advertise-client-urls', this.url],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ...['--initial-cluster', this.cluster, '--initial-cluster-token', 'overlay-lease-test'],
      ...(this.settings.flags ?? []),
    ];
  }
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'overlay-lease-etcd-'));
}
