import type { Cluster } from '@overlay/testbed';
import {
  casesOf,
  expectHeld,
  fileCasesOf,
  openCrashRig,
  runCases,
  watchLife,
  type CrashCase,
  type CrashSuite,
} from '../e2e/support/crash-suite';
import { record } from './support/record';

const HOUR_MS = 3_600_000;

let cluster: Cluster;
let suite: CrashSuite;

beforeAll(async () => {
  cluster = await openCrashRig('tb-soak-crash');
  suite = await watchLife(cluster);
}, 120_000);

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
