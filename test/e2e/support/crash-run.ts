import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aimedAgain, daemonSteps, type Daemon, type DaemonStep } from '@overlay/testbed';
import type { HostState } from './crash-host';
import type { Life } from './crash-life';
import { meet, type Meeting } from './crash-meeting';
import type { Phase } from './crash-phases';
import { socketRoles, startWatched, watchAll, type TraceFiles, type Tracer } from './crash-tracer';

/** How long no step is taken when all is done. */
const QUIET_MS = 1200;
const PHASE_MS = 60_000;
/** How soon all is in order again after one call failed, if nobody does anything: before overlayd looks at everything as it does each 30 s. */
const SOON_MS = 20_000;
/** How often a call is aimed at. */
const AIMS = 4;
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
  /** From when the failure was told to when all was in order, of a daemon that went on. */
  readonly healedMs?: number;
}

type Outcome = Pick<CrashResult, 'reached' | 'wrong' | 'healedMs'>;

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
    const steps = (): readonly DaemonStep[] => daemonSteps(tracer.log(), { pid, sockets, isOwn });
    await phase.happen?.();
    await this.#untilQuiet(phase, daemon, steps);
    const taken = steps();
    await tracer.end();
    const after = phase.restores === true ? undefined : await life.settled();
    if (phase.name === 'join') this.#joined = after;
    return { phase, steps: taken, before, after };
  }

  /** Lets a phase go by with one fault at one step, and says what is not as it should be after the next start. */
  disturbed(reference: Reference, step: DaemonStep, fault: string): Promise<CrashResult> {
    return this.#timed(reference, step, fault, (held) => this.#fallen(reference, [step, fault], held));
  }

  /** Lets a phase go by with one call that fails, and says what is not as it should be although nobody did anything. */
  failing(reference: Reference, step: DaemonStep, fault: string): Promise<CrashResult> {
    return this.#timed(reference, step, fault, (held) => this.#failed(reference, [step, fault], held, AIMS));
  }

  /** What is only counted may be missed: then it is aimed at anew, so many times. */
  async #failed(
    reference: Reference,
    [step, fault]: readonly [DaemonStep, string],
    held: string | undefined,
    aims: number,
  ): Promise<Outcome> {
    const met = await this.#meet(reference.phase, [step, fault]);
    const started = performance.now();
    const wrong = await this.#wentOn(reference, met, held);
    const healedMs = Math.round(performance.now() - started);
    await met.daemon.kill();
    await met.tracer.end();
    if (met.failed) return { reached: true, wrong, healedMs };
    const again = aimedAgain(met.tracer.log(), step) ?? (step.starter && step);
    const isCounted = step.place.kind === 'process';
    if (!isCounted || again === undefined || aims === 1) return { reached: false, wrong };
    await reference.phase.prepare(this.#joined);
    return this.#failed(reference, [again, fault], held, aims - 1);
  }

  async #timed(
    { phase }: Reference,
    { what }: DaemonStep,
    fault: string,
    work: (held: string | undefined) => Promise<Outcome>,
  ): Promise<CrashResult> {
    const started = performance.now();
    const step = `${phase.name} ${what} ${fault}`;
    const took = (): number => Math.round(performance.now() - started);
    try {
      await phase.prepare(this.#joined);
      return { step, ...(await work((await this.life.crash.ownKeys())[0])), milliseconds: took() };
    } catch (error) {
      await this.life.kill();
      const wrong = [error instanceof Error ? error.message : String(error)];
      return { step, reached: false, wrong, milliseconds: took() };
    }
  }

  get #files(): TraceFiles {
    rmSync(join(this.folder, `trace-${this.#traces}.log`), { force: true });
    this.#traces += 1;
    return { folder: this.folder, number: this.#traces };
  }

  #meet(phase: Phase, fault: readonly [DaemonStep, string]): Promise<Meeting> {
    return meet(this.life, phase, fault, () => this.#files);
  }

  async #follow({ program }: Phase): Promise<readonly [Daemon, Tracer]> {
    if (program !== undefined) return startWatched(program, this.#files);
    const { process } = this.life.crash.overlayd;
    return [process, await watchAll(process.pid, this.#files)];
  }

  /** Signs of life to etcd and questions to the kernel, which never end, are no steps here. */
  async #untilQuiet(phase: Phase, daemon: Daemon, steps: () => readonly DaemonStep[]): Promise<void> {
    const end = performance.now() + PHASE_MS;
    for (let seen = -1, since = 0; performance.now() < end;) {
      await sleep(100);
      const { length } = steps().filter(({ what, asks }) => asks !== true && !what.includes(' etcd '));
      if (length !== seen) [seen, since] = [length, performance.now()];
      if (!daemon.running || (phase.isOver(daemon) && performance.now() - since > QUIET_MS)) return;
    }
    throw new Error(`phase ${phase.name} did not end:\n${this.life.said()}`);
  }

  async #fallen(
    reference: Reference,
    fault: readonly [DaemonStep, string],
    held: string | undefined,
  ): Promise<Outcome> {
    const { daemon, tracer, failed, told } = await this.#meet(reference.phase, fault);
    const died = !daemon.running;
    await daemon.kill();
    await tracer.end();
    const killed = died && tracer.log().includes('+++ killed by SIGKILL +++');
    const reached = fault[1].startsWith('signal') ? killed : failed;
    const silent = failed && !told ? [`nothing is said of it: ${this.life.said()}`] : [];
    return { reached, wrong: [...silent, ...(await this.#afterFault(reference, held))] };
  }

  async #afterFault(reference: Reference, held: string | undefined): Promise<string[]> {
    const { crash } = this.life;
    const { phase, before } = reference;
    const after = this.#wanted(reference);
    const torn = tornFiles(await crash.state(), before, after);
    const key = (await crash.ownKeys())[0] ?? held;
    await phase.recover();
    const wrong = await this.life.becomes(after);
    return [...torn, ...wrong, ...(await this.#unlike(phase, key))];
  }

  #wanted({ before, after }: Reference): HostState {
    return after ?? this.#joined ?? before;
  }

  /** What no state shows: another lease than before, a record that does not fit. */
  async #unlike({ name }: Phase, key: string | undefined): Promise<string[]> {
    const { crash } = this.life;
    const now = (await crash.ownKeys())[0];
    return [
      ...(key === undefined || key === now ? [] : [`the lease was ${key} and is ${now ?? 'lost'}`]),
      ...(name === 'cleanup' || crash.recordFits() ? [] : ['the record is not of what is in subnet.env']),
    ];
  }

  /** What is wrong with a daemon one call of which failed: it tells of it, runs on, and soon has all in order by itself. */
  async #wentOn(reference: Reference, met: Meeting, held: string | undefined): Promise<readonly string[]> {
    const { phase, daemon, tracer, told, failed } = met;
    if (!failed) return [];
    const silent = told ? [] : [`nothing is said of it: ${this.life.said()}`];
    const ended = (): readonly string[] => (daemon.running ? [] : [`it ended: ${this.life.said()}`]);
    if (phase.ends === true) return this.#ended(reference, met);
    if (!daemon.running) return ended();
    if (phase.program === undefined) await tracer.end();
    await phase.goOn?.();
    const wrong = await this.life.becomes(this.#wanted(reference), SOON_MS);
    return [...silent, ...wrong, ...ended(), ...(await this.#unlike(phase, held))];
  }

  /** One that does not run on says by its exit code that something is left, and what; the next one gets all. */
  async #ended(reference: Reference, { phase, daemon, told }: Meeting): Promise<readonly string[]> {
    const after = this.#wanted(reference);
    const left = await this.life.becomes(after, 0);
    const lied = daemon.exitCode === 0 ? left.map((line) => `exit code 0, but ${line}`) : [];
    const silent = daemon.exitCode === 0 || told ? [] : [`nothing is said of it: ${this.life.said()}`];
    await phase.recover();
    return [...lied, ...silent, ...(await this.life.becomes(after))];
  }
}

/** A record of what goes on: between what was and what will be it says what is under way. */
const PASSING = '/backends.json';

/** After the mode, as {@link HostState} has it. */
function isWhole(text: string): boolean {
  try {
    JSON.parse(text.slice(text.indexOf(' ')));
    return text.endsWith('}\n');
  } catch {
    return false;
  }
}

/** Files that are neither as before nor as afterwards. */
function tornFiles(now: HostState, before: HostState, after: HostState): readonly string[] {
  const may = (name: string, text: string | undefined): boolean =>
    before.files.get(name) === text ||
    after.files.get(name) === text ||
    (text !== undefined && name.endsWith(PASSING) && isWhole(text));
  const names = new Set([...now.files.keys(), ...before.files.keys()]);
  return [...names]
    .filter((name) => !TEMPORARY.test(name) && !may(name, now.files.get(name)))
    .map((name) => `torn: ${name}: ${now.files.get(name) ?? 'it is gone'}`);
}
