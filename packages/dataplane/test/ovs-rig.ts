import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinKernel, type Kernel } from '../src/index.js';
import { openKernel, openOvsPart } from '../src/linux/index.js';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
let count = 0;

/** A network namespace with an Open vSwitch of its own (user-space datapath) and a kernel with that part. */
export interface OvsRig {
  readonly name: string;
  readonly folder: string;
  readonly socketPath: string;
  readonly kernel: Kernel;
  /** Runs a command in the namespace and returns what it prints. */
  run(command: string): string;
  /** `ovs-vsctl`. */
  ctl(command: string): string;
  /** `ovs-appctl`, of ovs-vswitchd. */
  appctl(command: string): string;
  startDatabase(): Promise<void>;
  stopDatabase(): Promise<void>;
  startSwitch(): Promise<void>;
  stopSwitch(): Promise<void>;
  close(): Promise<void>;
}

/** A process of the rig, told apart from others by being its own. */
class Daemon {
  private child: ChildProcess | undefined;

  constructor(
    private readonly argv: readonly string[],
    private readonly ready: string,
  ) {}

  async start(): Promise<void> {
    const [file = '', ...args] = this.argv;
    this.child = spawn(file, args, { stdio: 'ignore' });
    for (let i = 0; i < 500 && !existsSync(this.ready); i++) await new Promise((r) => setTimeout(r, 10));
    if (!existsSync(this.ready)) throw new Error(`${this.argv.join(' ')} did not start`);
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
    rmSync(this.ready, { force: true });
  }
}

/** Starts it all; `close` ends and removes it. Without `running`, neither daemon is started. */
export async function openOvsRig({ running = true } = {}): Promise<OvsRig> {
  const name = `ovp-${process.pid}-${++count}`;
  const folder = mkdtempSync(join(tmpdir(), 'ovp-'));
  const socketPath = join(folder, 'db.sock');
  execFileSync('ip', ['netns', 'add', name]);
  const run = (command: string) =>
    execFileSync('ip', ['netns', 'exec', name, 'sh', '-ec', command], { encoding: 'utf8', stdio: 'pipe' });
  const ctl = (command: string) => run(`ovs-vsctl --timeout=20 --db=unix:${socketPath} ${command}`);
  const database = new Daemon(databaseArgv(folder, socketPath), join(folder, 'ovsdb-server.pid'));
  const vswitchd = new Daemon(switchArgv(name, folder, socketPath), join(folder, 'ovs-vswitchd.pid'));
  const part = openOvsPart({ socketPath, netns: `/run/netns/${name}` });
  const base = openKernel({ netns: `/run/netns/${name}` });
  const close = async () => {
    await part.close?.();
    base.close();
    await vswitchd.stop();
    await database.stop();
    execFileSync('ip', ['netns', 'delete', name]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    run('ip link set lo up');
    execFileSync('ovsdb-tool', ['create', join(folder, 'conf.db'), SCHEMA]);
    if (running) {
      await database.start();
      ctl('--no-wait init');
      await vswitchd.start();
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name,
    folder,
    socketPath,
    kernel: joinKernel(base, [part]),
    run,
    ctl,
    appctl: (command) =>
      run(`ovs-appctl -t ${folder}/ovs-vswitchd.$(cat ${folder}/ovs-vswitchd.pid).ctl ${command}`),
    startDatabase: () => database.start(),
    stopDatabase: () => database.stop(),
    startSwitch: () => vswitchd.start(),
    stopSwitch: () => vswitchd.stop(),
    close,
  };
}

const databaseArgv = (folder: string, socketPath: string): readonly string[] => [
  'ovsdb-server',
  join(folder, 'conf.db'),
  `--remote=punix:${socketPath}`,
  `--unixctl=${folder}/ovsdb.ctl`,
  `--pidfile=${folder}/ovsdb-server.pid`,
  `--log-file=${folder}/ovsdb.log`,
  '-vconsole:off',
];

/** `env` sets the folder of the control socket; ip execs it, so that the process is the one that is stopped. */
const switchArgv = (name: string, folder: string, socketPath: string): readonly string[] => [
  'ip',
  'netns',
  'exec',
  name,
  'env',
  `OVS_RUNDIR=${folder}`,
  'ovs-vswitchd',
  `unix:${socketPath}`,
  `--pidfile=${folder}/ovs-vswitchd.pid`,
  `--log-file=${folder}/vswitchd.log`,
  '-vconsole:off',
];
