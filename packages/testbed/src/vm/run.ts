import { randomBytes } from 'node:crypto';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { OverlayError } from '@overlay/cidr';
import { childEnvironment } from '../config.js';
import { commandScript, type GuestCommand, startScript } from './guest.js';
import { type MachineClock, type MachineSpec, machineArguments } from './machine.js';
import { prepareVm, type VmImage } from './prepare.js';

/** What to run in a virtual machine. */
export interface VmOptions extends GuestCommand {
  /** 3072 when left out; files written inside count, because they are kept in memory. */
  readonly memoryMiB?: number;
  /** Virtual processors, 1 or 2: 2 when left out. With one, a single program needs a third less of the machine's own time. */
  readonly processors?: 1 | 2;
  /** `host` when left out; see {@link MachineClock}. */
  readonly clock?: MachineClock;
  /** Milliseconds for all of it, boot included; 600,000 when left out. */
  readonly timeoutMs?: number;
  /** Every line the program prints, standard output and error alike, without its newline. */
  readonly onLine: (line: string) => void;
  /** A host folder the program may write to; it is `/mnt/out` inside. */
  readonly sharedFolder?: string;
  /** Where the kernel's messages are kept; without it they are only in the error of a machine that died. */
  readonly consoleFile?: string;
  /** Ends the machine at once. */
  readonly signal?: AbortSignal;
}

const DEFAULT_MEMORY_MIB = 3072;
const DEFAULT_TIMEOUT_MS = 600_000;
const DEFAULT_PROCESSORS = 2;
const TAIL_LINES = 30;

/**
 * Boots a virtual machine with Debian's stock kernel over this machine's own files (nothing written there is kept), runs one program
 * in it and gives the program's exit code. It takes about 10 s before the program starts, and what it computes is about 20 times slower.
 * The machine ends with this process, however that ends.
 * @throws OverlayError OVL_TESTBED_VM_DIED with the end of the console when the machine ended before the program, OVL_TESTBED_VM_TIMEOUT,
 * OVL_TESTBED_VM_KERNEL and OVL_TESTBED_VM_MODULE of {@link prepareVm}.
 */
export async function runInVm(options: VmOptions): Promise<number> {
  const image = await prepareVm();
  const controlFolder = mkdtempSync(join(tmpdir(), 'overlay-vm-'));
  const consoleFile = options.consoleFile ?? join(controlFolder, 'console.log');
  const marker = `vm-${randomBytes(16).toString('hex')}:`;
  try {
    mkdirSync(dirname(consoleFile), { recursive: true });
    writeFileSync(consoleFile, '');
    writeFileSync(join(controlFolder, 'start'), startScript(image.modulesFolder, marker));
    writeFileSync(join(controlFolder, 'command'), commandScript(options));
    writeFileSync(join(controlFolder, 'folder'), options.cwd);
    return await watch(describeMachine(image, controlFolder, consoleFile, options), marker, options);
  } finally {
    rmSync(controlFolder, { recursive: true, force: true });
  }
}

function describeMachine(
  { kernel, initrd }: VmImage,
  controlFolder: string,
  consoleFile: string,
  {
    memoryMiB = DEFAULT_MEMORY_MIB,
    processors = DEFAULT_PROCESSORS,
    clock = 'host',
    sharedFolder,
  }: VmOptions,
): MachineSpec {
  const shared = sharedFolder === undefined ? {} : { sharedFolder };
  return { kernel, initrd, memoryMiB, processors, clock, consoleFile, controlFolder, ...shared };
}

/** Runs the machine until it says the exit code, ends on its own, is too late or is interrupted. */
async function watch(spec: MachineSpec, marker: string, options: VmOptions): Promise<number> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const child = startMachine(
    spec,
    options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]),
  );
  const closed = new Promise((resolve) => child.once('close', resolve));
  let said = '';
  let code: number | undefined;
  child.on('error', (error) => (said += `${error.message}. `));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  for await (const line of createInterface({ input: child.stdout })) {
    const at = line.indexOf(marker);
    if (at !== 0) options.onLine(at < 0 ? line : line.slice(0, at));
    if (at < 0) continue;
    code = Number(line.slice(at + marker.length));
    child.kill('SIGKILL');
  }
  await closed;
  if (code !== undefined) return code;
  throw limit.aborted ? late(options, spec.consoleFile) : died(said, spec.consoleFile);
}

/** The kernel kills the machine when we die without a chance to do it. Its session is its own: Ctrl-C is for us, and we end it. */
function startMachine(spec: MachineSpec, signal: AbortSignal): ChildProcessWithoutNullStreams {
  const argv = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...machineArguments(spec)];
  const child = spawn('setpriv', argv, {
    env: childEnvironment(),
    detached: true,
    killSignal: 'SIGKILL',
    signal,
  });
  // Its standard input stays open: QEMU takes an ended one for nobody there, and drops the output.
  child.stdin.on('error', () => undefined);
  return child;
}

function late({ timeoutMs = DEFAULT_TIMEOUT_MS }: VmOptions, consoleFile: string): OverlayError {
  return new OverlayError(
    'OVL_TESTBED_VM_TIMEOUT',
    `The virtual machine was ended after ${timeoutMs / 1000} s. Give it more time, or look for what hangs. ${tail(consoleFile)}`,
  );
}

function died(said: string, consoleFile: string): OverlayError {
  return new OverlayError(
    'OVL_TESTBED_VM_DIED',
    `The virtual machine ended before its program did. ${said.trim()} ${tail(consoleFile)}`,
  );
}

function tail(consoleFile: string): string {
  const lines = readFileSync(consoleFile, 'utf8').trimEnd().split(/\r?\n/).slice(-TAIL_LINES);
  return `The end of its console:\n${lines.join('\n')}`;
}
