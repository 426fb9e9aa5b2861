import { hitStep, INJECTED, type Daemon, type DaemonStep } from '@overlay/testbed';
import type { Life } from './crash-life';
import type { Phase } from './crash-phases';
import {
  disturb,
  disturbStopped,
  startDisturbed,
  startStopped,
  STOP,
  type TraceFiles,
  type Tracer,
} from './crash-tracer';

const PHASE_MS = 60_000;
/** How long a fault may come after all seems done. */
const GRACE_MS = 6000;
/** A child may be for what is nobody's concern: ip6tables where no IPv6 is. It is to be in order all the same. */
const MAY_BE_SILENT = /^\d+\. \w+ a child$/;
/** Names of errors, as overlayd says them. */
const ERRORS = /ENOSPC|EIO|ENOBUFS|EPERM|EAGAIN|EPIPE|EACCES/;

/** A daemon that came to the step, or did not: it is dead, or has told of the failure, or has done all else. */
export interface Meeting {
  readonly daemon: Daemon;
  readonly tracer: Tracer;
  readonly phase: Phase;
  /** The fault was a failure, and of that very call. */
  readonly failed: boolean;
  readonly told: boolean;
}

type Fault = readonly [DaemonStep, string];

/** Lets a phase go by with a fault at a step. The caller ends daemon and tracer. */
export async function meet(
  life: Life,
  phase: Phase,
  [step, fault]: Fault,
  files: () => TraceFiles,
): Promise<Meeting> {
  life.mark();
  const [daemon, first] = await begin(life, phase, firstOf([step, fault]), files());
  await phase.happen?.();
  const stopped = step.starter !== undefined && (await stops(first, phase, daemon));
  const tracer = stopped ? await disturbStopped(daemon, fromThere(step), fault, files()) : first;
  const told = (): boolean => (phase.says ?? ERRORS).test(life.said());
  const isMet = (): boolean => tracer.log().includes(INJECTED) && told();
  await untilMet(isMet, phase, daemon);
  return {
    daemon,
    tracer,
    phase,
    failed: hitStep(tracer.log(), step),
    told: told() || MAY_BE_SILENT.test(step.what),
  };
}

/** What is written to a child is counted from its start on, where the process is stopped for that. */
function firstOf([step, fault]: Fault): Fault {
  const { starter } = step;
  return starter === undefined ? [step, fault] : [{ ...step, call: starter.call, nth: starter.nth }, STOP];
}

const fromThere = (step: DaemonStep): DaemonStep => ({ ...step, nth: step.starter?.after ?? step.nth });

async function begin(
  { crash }: Life,
  { program }: Phase,
  [step, fault]: Fault,
  files: TraceFiles,
): Promise<readonly [Daemon, Tracer]> {
  if (program !== undefined)
    return (fault === STOP ? startStopped : startDisturbed)(program, step, fault, files);
  const { process } = crash.overlayd;
  return [process, await disturb(process.pid, step, fault, files)];
}

async function stops(tracer: Tracer, phase: Phase, daemon: Daemon): Promise<boolean> {
  const hasStopped = (): boolean => tracer.log().includes('stopped by SIGSTOP');
  await untilMet(hasStopped, phase, daemon);
  return hasStopped();
}

async function untilMet(isMet: () => boolean, phase: Phase, daemon: Daemon): Promise<void> {
  const end = performance.now() + PHASE_MS;
  let over = Infinity;
  while (daemon.running && performance.now() < Math.min(end, over + GRACE_MS)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (isMet()) return;
    if (over === Infinity && phase.isOver(daemon)) over = performance.now();
  }
}
