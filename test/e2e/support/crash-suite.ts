import { join } from 'node:path';
import type { Cluster, DaemonStep } from '@overlay/testbed';
import { CrashHost } from './crash-host';
import { Life } from './crash-life';
import { driftsOf, phasesOf } from './crash-phases';
import { CrashRun, type CrashResult, type Reference } from './crash-run';
import { openRig } from './rig';

/** A host that was watched through its life undisturbed, and can go through it again. */
export interface CrashSuite {
  readonly run: CrashRun;
  readonly references: readonly Reference[];
}

/** One step of one phase. */
export interface CrashCase {
  readonly reference: Reference;
  readonly step: DaemonStep;
}

/** One host, and etcd. */
export const openCrashRig = (name: string): Promise<Cluster> => openRig({ name, hosts: 1 }, {});

/** Puts things of others everywhere, and a peer into etcd, and watches each phase once. */
export async function watchLife(cluster: Cluster): Promise<CrashSuite> {
  const crash = new CrashHost(cluster);
  const life = new Life(crash);
  const run = new CrashRun(life, join(crash.host.context.directory, 'traces'));
  await crash.plantDecoys();
  await life.addPeer(50);
  const references: Reference[] = [];
  for (const phase of phasesOf(life)) references.push(await run.reference(phase));
  return { run, references };
}

const allCases = ({ references }: CrashSuite): readonly CrashCase[] =>
  references.flatMap((reference) => reference.steps.map((step) => ({ reference, step })));

/** Steps that change something. */
export const casesOf = (suite: CrashSuite): readonly CrashCase[] =>
  allCases(suite).filter(({ step }) => step.asks !== true);

/** What can fail for want of space or of a disk. A folder that is there already may fail to be made. */
export const fileCasesOf = (suite: CrashSuite): readonly CrashCase[] =>
  casesOf(suite).filter(
    ({ step: { place, call } }) =>
      place.kind === 'file' && !place.path.startsWith('/proc/') && !call.startsWith('mkdir'),
  );

/** What a file gets its content by: what is written, kept and put in its place. */
export const contentCasesOf = (suite: CrashSuite): readonly CrashCase[] =>
  fileCasesOf(suite).filter(({ step: { call } }) => /^(?:write|fsync|fdatasync|rename)/.test(call));

/** The one in the middle of those of each phase. */
export const inTheMiddle = ({ references }: CrashSuite, cases: readonly CrashCase[]): readonly CrashCase[] =>
  references.flatMap((one) => {
    const own = cases.filter(({ reference }) => reference === one);
    return own.slice(own.length >> 1).slice(0, 1);
  });

const withWhat =
  (pattern: RegExp) =>
  (suite: CrashSuite): readonly CrashCase[] =>
    allCases(suite).filter(({ step }) => pattern.test(step.what));

/** What the kernel is told to change over rtnetlink. */
export const netlinkCasesOf = withWhat(/ netlink.* (?:NEW|DEL)\w+$/);
/** What it is asked. */
export const questionCasesOf = withWhat(/ netlink.* GET\w+$/);
export const sysctlCasesOf = withWhat(/ \/proc\/sys\/\S+$/);
export const childCasesOf = withWhat(/^\d+\. \w+ a child$/);
export const rulesCasesOf = withWhat(/ rules for a child$/);

/** Somebody takes away what is ours, and what tells overlayd of it fails to be read. */
export function overrunCasesOf({ run, references }: CrashSuite): readonly CrashCase[] {
  const [before] = references.map((reference) => reference.before);
  if (before === undefined) return [];
  return [...driftsOf(run.life)].map(([role, phase]) => {
    const what = `1. read ${role}`;
    const step: DaemonStep = { call: 'read', nth: 1, place: { kind: 'socket', role }, what };
    return { reference: { phase, steps: [step], before, after: undefined }, step };
  });
}

/** What came of many steps. */
interface CrashFigures {
  readonly steps: number;
  readonly reached: number;
  readonly secondsEach: number;
  /** The longest that a daemon that went on took to have all in order. */
  readonly slowestMs?: number;
  readonly violations: readonly string[];
}

/** Disturbs the life at each of the steps in turn: afterwards overlayd is started again. */
export async function runCases(
  { run }: CrashSuite,
  cases: readonly CrashCase[],
  fault: string,
): Promise<CrashFigures> {
  const results: CrashResult[] = [];
  for (const { reference, step } of cases) results.push(await run.disturbed(reference, step, fault));
  return figuresOf(results);
}

/** Lets one call fail at each of the steps in turn: overlayd is left alone. */
export async function runFailures(
  { run }: CrashSuite,
  cases: readonly CrashCase[],
  error: string,
): Promise<CrashFigures> {
  const results: CrashResult[] = [];
  for (const { reference, step } of cases) results.push(await run.failing(reference, step, `error=${error}`));
  return figuresOf(results);
}

function figuresOf(results: readonly CrashResult[]): CrashFigures {
  const total = results.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const healed = results.flatMap(({ healedMs = [] }) => healedMs);
  return {
    steps: results.length,
    reached: results.filter(({ reached }) => reached).length,
    secondsEach: Math.round(total / results.length / 100) / 10,
    ...(healed.length === 0 ? {} : { slowestMs: Math.max(...healed) }),
    violations: results.flatMap(({ step, wrong }) => wrong.map((line) => `${step}: ${line}`)),
  };
}

/** Nothing was wrong, and at least nine of ten faults came where they should have: one of a few may miss. */
export function expectHeld({ steps, reached, violations }: CrashFigures): void {
  expect(violations).toEqual([]);
  expect(steps - reached).toBeLessThanOrEqual(Math.max(1, 0.1 * steps));
}
