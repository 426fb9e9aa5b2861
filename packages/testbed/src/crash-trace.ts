/** System calls that change a file, tell another process or the kernel something, or start a program. `?`: not on every architecture. */
const CHANGING = [
  'openat',
  'write',
  'pwrite64',
  'writev',
  'sendmsg',
  'sendto',
  'fsync',
  'fdatasync',
  '?rename',
  'renameat',
  'renameat2',
  '?unlink',
  'unlinkat',
  '?rmdir',
  '?mkdir',
  'mkdirat',
  '?chmod',
  'fchmod',
  'fchmodat',
  'fchown',
  'ftruncate',
  'clone',
  'clone3',
  '?fork',
  '?vfork',
];
/** For strace's `-e trace=`. */
export const CHANGING_CALLS = CHANGING.join(',');

/** One line of a log of strace: the start of one system call. */
interface TracedCall {
  /** Empty in the log of a single thread. */
  readonly thread: string;
  readonly call: string;
  /** Its arguments and result, as strace prints them. */
  readonly text: string;
}

/**
 * Where a step of a daemon takes place, so that strace can be told to count only what happens there (`-P`): counted over everything, the
 * order of what has nothing to do with each other would make each number mean something else in every run.
 */
type StepPlace =
  /** `@` in the path stands for the daemon's process id. */
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'socket'; readonly role: string }
  /** Anywhere, in the first thread. */
  | { readonly kind: 'process' };

/** A system call of a daemon at which it can be disturbed: the `nth` of its name by one thread at its place. */
export interface DaemonStep {
  readonly call: string;
  readonly nth: number;
  readonly place: StepPlace;
  /** For people: `3. write netlink 1 NEWROUTE`. */
  readonly what: string;
  /** A question to rtnetlink, which changes nothing. */
  readonly asks?: true;
  /** Of what a child is told: the call that starts it, and which write it is from there on. */
  readonly starter?: Starter;
}

type Starter = Pick<DaemonStep, 'call' | 'nth'> & { readonly after: number };

/** What of a traced daemon counts. */
interface TraceView {
  readonly pid: number;
  /** Whether a change of this file, or in this folder, counts. */
  readonly isOwn: (path: string) => boolean;
  /** What sockets are for, by the name strace gives them: `socket:[123]`, `netlink 1`. */
  readonly sockets: ReadonlyMap<string, string>;
}

/** The system calls of a log, in its order. Results that come later, signals and exits are left out. */
export function tracedCalls(log: string): readonly TracedCall[] {
  return log.split('\n').flatMap((line) => {
    const [, thread = '', call = '', text = ''] = /^(?:(\d+) +)?(\w+)\((.*)$/.exec(line) ?? [];
    return call === '' ? [] : [{ thread, call, text }];
  });
}

const STARTS_PROCESS = new Set(['clone', 'clone3', 'fork', 'vfork']);
/** Input of iptables-restore, which begins with the name of a table, down a socket as `-y` or `-yy` names it. */
const RULES = /^\d+<(?:socket|UNIX(?:-STREAM)?):\[[^\]]*\]>, (?:\[\{iov_base=)?"\*/;
/** A flag with which opening a file changes it or is about to. */
const OPENS_TO_WRITE = /O_(?:CREAT|TRUNC|WRONLY|RDWR)/;
/** A call that changed nothing: a folder to be made is there already. */
const FAILED = / = -1 E\w+ \([^)]*\)$/;
/** As strace marks a call that it let fail. */
export const INJECTED = '(INJECTED)';
const DESCRIPTOR = /^\d+<([^>]*)>/;

/** Those that a call is given by name, or the one of its descriptor. What is written may look like a path, and is none. */
function pathsOf({ text }: TracedCall, { isOwn }: TraceView): readonly string[] {
  const descriptor = DESCRIPTOR.exec(text)?.[1];
  const named = [...text.matchAll(/"(\/[^"]*)"/g)].map(([, path = '']) => path);
  const paths = descriptor === undefined ? named : [descriptor];
  return paths.filter(isOwn);
}

const RTM = new Map(
  ['LINK', 'ADDR', 'ROUTE', 'NEIGH', 'RULE'].flatMap((name, index) =>
    ['NEW', 'DEL', 'GET'].map((verb, offset) => [16 + 4 * index + offset, verb + name] as const),
  ),
);

/** What a message to rtnetlink asks for (`nlmsg_type` of its first header, linux/netlink.h). */
function netlinkRequest(text: string): string | undefined {
  const [, low = '', high = ''] = /"(?:\\x\w\w){4}\\x(\w\w)\\x(\w\w)/.exec(text) ?? [];
  return RTM.get(parseInt(high + low, 16));
}

/** What a call at a socket does there. */
function socketRequest(role: string, { call, text }: TracedCall): string | undefined {
  return role.startsWith('netlink') ? netlinkRequest(text) : call;
}

function descriptorRole({ text }: TracedCall, { sockets }: TraceView): string | undefined {
  const descriptor = DESCRIPTOR.exec(text)?.[1];
  if (descriptor === undefined) return undefined;
  return sockets.get(descriptor) ?? (descriptor.startsWith('NETLINK:[ROUTE') ? 'netlink' : undefined);
}

interface Found {
  readonly place: StepPlace;
  readonly what: string;
  readonly asks?: true;
}

function socketStep(call: TracedCall, role: string, view: TraceView): Found | undefined {
  const request = socketRequest(role, call);
  if (request === undefined || call.thread !== String(view.pid)) return undefined;
  const known = view.sockets.has(DESCRIPTOR.exec(call.text)?.[1] ?? '');
  return {
    place: known ? { kind: 'socket', role } : { kind: 'process' },
    what: `${role} ${request}`,
    ...(request.startsWith('GET') ? { asks: true } : {}),
  };
}

const CHILD = 'a child';
const CHILD_RULES = 'rules for a child';

/** What a call does to a child; a thread is none. */
function childStep({ call, text }: TracedCall): string | undefined {
  if (STARTS_PROCESS.has(call)) return text.includes('CLONE_THREAD') ? undefined : CHILD;
  return RULES.test(text) ? CHILD_RULES : undefined;
}

function stepAt(call: TracedCall, view: TraceView): Found | undefined {
  const role = descriptorRole(call, view);
  if (role !== undefined) return socketStep(call, role, view);
  const child = childStep(call);
  if (child !== undefined)
    return call.thread === String(view.pid) ? { place: { kind: 'process' }, what: child } : undefined;
  const [path] = pathsOf(call, view);
  if (path === undefined || FAILED.test(call.text)) return undefined;
  if (call.call === 'openat' && !OPENS_TO_WRITE.test(call.text)) return undefined;
  return { place: { kind: 'file', path }, what: path };
}

/** Under what a call is counted: strace counts it at each place it touches. */
function countedAt(call: TracedCall, view: TraceView): readonly string[] {
  const role = descriptorRole(call, view);
  return ['process', ...(role === undefined ? pathsOf(call, view) : [role])];
}

const keyOf = (place: StepPlace): string => {
  if (place.kind === 'process') return 'process';
  return place.kind === 'file' ? place.path : place.role;
};

/** Of files and folders that carry it in their names: `daemon.json.overlay-tmp-123-1`, `.s123.1`. */
const withoutPid = (text: string, pid: number): string =>
  text.replaceAll(new RegExp(`(?<=-tmp-|/\\.s)${pid}(?=[-.])`, 'g'), '@');

const starterOf = (
  { call, nth, writes }: Pick<DaemonStep, 'call' | 'nth'> & { readonly writes: number },
  now: number,
): Starter => ({ call, nth, after: now - writes });

/**
 * Every step in the log of a whole daemon (`strace -f -y -x`), in its order: changes of its files, messages to rtnetlink or to a socket of
 * `view`, and children it starts.
 */
export function daemonSteps(log: string, view: TraceView): readonly DaemonStep[] {
  const counts = new Map<string, number>();
  let started: (Pick<DaemonStep, 'call' | 'nth'> & { readonly writes: number }) | undefined;
  return tracedCalls(log).flatMap((call) => {
    for (const at of countedAt(call, view)) {
      const key = `${call.thread} ${call.call} ${at}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const found = stepAt(call, view);
    if (found === undefined) return [];
    const nth = counts.get(`${call.thread} ${call.call} ${keyOf(found.place)}`) ?? 1;
    const place =
      found.place.kind === 'file'
        ? { ...found.place, path: withoutPid(found.place.path, view.pid) }
        : found.place;
    const what = `${nth}. ${call.call} ${withoutPid(found.what, view.pid)}`;
    const writes = counts.get(`${call.thread} write process`) ?? 0;
    if (found.what === CHILD) started = { call: call.call, nth, writes };
    return [
      {
        ...{ call: call.call, nth, place, what },
        ...(found.asks === true ? { asks: true } : {}),
        ...(found.what === CHILD_RULES && started !== undefined
          ? { starter: starterOf(started, writes) }
          : {}),
      },
    ];
  });
}

const ANYWHERE: TraceView = { pid: 0, isOwn: () => false, sockets: new Map() };

/** Whether a call of the first thread is of the kind of the step. */
function isOfKind(call: TracedCall, { what }: DaemonStep): boolean {
  const kind = stepAt({ ...call, thread: '0' }, ANYWHERE)?.what ?? '';
  return what.replace(/^\d+\. /, '') === `${call.call} ${kind}`;
}

/**
 * Whether the call that strace let fail (`strace -yy -x`) is the one that was meant. One that is only counted, anywhere in the first
 * thread, may be another in another run.
 */
export function hitStep(log: string, step: DaemonStep): boolean {
  if (step.place.kind !== 'process') return log.includes(INJECTED);
  return tracedCalls(log).some((call) => call.text.endsWith(INJECTED) && isOfKind(call, step));
}

/** The step as it is counted in a run that missed it (the log of its first thread alone); undefined when there was none of its kind. */
export function aimedAgain(log: string, step: DaemonStep): DaemonStep | undefined {
  const calls = tracedCalls(log).filter(({ call }) => call === step.call);
  const found = calls.flatMap((call, index) => (isOfKind(call, step) ? [index + 1] : []));
  const wanted = step.starter?.after ?? step.nth;
  const [nth] = found.sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted));
  if (nth === undefined) return undefined;
  return step.starter === undefined
    ? { ...step, nth }
    : { ...step, starter: { ...step.starter, after: nth } };
}

/** Every k-th of the steps, `count` of them or all, the first and the last among them: the same ones each time. */
export function spread<T>(steps: readonly T[], count: number): readonly T[] {
  if (steps.length <= count) return steps;
  const every = (steps.length - 1) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, index) => steps[Math.round(index * every)] as T);
}
