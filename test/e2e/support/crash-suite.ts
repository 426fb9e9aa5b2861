import { join } from 'node:path';
import type { Cluster, DaemonStep } from '@overlay/testbed';
import { CrashHost } from './crash-host';
import { Life } from './crash-life';
import { phasesOf } from './crash-phases';
import { CrashRun, type CrashResult, type Reference } from './crash-run';
import { openRig } from './rig';

/** A host that was watched through its life undisturbed, and can go through it again. */
export interface CrashSuite {
  readonly cluster: Cluster;
  readonly run: CrashRun;
  readonly references: readonly Reference[];
}

/** One step of one phase. */
export interface CrashCase {
  readonly reference: Reference;
  readonly step: DaemonStep;
}

/** A rig of one host with things of others everywhere, etcd, and a peer. The caller destroys the cluster, also when this rejects. */
export async function openCrashRig(name: string): Promise<Cluster> {
  return openRig({ name, hosts: 1 }, {});
}

/** Watches each phase once. */
export async function watchLife(cluster: Cluster): Promise<CrashSuite> {
  const crash = new CrashHost(cluster);
  const life = new Life(crash);
  const run = new CrashRun(life, join(crash.host.context.directory, 'traces'));
  await crash.plantDecoys();
  await life.addPeer(50);
  const references: Reference[] = [];
  for (const phase of phasesOf(life)) references.push(await run.reference(phase));
  return { cluster, run, references };
}

export const casesOf = ({ references }: CrashSuite): readonly CrashCase[] =>
  references.flatMap((reference) => reference.steps.map((step) => ({ reference, step })));

/** What can fail for want of space or of a disk. A folder that is there already may fail to be made. */
export const fileCasesOf = (suite: CrashSuite): readonly CrashCase[] =>
  casesOf(suite).filter(
    ({ step: { place, call } }) =>
      place.kind === 'file' && !place.path.startsWith('/proc/') && !call.startsWith('mkdir'),
  );

/** What came of many steps. */
interface CrashFigures {
  readonly steps: number;
  readonly reached: number;
  readonly secondsEach: number;
  readonly violations: readonly string[];
}

/** Disturbs the life at each of the steps in turn. */
export async function runCases(
  { run }: CrashSuite,
  cases: readonly CrashCase[],
  fault: string,
): Promise<CrashFigures> {
  const results: CrashResult[] = [];
  for (const { reference, step } of cases) results.push(await run.disturbed(reference, step, fault));
  const total = results.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return {
    steps: results.length,
    reached: results.filter(({ reached }) => reached).length,
    secondsEach: Math.round(total / results.length / 100) / 10,
    violations: results.flatMap(({ step, wrong }) => wrong.map((line) => `${step}: ${line}`)),
  };
}

/** Nothing was wrong, and at least nine of ten faults came where they should have: one of a few may miss. */
export function expectHeld({ steps, reached, violations }: CrashFigures): void {
  expect(violations).toEqual([]);
  expect(steps - reached).toBeLessThanOrEqual(Math.max(1, 0.1 * steps));
}
