import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { daemonSteps, type Daemon, type DaemonStep } from '@overlay/testbed';
import type { HostState } from './crash-host';
import type { Life } from './crash-life';
import type { Phase } from './crash-phases';
import {
  disturb,
  socketRoles,
  startDisturbed,
  startWatched,
  watchAll,
  type TraceFiles,
  type Tracer,
} from './crash-tracer';

/** How long nothing is done when all is done; shorter than the time between two signs of life to etcd. */
const QUIET_MS = 1200;
const PHASE_MS = 20_000;
/** How long a fault may come after all seems done: Docker's file is written when overlayd is ready already. */
const GRACE_MS = 6000;
/** A temporary file, the control socket, and the folder in which it is made: as they may be between two moments. */
const TEMPORARY = /\.tmp$|\/overlayd\.sock$|-tmp-\d+-\d+$|\/run\/\.s\d+\.\d+(?:\/s)?$/;

/** A phase as it goes when nothing disturbs it. */
export interface Reference {
  readonly phase: Phase;
  readonly steps: readonly DaemonStep[];
  readonly before: HostState;
  /** Undefined: a host in order. */
  readonly after: HostState | undefined;
}

/** What came of one step and one fault. */
export interface CrashResult {
  readonly step: string;
  readonly reached: boolean;
  readonly wrong: readonly string[];
  readonly milliseconds: number;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs phases, undisturbed and disturbed. */
export class CrashRun {
  #traces = 0;
  /** A host in order, as the undisturbed one came to be. */
  #joined: HostState | undefined;

  constructor(
    readonly life: Life,
    readonly folder: string,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  /** Lets a phase go by and counts its steps. */
  async reference(phase: Phase): Promise<Reference> {
    const { life } = this;
    await phase.prepare(this.#joined);
    const before = await life.crash.state();
    life.mark();
    const [daemon, tracer] = await this.#follow(phase);
    const sockets = phase.program === undefined ? socketRoles(daemon.pid) : new Map<string, string>();
    const { pid } = daemon;
    const isOwn = (path: string): boolean => path.startsWith('/proc/sys/') || life.crash.isOwn(path);
    await phase.happen?.();
    await this.#untilQuiet(phase, daemon, tracer);
    const steps = daemonSteps(tracer.log(), { pid, sockets, isOwn });
    await tracer.end();
    const after = phase.restores === true ? undefined : await life.settled();
    if (phase.name === 'join') this.#joined = after;
    return { phase, steps, before, after };
  }

  /** Lets a phase go by with one fault at one step, and says what is not as it should be afterwards. */
  async disturbed(reference: Reference, step: DaemonStep, fault: string): Promise<CrashResult> {
    const started = performance.now();
    const { phase } = reference;
    const wrong: string[] = [];
    let reached = false;
    try {
      await phase.prepare(this.#joined);
      const held = (await this.life.crash.ownKeys())[0];
      reached = await this.#meet(phase, step, fault);
      wrong.push(...(await this.#afterFault(reference, held)));
    } catch (error) {
      wrong.push(error instanceof Error ? error.message : String(error));
      await this.life.kill();
    }
    const milliseconds = Math.round(performance.now() - started);
    return { step: `${phase.name} ${step.what} ${fault}`, reached, wrong, milliseconds };
  }

  get #files(): TraceFiles {
    rmSync(join(this.folder, `trace-${this.#traces}.log`), { force: true });
    this.#traces += 1;
    return { folder: this.folder, number: this.#traces };
  }

  async #follow({ program }: Phase): Promise<readonly [Daemon, Tracer]> {
    if (program !== undefined) return startWatched(program, this.#files);
    const { process } = this.life.crash.overlayd;
    return [process, await watchAll(process.pid, this.#files)];
  }

  async #untilQuiet(phase: Phase, daemon: Daemon, tracer: Tracer): Promise<void> {
    const end = performance.now() + PHASE_MS;
    for (let seen = -1, since = 0; performance.now() < end;) {
      await sleep(50);
      const { length } = tracer.log();
      if (length !== seen) [seen, since] = [length, performance.now()];
      if (!daemon.running || (phase.isOver(daemon) && performance.now() - since > QUIET_MS)) return;
    }
    throw new Error(`phase ${phase.name} did not end:\n${this.life.said()}`);
  }

  /** Whether the fault came. Afterwards no daemon runs. */
  async #meet(phase: Phase, step: DaemonStep, fault: string): Promise<boolean> {
    this.life.mark();
    const { program } = phase;
    const { process } = this.life.crash.overlayd;
    const [daemon, tracer] =
      program === undefined
        ? [process, await disturb(process.pid, step, fault, this.#files)]
        : startDisturbed(program, step, fault, this.#files);
    await phase.happen?.();
    await this.#untilMet(phase, daemon, tracer);
    const died = !daemon.running;
    const silent = !died && !this.#told();
    await daemon.kill();
    await tracer.end();
    if (fault.startsWith('signal')) return died && tracer.log().includes('+++ killed by SIGKILL +++');
    const failed = tracer.log().includes('(INJECTED)');
    if (failed && silent) throw new Error(`nothing is said of it: ${this.life.said()}`);
    return failed;
  }

  /** Until the daemon is dead or has told of the failure; at the latest when all else is done. */
  async #untilMet(phase: Phase, daemon: Daemon, tracer: Tracer): Promise<void> {
    const end = performance.now() + PHASE_MS;
    let over = Infinity;
    while (daemon.running && performance.now() < Math.min(end, over + GRACE_MS)) {
      await sleep(10);
      if (tracer.log().includes('(INJECTED)') && this.#told()) return;
      if (over === Infinity && phase.isOver(daemon)) over = performance.now();
    }
  }

  #told(): boolean {
    return /ENOSPC|EIO|ENOBUFS|EPERM/.test(this.life.said());
  }

  async #afterFault(reference: Reference, held: string | undefined): Promise<string[]> {
    const { crash } = this.life;
    const { phase, before } = reference;
    const after = reference.after ?? this.#joined ?? before;
    const torn = tornFiles(await crash.state(), before, after);
    const key = (await crash.ownKeys())[0] ?? held;
    await phase.recover();
    const wrong = await this.life.becomes(after);
    const now = (await crash.ownKeys())[0];
    return [
      ...torn,
      ...wrong,
      ...(key === undefined || key === now ? [] : [`the lease was ${key} and is ${now ?? 'lost'}`]),
      ...(phase.name === 'cleanup' || crash.recordFits()
        ? []
        : ['the record is not of what is in subnet.env']),
    ];
  }
}

/** Files that are neither as before nor as afterwards. */
function tornFiles(now: HostState, before: HostState, after: HostState): readonly string[] {
  const may = (name: string, text: string | undefined): boolean =>
    before.files.get(name) === text || after.files.get(name) === text;
  const names = new Set([...now.files.keys(), ...before.files.keys()]);
  return [...names]
    .filter((name) => !TEMPORARY.test(name) && !may(name, now.files.get(name)))
    .map((name) => `torn: ${name}: ${now.files.get(name) ?? 'it is gone'}`);
}
