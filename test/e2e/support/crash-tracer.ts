import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CHANGING_CALLS, Daemon, type DaemonStep } from '@overlay/testbed';
import { eventually } from './rig';

const ETCD_PORT = 2379;
/** Protocols of netlink, linux/netlink.h. */
const NETLINK_ROUTE = '0';
const NETLINK_NETFILTER = '12';
const NO_GROUPS = '00000000';

/** Rows of a table of /proc/net, without its head. */
function rows(pid: number, table: string): readonly (readonly string[])[] {
  const lines = readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trimEnd().split('\n').slice(1);
  return lines.map((line) => line.trim().split(/\s+/));
}

/** What a netlink socket is for: who is in a group is told of changes. */
function netlinkPurpose(protocol: string, groups: string): string | undefined {
  const listens = groups !== NO_GROUPS;
  if (protocol === NETLINK_ROUTE) return listens ? 'rtnetlink notifications' : 'netlink';
  return protocol === NETLINK_NETFILTER && listens ? 'nftables notifications' : undefined;
}

/** Inode -> what it is for, of every socket in the process's network namespace (proc(5)) that a step can be at. */
function purposes(pid: number): ReadonlyMap<string, string> {
  const netlink = rows(pid, 'netlink').flatMap(
    ([, protocol = '', , groups = '', , , , , , inode = '']): readonly (readonly [string, string])[] => {
      const purpose = netlinkPurpose(protocol, groups);
      return purpose === undefined ? [] : [[inode, purpose]];
    },
  );
  const etcd = ['tcp', 'tcp6'].flatMap((table) =>
    rows(pid, table).flatMap(([, , remote = '', , , , , , , inode = '']) =>
      parseInt(remote.split(':')[1] ?? '', 16) === ETCD_PORT ? [[inode, 'etcd'] as const] : [],
    ),
  );
  return new Map([...netlink, ...etcd]);
}

/**
 * The sockets a process has, `socket:[123]` -> `netlink 1`: numbered by descriptor, which are the same ones in every run. Connections to
 * etcd come in any order, and are one: `etcd`.
 */
export function socketRoles(pid: number): ReadonlyMap<string, string> {
  const known = purposes(pid);
  const counts = new Map<string, number>();
  const descriptors = readdirSync(`/proc/${pid}/fd`).sort((a, b) => Number(a) - Number(b));
  return new Map(
    descriptors.flatMap((fd): readonly (readonly [string, string])[] => {
      const target = targetOf(`/proc/${pid}/fd/${fd}`);
      const purpose = known.get(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '');
      if (purpose === undefined) return [];
      if (purpose === 'etcd') return [[target, purpose]];
      const number = counts.get(purpose) ?? 0;
      counts.set(purpose, number + 1);
      return [[target, `${purpose} ${number}`]];
    }),
  );
}

/** Empty for a descriptor that was closed since it was listed. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

/** One strace, and what it has seen. */
export interface Tracer {
  log(): string;
  /** Lets go of the process, and waits until all of the log is written. */
  end(): Promise<void>;
}

/** Where strace writes: a file for each trace. */
export interface TraceFiles {
  readonly folder: string;
  readonly number: number;
}

const logOf = ({ folder, number }: TraceFiles): string => join(folder, `trace-${number}.log`);
const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function isTraced(pid: number, all: boolean): boolean {
  const threads = all ? readdirSync(`/proc/${pid}/task`) : [String(pid)];
  return threads.every((thread) =>
    /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')),
  );
}

async function attach(pid: number, flags: readonly string[], files: TraceFiles): Promise<Tracer> {
  const argv = ['strace', '-o', logOf(files), ...flags, '-p', String(pid)];
  const daemon = new Daemon({ title: 'strace', argv, logFile: join(files.folder, 'strace.log') });
  const all = flags.includes('-f');
  await daemon.waitUntil(() => Promise.resolve(isTraced(pid, all)), 5000, 2);
  const end = async (): Promise<void> => {
    await daemon.stop();
  };
  return { log: () => read(logOf(files)), end };
}

/** `-y` names descriptors, `-x` has messages to the kernel in hexadecimal. */
const READABLE = ['-y', '-x'];
const EVERYTHING = ['-f', ...READABLE, '-e', `trace=${CHANGING_CALLS}`];

/** Follows all that a running process does. */
export const watchAll = (pid: number, files: TraceFiles): Promise<Tracer> => attach(pid, EVERYTHING, files);

/** What is counted anywhere is looked at afterwards: was it that socket? `-yy` tells what they are for. */
const faultFlags = ({ call, nth, place }: DaemonStep, fault: string): readonly string[] => [
  ...(place.kind === 'process' ? ['-yy', '-x'] : READABLE),
  ...['-e', `trace=${call}`],
  ...['-e', `inject=${call}:${fault}:when=${nth}`],
];

function placeFlags({ place }: DaemonStep, pid: number): readonly string[] {
  if (place.kind === 'process') return [];
  if (place.kind === 'file') return ['-f', '-P', place.path.replace('@', String(pid))];
  const sockets = [...socketRoles(pid)].flatMap(([socket, role]) => (role === place.role ? [socket] : []));
  if (sockets.length === 0) throw new Error(`process ${pid} has no socket ${place.role}`);
  return sockets.flatMap((socket) => ['-P', socket]);
}

/** From now on the process meets the fault (`signal=SIGKILL`, `error=EIO`) when it comes to the step. */
export const disturb = (pid: number, step: DaemonStep, fault: string, files: TraceFiles): Promise<Tracer> =>
  attach(pid, [...faultFlags(step, fault), ...placeFlags(step, pid)], files);

/** Id of the strace that follows a process, 0 for none. */
function tracerOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^TracerPid:\t(\d+)/m.exec(status)?.[1] ?? 0);
}

/** A fault that only stops the process. */
export const STOP = 'signal=SIGSTOP';

/** Of a process that a strace has stopped: that one lets go of it, and from here on it meets the fault at the step. */
export async function disturbStopped(
  { pid }: Daemon,
  step: DaemonStep,
  fault: string,
  files: TraceFiles,
): Promise<Tracer> {
  process.kill(tracerOf(pid), 'SIGTERM');
  await eventually('strace has let go', () => Promise.resolve(tracerOf(pid) === 0));
  const tracer = await disturb(pid, step, fault, files);
  process.kill(pid, 'SIGCONT');
  return tracer;
}

/** What is started, and where its output goes. */
export interface Program {
  readonly command: readonly string[];
  readonly logFile: string;
  readonly env: Readonly<Record<string, string>>;
}

/** `$$` is the process id that the program will have, as strace -D is beside it and not its parent. */
const BESIDE = `path=$1; shift
exec strace -D \${path:+-P "$(printf %s "$path" | sed "s/@/$$/")"} "$@"`;

/** A program under strace from its first call on. */
function startBeside(
  { command, logFile, env }: Program,
  path: string,
  flags: readonly string[],
  files: TraceFiles,
): readonly [Daemon, Tracer] {
  const log = logOf(files);
  const program = command.indexOf(process.execPath);
  const traced = ['sh', '-c', BESIDE, 'sh', path, '-o', log, ...flags, ...command.slice(program)];
  const argv = [...command.slice(0, program), ...traced];
  const daemon = new Daemon({ title: 'traced', argv, logFile, env });
  const isWhole = (): boolean => /\+\+\+ (?:killed|exited)[^\n]*\n$/.test(read(log));
  const end = async (): Promise<void> => {
    await daemon.kill();
    await eventually('the end of the trace', () => Promise.resolve(isWhole()), 5000);
  };
  return [daemon, { log: () => read(log), end }];
}

/**
 * As {@link startDisturbed}, with a strace that can let go of the program again: one that has started a program ends it instead.
 */
export async function startStopped(
  { command, logFile, env }: Program,
  step: DaemonStep,
  fault: string,
  files: TraceFiles,
): Promise<readonly [Daemon, Tracer]> {
  const program = command.indexOf(process.execPath);
  const waiting = ['sh', '-c', 'kill -STOP $$; exec "$@"', 'sh', ...command.slice(program)];
  const argv = [...command.slice(0, program), ...waiting];
  const daemon = new Daemon({ title: 'traced', argv, logFile, env });
  const { pid } = daemon;
  const hasStopped = (): boolean => /^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  await eventually('the program waits', () => Promise.resolve(hasStopped()));
  const tracer = await disturb(pid, step, fault, files);
  daemon.signal('SIGCONT');
  return [daemon, tracer];
}

/** Starts a program and follows all that it does; netlink sockets are called so, as what is to come is not known yet. */
export const startWatched = (program: Program, files: TraceFiles): readonly [Daemon, Tracer] =>
  startBeside(program, '', ['-yy', ...EVERYTHING.filter((flag) => flag !== '-y')], files);

/** Starts a program that meets the fault when it comes to the step. */
export function startDisturbed(
  program: Program,
  step: DaemonStep,
  fault: string,
  files: TraceFiles,
): readonly [Daemon, Tracer] {
  const { place } = step;
  const path = place.kind === 'file' ? place.path : '';
  return startBeside(program, path, [...(path === '' ? [] : ['-f']), ...faultFlags(step, fault)], files);
}
