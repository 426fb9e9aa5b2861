import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, createCluster, type Etcd, recordHistory, sweep } from '@overlay/testbed';

const NAME = 'tb-history';
const PREFIX = '/atomic.io/network';
const key = (subnet: string): string => `${PREFIX}/subnets/${subnet}`;
const by = (node: string): string => JSON.stringify({ PublicIP: '192.0.2.1', Overlay: { NodeID: node } });

let cluster: Cluster;
let etcd: Etcd;

beforeAll(async () => {
  await sweep(NAME);
  cluster = await createCluster({ name: NAME, hosts: 0 });
  etcd = await cluster.startEtcd({ members: 3 });
}, 60_000);
afterAll(async () => {
  await cluster.destroy();
});
afterEach(async () => {
  await etcd.etcdctl(['del', '--prefix', key('')]);
});

/** While a leader is being elected a write may be refused, and have been carried out all the same. */
async function put(subnet: string, node: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const { code, stderr } = await etcd.tryEtcdctl(['put', key(subnet), by(node)]);
    if (code === 0) return;
    if (tries > 20) throw new Error(stderr);
    await sleep(100);
  }
}
const revision = async (): Promise<number> =>
  Number(/"revision":(\d+)/.exec(await etcd.etcdctl(['get', 'x', '-w', 'json']))?.[1]);

/** The etcdctl that follows, among the processes of the rig's own namespace. */
function followers(): readonly number[] {
  const pids = execFileSync('ip', ['netns', 'pids', cluster.switchNamespace], { encoding: 'utf8' });
  return pids
    .split('\n')
    .filter(Boolean)
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0watch\0'));
}

test('I1 I2 a real log is recorded whole, across compactions and the loss of each member and of all', async () => {
  await put('10.5.1.0-24', 'a');
  const recorder = await recordHistory(etcd, PREFIX);
  for (const number of [1, 2, 3]) {
    await put(`10.5.${number}0.0-24`, 'a');
    await etcd.member(number).kill();
    await put(`10.5.${number}0.0-24`, 'a');
    await etcd.etcdctl(['compact', String(await revision())]);
    etcd.startMember(number);
    await etcd.ready();
  }
  await etcd.kill();
  await etcd.start();
  await etcd.etcdctl(['del', key('10.5.10.0-24')]);
  const { events, violations } = await recorder.stop();
  expect(violations).toEqual([]);
  const seen = events.map(
    ({ key: one, value }) => `${one.slice(key('').length)} ${value === undefined ? 'gone' : 'put'}`,
  );
  const thirds = ['10', '20', '30'];
  expect([...new Set(seen)]).toEqual([
    '10.5.1.0-24 put',
    ...thirds.map((third) => `10.5.${third}.0-24 put`),
    '10.5.10.0-24 gone',
  ]);
  for (const third of thirds)
    expect(seen.filter((one) => one.startsWith(`10.5.${third}.`)).length).toBeGreaterThan(1);
  expect(followers()).toEqual([]);
}, 60_000);

test('I1 I2 an overlap and a foreign write in a real log are found, also once they are gone', async () => {
  const recorder = await recordHistory(etcd, PREFIX);
  await put('10.5.1.0-24', 'a');
  await put('10.5.0.0-16', 'b');
  await etcd.etcdctl(['del', key('10.5.0.0-16')]);
  await put('10.5.1.0-24', 'c');
  await put('10.5.1.0-24', 'a');
  const { violations } = await recorder.stop();
  expect(violations.map((line) => line.replace(/revision \d+/g, 'revision N'))).toEqual([
    `I1: at revision N ${key('10.5.0.0-16')} of node b overlaps 10.5.1.0-24 of node a, there since revision N`,
    `I2: at revision N node c replaced ${key('10.5.1.0-24')}, last written by node a at revision N`,
    `I2: at revision N node a replaced ${key('10.5.1.0-24')}, last written by node c at revision N`,
  ]);
}, 60_000);

test('A08 what went by while the record was deaf and is compacted away is a gap, never silence', async () => {
  const recorder = await recordHistory(etcd, PREFIX);
  await put('10.5.1.0-24', 'a');
  await sleep(1000);
  const [pid, ...others] = followers();
  expect(others).toEqual([]);
  // What etcd sends from now on is lost with the process.
  process.kill(pid!, 'SIGSTOP');
  await put('10.5.2.0-24', 'a');
  await put('10.5.3.0-24', 'a');
  await etcd.etcdctl(['del', key('10.5.2.0-24')]);
  await etcd.etcdctl(['compact', String(await revision())]);
  process.kill(pid!, 'SIGKILL');
  const { violations } = await recorder.stop();
  expect(violations).toContainEqual(
    expect.stringMatching(/^history has a gap: revisions \d+ to \d+ were compacted/),
  );
}, 60_000);
