import type { Cluster } from '@overlay/testbed';
import {
  casesOf,
  contentCasesOf,
  expectHeld,
  inTheMiddle,
  netlinkCasesOf,
  openCrashRig,
  runCases,
  runFailures,
  watchLife,
  type CrashSuite,
} from './support/crash-suite';

/** A disturbed life takes some seconds, and there are hundreds of them: here one of each phase, or of each error. `npm run soak -- crash` takes all. */
let cluster: Cluster;
let suite: CrashSuite;

beforeAll(async () => {
  cluster = await openCrashRig('tb-crash');
  suite = await watchLife(cluster);
}, 240_000);

afterAll(() => cluster.destroy());

test('the steps that are counted are of every kind, in every phase', () => {
  const cases = casesOf(suite);
  expect(new Set(cases.map(({ reference }) => reference.phase.name)).size).toBe(8);
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
  'I9 I3 I7 F01 overlayd is killed in the midst of each phase of its life: files are whole, the next start has the same subnet, and kernel and firewall in order',
  async () => expectHeld(await runCases(suite, inTheMiddle(suite, casesOf(suite)), 'signal=SIGKILL')),
  300_000,
);

test.each(['ENOSPC', 'EIO'])(
  'I9 F03 F04 a call of overlayd that gives a file its content fails with %s: it says so, files are whole, and the next start has all in order',
  async (error) => {
    const cases = inTheMiddle(suite, contentCasesOf(suite));
    expectHeld(
      await runCases(suite, error === 'EIO' ? cases.slice(0, 2) : cases.slice(-2), `error=${error}`),
    );
  },
  120_000,
);

test('D21 a change that overlayd asks of the kernel fails: it says so, goes on, and soon all is in order by itself; at --cleanup the exit code tells, and the next one gets all', async () => {
  const cases = netlinkCasesOf(suite);
  const address = cases.find(({ step }) => step.what.endsWith('NEWADDR'));
  const last = cases.at(-1);
  expect(last?.reference.phase.name).toBe('cleanup');
  expect(await runFailures(suite, [address!], 'ENOBUFS')).toMatchObject({ reached: 1, violations: [] });
  expectHeld(await runFailures(suite, [last!], 'EPERM'));
}, 240_000);
