import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, tryRun } from '../command.js';
import { Daemon } from '../daemon.js';
import { startTime } from '../start-time.js';
import { etcdArguments, type LocalEtcdOptions, unitFile } from './options.js';

/** Who keeps etcd running. `options` are those it was started with. */
export interface Supervisor {
  readonly title: string;
  running(): Promise<boolean>;
  start(program: string, options: LocalEtcdOptions): Promise<void>;
  stop(): Promise<void>;
}

const RUN_DIRECTORY = '/run/overlay-etcd';
const UNIT = 'overlay-etcd.service';
const UNIT_FILE = `/etc/systemd/system/${UNIT}`;
const STOP_TIMEOUT_MS = 10_000;

/** systemd where it runs, else a process of our own. */
export function chooseSupervisor(): Supervisor {
  return existsSync('/run/systemd/system') ? systemd : child;
}

const systemd: Supervisor = {
  title: UNIT,
  running: async () => (await tryRun(['systemctl', 'is-active', '--quiet', UNIT])).code === 0,
  start: async (program, options) => {
    writeFileSync(UNIT_FILE, unitFile(program, options));
    await run(['systemctl', 'daemon-reload']);
    await run(['systemctl', 'enable', '--now', '--quiet', UNIT]);
  },
  stop: async () => {
    await tryRun(['systemctl', 'disable', '--now', '--quiet', UNIT]);
    rmSync(UNIT_FILE, { force: true });
    await run(['systemctl', 'daemon-reload']);
  },
};

/** Starts etcd again when it ends, until it gets SIGTERM itself. */
const LOOP =
  'trap \'kill "$pid"; wait "$pid"; exit 0\' TERM; while :; do "$@" & pid=$!; wait "$pid"; sleep 1; done';

const pidFile = join(RUN_DIRECTORY, 'pid');

const child: Supervisor = {
  title: 'a supervised process',
  running: () => Promise.resolve(supervisorPid() !== undefined),
  start: async (program, options) => {
    mkdirSync(RUN_DIRECTORY, { recursive: true, mode: 0o755 });
    const daemon = new Daemon({
      title: 'etcd',
      argv: ['sh', '-c', LOOP, 'overlay-etcd', program, ...etcdArguments(options)],
      logFile: join(RUN_DIRECTORY, 'log'),
    });
    writeFileSync(pidFile, `${daemon.pid} ${startTime(daemon.pid) ?? ''}\n`);
    await Promise.resolve();
  },
  stop: async () => {
    const pid = supervisorPid();
    if (pid !== undefined) await endProcess(pid);
    rmSync(RUN_DIRECTORY, { recursive: true, force: true });
  },
};

/** The process in the pid file, if it is still that one. */
function supervisorPid(): number | undefined {
  if (!existsSync(pidFile)) return undefined;
  const [pid = '', started] = readFileSync(pidFile, 'utf8').trim().split(' ');
  return startTime(Number(pid)) === started ? Number(pid) : undefined;
}

async function endProcess(pid: number): Promise<void> {
  const started = startTime(pid);
  process.kill(pid, 'SIGTERM');
  const end = performance.now() + STOP_TIMEOUT_MS;
  while (startTime(pid) === started && performance.now() < end) await sleep(20);
  // The supervisor leads a process group of its own, etcd with it.
  if (startTime(pid) === started) process.kill(-pid, 'SIGKILL');
}
