import { spread, type Cluster } from '@overlay/testbed';
import {
  casesOf,
  childCasesOf,
  expectHeld,
  fileCasesOf,
  netlinkCasesOf,
  openCrashRig,
  overrunCasesOf,
  questionCasesOf,
  rulesCasesOf,
  runCases,
  runFailures,
  sysctlCasesOf,
  watchLife,
  type CrashCase,
  type CrashSuite,
} from '../e2e/support/crash-suite';
import { record } from './support/record';

const HOUR_MS = 3_600_000;
/** Each is asked in a pass of many that are all alike: these many, evenly over all. */
const QUESTIONS = 40;

let cluster: Cluster;
let suite: CrashSuite;

beforeAll(async () => {
  cluster = await openCrashRig('tb-soak-crash');
  suite = await watchLife(cluster);
}, 600_000);

afterAll(() => cluster.destroy());

async function holds(name: string, cases: readonly CrashCase[], fault: string): Promise<void> {
  const figures = await runCases(suite, cases, fault);
  await record(`crash-${name}`, { ...figures });
  expectHeld(figures);
}

test(
  'I9 I3 I7 F01 overlayd is killed at every step of its whole life: files are whole, the next start has the same subnet, and kernel and firewall in order',
  () => holds('killed', casesOf(suite), 'signal=SIGKILL'),
  HOUR_MS,
);

test.each(['ENOSPC', 'EIO'])(
  'I9 F03 F04 every call of overlayd at a file fails once with %s: it says so, files are whole, and the next start has all in order',
  (error) => holds(error.toLowerCase(), fileCasesOf(suite), `error=${error}`),
  HOUR_MS,
);

/** Every one fails once, and overlayd is left alone. */
async function heals(name: string, cases: readonly CrashCase[], error: string): Promise<void> {
  const figures = await runFailures(suite, cases, error);
  await record(`crash-${name}-${error.toLowerCase()}`, { ...figures });
  expectHeld(figures);
}

test.each(['ENOBUFS', 'EPERM'])(
  'D21 every change that overlayd asks of the kernel fails once with %s: it says so, goes on, and soon all is in order by itself; at --cleanup the exit code tells, and the next one gets all',
  (error) => heals('netlink', netlinkCasesOf(suite), error),
  HOUR_MS,
);

test(
  'D21 what overlayd asks the kernel fails once with ENOBUFS: it says so, goes on, and soon all is in order by itself',
  () => heals('questions', spread(questionCasesOf(suite), QUESTIONS), 'ENOBUFS'),
  HOUR_MS,
);

test(
  'D21 every write of a sysctl fails once with EACCES: overlayd says so, goes on, and soon all is in order by itself',
  () => heals('sysctl', sysctlCasesOf(suite), 'EACCES'),
  HOUR_MS,
);

test(
  'D21 every child of overlayd fails once to be started: it says so, goes on, and soon all is in order by itself',
  () => heals('child', childCasesOf(suite), 'EAGAIN'),
  HOUR_MS,
);

test(
  'D21 every set of rules fails once to get to its child: overlayd says so, goes on, and soon all is in order by itself',
  () => heals('rules', rulesCasesOf(suite), 'EPIPE'),
  HOUR_MS,
);

test(
  'D20 notifications that the kernel dropped are made up for by a look at everything',
  () => heals('overrun', overrunCasesOf(suite), 'ENOBUFS'),
  HOUR_MS,
);
