import { spread, type Cluster } from '@overlay/testbed';
import {
  casesOf,
  expectHeld,
  fileCasesOf,
  openCrashRig,
  runCases,
  watchLife,
  type CrashSuite,
} from './support/crash-suite';

/**
 * A disturbed life takes some seconds and there are hundreds of them: these many, evenly over all steps and the same ones each time.
 * `npm run soak -- crash` takes all.
 */
const KILLS = 6;
const FAILURES = 2;

let cluster: Cluster;
let suite: CrashSuite;

beforeAll(async () => {
  cluster = await openCrashRig('tb-crash');
  suite = await watchLife(cluster);
}, 120_000);

afterAll(() => cluster.destroy());

test('the steps that are counted are of every kind, in every phase', () => {
  const cases = casesOf(suite);
  expect(new Set(cases.map(({ reference }) => reference.phase.name)).size).toBe(6);
  const whats = cases.map(({ step }) => step.what.replace(/^\d+\. /, ''));
  const kinds = [
    /^openat .*subnet\.env\.tmp$/,
    /^fchmod .*backends\.json\.tmp$/,
    /^write .*node\.json\.tmp$/,
    /^fsync .*overlayd-default$/,
    /^rename .*daemon\.json\.overlay-tmp-@-\d$/,
    /^unlink .*subnet\.env$/,
    /^write \/proc\/sys\/net\/ipv4\/ip_forward$/,
    /^write netlink \d NEWLINK$/,
    /^write netlink \d NEWADDR$/,
    /^write netlink \d NEWNEIGH$/,
    /^write netlink DELLINK$/,
    /^write etcd write$/,
    /^write rules for a child$/,
    /^clone a child$/,
  ];
  expect(kinds.filter((kind) => !whats.some((what) => kind.test(what)))).toEqual([]);
});

test(
  'I9 I3 I7 F01 overlayd is killed at steps of its whole life: files are whole, the next start has the same subnet, and kernel and firewall in order',
  async () => expectHeld(await runCases(suite, spread(casesOf(suite), KILLS), 'signal=SIGKILL')),
  300_000,
);

test.each(['ENOSPC', 'EIO'])(
  'I9 F03 F04 one call of overlayd at a file fails with %s: it says so, files are whole, and the next start has all in order',
  async (error) => expectHeld(await runCases(suite, spread(fileCasesOf(suite), FAILURES), `error=${error}`)),
  120_000,
);
