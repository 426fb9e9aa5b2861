import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readFile, rm, symlink, copyFile, writeFile, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A real dockerd in a network namespace of its own, with all its files under one temporary directory. */
export class DockerdHost {
  private dockerd: ChildProcess | undefined;

  private constructor(
    readonly directory: string,
    private readonly namespace: string,
  ) {}

  /** Makes the namespace and the directory; starts nothing. */
  static async create(name: string): Promise<DockerdHost> {
    const namespace = `dkt-${name}-${process.pid}`;
    await run('ip', ['netns', 'add', namespace]);
    await run('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
    const host = new DockerdHost(await mkdtemp(join(tmpdir(), `dkt-${name}-`)), namespace);
    await writeFile(host.daemonJson, '{}\n');
    return host;
  }

  get socket(): string {
    return join(this.directory, 'docker.sock');
  }

  get daemonJson(): string {
    return join(this.directory, 'daemon.json');
  }

  get pidFile(): string {
    return join(this.directory, 'pid');
  }

  /** Starts dockerd and waits until its API answers. */
  async start(...flags: string[]): Promise<void> {
    const paths = ['--data-root', 'data', '--exec-root', 'exec'].map((part) =>
      part.startsWith('--') ? part : join(this.directory, part),
    );
    const own = ['-p', this.pidFile, '-H', `unix://${this.socket}`, '--config-file', this.daemonJson];
    const log = await open(join(this.directory, 'log'), 'a');
    this.dockerd = spawn(
      'nsenter',
      [
        `--net=/run/netns/${this.namespace}`,
        'dockerd',
        ...paths,
        ...own,
        '--storage-driver',
        'vfs',
        ...flags,
      ],
      { stdio: ['ignore', log.fd, log.fd] },
    );
    await log.close();
    for (let attempt = 0; attempt < 200 && this.dockerd.exitCode === null; attempt++) {
      if (
        await this.docker('version').then(
          () => true,
          () => false,
        )
      )
        return;
      await sleep(100);
    }
    const lines = (await readFile(join(this.directory, 'log'), 'utf8')).split('\n');
    throw new Error(`dockerd did not start:\n${lines.slice(-10).join('\n')}`);
  }

  /** Ends dockerd; SIGKILL also ends its containerd, as `systemctl kill` would. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const dockerd = this.dockerd;
    this.dockerd = undefined;
    if (dockerd?.exitCode !== null) return;
    const exit = once(dockerd, 'exit');
    dockerd.kill('SIGCONT');
    dockerd.kill(signal);
    await exit;
    if (signal === 'SIGKILL') await this.killContainerd();
  }

  freeze(): void {
    this.dockerd?.kill('SIGSTOP');
  }

  thaw(): void {
    this.dockerd?.kill('SIGCONT');
  }

  /** Runs the docker client; its output without the last newline. */
  async docker(...args: string[]): Promise<string> {
    const { stdout } = await run('docker', ['-H', `unix://${this.socket}`, ...args], { timeout: 30_000 });
    return stdout.trim();
  }

  /** Runs a program in the namespace of the host. */
  async exec(program: string, ...args: string[]): Promise<string> {
    const { stdout } = await run('nsenter', [`--net=/run/netns/${this.namespace}`, program, ...args]);
    return stdout.trim();
  }

  /** An image with nothing but busybox, imported as `dkt/box`. */
  async importBox(): Promise<void> {
    const image = join(this.directory, 'image');
    await mkdir(join(image, 'bin'), { recursive: true });
    await copyFile('/bin/busybox', join(image, 'bin/busybox'));
    for (const applet of ['sh', 'sleep', 'ip']) await symlink('busybox', join(image, 'bin', applet));
    const archive = join(this.directory, 'image.tar');
    await run('tar', ['-C', image, '-cf', archive, '.']);
    await this.docker('import', archive, 'dkt/box');
  }

  /** Starts a container that sleeps. */
  async box(name: string, ...flags: string[]): Promise<void> {
    await this.docker('run', '-d', '--name', name, ...flags, 'dkt/box', '/bin/sleep', '1000');
  }

  /** Removes every container. */
  async removeBoxes(): Promise<void> {
    const ids = await this.docker('ps', '-aq');
    if (ids !== '') await this.docker('rm', '-f', ...ids.split('\n'));
  }

  /** Ends what runs and removes the namespace and the files, also when a test failed half-way. */
  async destroy(): Promise<void> {
    if (this.dockerd) await this.removeBoxes().catch(() => undefined);
    await this.stop();
    const mounts = (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '');
    for (const mount of mounts.filter((path) => path.startsWith(`${this.directory}/`)).reverse()) {
      await run('umount', ['-l', mount]).catch(() => undefined);
    }
    await run('ip', ['netns', 'del', this.namespace]).catch(() => undefined);
    await rm(this.directory, { recursive: true, force: true });
  }

  private async killContainerd(): Promise<void> {
    const path = join(this.directory, 'exec/containerd/containerd.pid');
    process.kill(Number(await readFile(path, 'utf8')), 'SIGKILL');
    // Where nobody reaps it, its number stays taken and the next dockerd would wait for it.
    await rm(path);
  }
}
