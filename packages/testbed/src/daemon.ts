import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { OverlayError } from '@overlay/cidr';
import { childEnvironment } from './config.js';

/** What starts one long-running process. */
export interface DaemonSpec {
  /** What messages call it: `dockerd of h1`. */
  readonly title: string;
  readonly argv: readonly string[];
  /** Its standard output and error are appended here. */
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** True when `argv` forks the process that matters (nsenter into a PID namespace): signals then go to that child. */
  readonly forks?: boolean;
}

const STOP_GRACE_MS = 20_000;

/** A long-running process in a session of its own, so that Ctrl-C on the terminal reaches only the one who cleans up. */
export class Daemon {
  readonly #child: ChildProcess;

  constructor(readonly spec: DaemonSpec) {
    const [file = '', ...args] = spec.argv;
    const log = openSync(spec.logFile, 'a');
    this.#child = spawn(file, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: childEnvironment(spec.env),
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    });
    closeSync(log);
    this.#child.on('error', () => undefined);
    this.#child.unref();
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Exit code, or undefined while it runs or when a signal ended it. */
  get exitCode(): number | undefined {
    return this.#child.exitCode ?? undefined;
  }

  /** The process that matters, in the machine's PID namespace. */
  get pid(): number {
    const pid = this.#child.pid ?? 0;
    return this.spec.forks === true ? (firstChildOf(pid) ?? pid) : pid;
  }

  signal(name: NodeJS.Signals): void {
    if (!this.running) return;
    sendSignal(this.pid, name);
    // nsenter stops together with its child, and would stay so and never reap it.
    if (name === 'SIGCONT' && this.spec.forks === true) sendSignal(this.#child.pid ?? 0, name);
  }

  /** Asks it to end and waits; kills it when it has not ended after the grace time. Gives its exit code if it had one. */
  async stop(graceMs = STOP_GRACE_MS): Promise<number | undefined> {
    this.signal('SIGTERM');
    if (!(await this.#ended(graceMs))) await this.kill();
    return this.exitCode;
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended(STOP_GRACE_MS);
  }

  log(): string {
    return readFileSync(this.spec.logFile, 'utf8');
  }

  /**
   * Asks `ready` every `everyMs` until it says true.
   * @throws OverlayError OVL_TESTBED_DAEMON when the process ends first or the time is over, with the end of its log.
   */
  async waitUntil(ready: () => Promise<boolean>, timeoutMs = 30_000, everyMs = 25): Promise<void> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      if (await ready()) return;
      if (!this.running) throw this.#failure('ended before it was ready');
      if (performance.now() > end) throw this.#failure(`was not ready after ${timeoutMs} ms`);
      await sleep(everyMs);
    }
  }

  #failure(what: string): OverlayError {
    const tail = this.log().trimEnd().split('\n').slice(-8).join('\n');
    return new OverlayError(
      'OVL_TESTBED_DAEMON',
      `${this.spec.title} ${what}. The end of ${this.spec.logFile}:\n${tail}`,
    );
  }

  async #ended(withinMs: number): Promise<boolean> {
    if (!this.running) return true;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), withinMs);
    try {
      await once(this.#child, 'exit', { signal: late.signal });
    } catch {
      return !this.running;
    } finally {
      clearTimeout(timer);
    }
    return true;
  }
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The first child of a process, from /proc (the kernel keeps that list in order of birth). */
function firstChildOf(pid: number): number | undefined {
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return first === undefined || first === '' ? undefined : Number(first);
  } catch {
    return undefined;
  }
}
