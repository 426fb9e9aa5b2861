import {
  recordHistory,
  runFlows,
  type Cluster,
  type Container,
  type Flow,
  type HistoryRecorder,
  type Host,
  type Pod,
} from '@overlay/testbed';
import { dockerState, fetchFrom, leasedSubnet, openDockerRig, startServer } from './support/docker';
import { eventually, PREFIX, sh } from './support/rig';

jest.setTimeout(120_000);

const NETWORK = 'overlay';

let cluster: Cluster;
let host: Host;
let others: readonly Host[];
let server: Container;
let pods: readonly Pod[];
let oldKey: string;
let history: HistoryRecorder;

interface Node {
  readonly node: string;
  readonly state: string;
  readonly before: readonly string[];
  readonly after: string;
}

beforeAll(async () => {
  const config = { Network: '10.5.0.0/16', Backend: { Type: 'vxlan' } };
  cluster = await openDockerRig({ name: 'tb-renum', hosts: 3, engines: 1 }, '20.10', config);
  history = await recordHistory(cluster.etcd, PREFIX);
  [host, others] = [cluster.host(1), cluster.hosts.slice(1)];
  host.overlayd().start(['--docker=network', '--ip-forward=on']);
  for (const one of others) one.overlayd().start(['--ip-forward=on']);
  for (const one of cluster.hosts) await one.overlayd().ready();
  await dockerState(host, 'ready');
  server = await startServer(host, 'old-server', NETWORK, []);
  pods = await Promise.all(others.map((one) => podOn(one, 1)));
  oldKey = (await leasedSubnet(host.overlayd(), host)).replace('/', '-');
}, 120_000);

afterAll(() => cluster.destroy());

const keys = async (): Promise<string> =>
  cluster.etcd.etcdctl(['get', '--prefix', '--keys-only', `${PREFIX}/subnets`]);
const status = async (one: Host): Promise<string> => (await one.overlayctl(['status'])).stdout;

/** Between every pod and the container, and among the pods. */
const flowsOf = (all: readonly Pod[]): readonly Flow[] =>
  all.flatMap((from) => [
    { from, to: server.ip },
    ...all.filter((to) => to.address !== from.address).map((to) => ({ from, to: to.address })),
  ]);

/** A pod on a host in the subnet that it has leased now; the second one is in another subnet, of the same bridge. */
async function podOn(one: Host, number: 1 | 2): Promise<Pod> {
  const subnet = (await leasedSubnet(one.overlayd(), one)).replace('.0/24', '');
  if (number === 2) await sh(one, `ip address add ${subnet}.1/24 dev pods0`);
  return one.createPod({ number, addresses: [`${subnet}.10/24`], gateways: [`${subnet}.1`], mtu: 1450 });
}

/** The address that the container sees when a pod asks it. */
async function seenFrom(pod: Pod, address: string): Promise<string> {
  const url = `http://${address}/cgi-bin/whoami`;
  const { stdout } = await pod.tryExec(['busybox', 'wget', '-q', '-O', '-', url], { timeoutMs: 3000 });
  return /source=(\S+)/.exec(stdout)?.[1] ?? `no answer: ${stdout}`;
}

test('C03 another Network is announced by every node and taken one by one, and the old subnets lose nothing', async () => {
  let outcome: { readonly nodes: readonly Node[] } = { nodes: [] };
  const work = async (): Promise<void> => {
    const wanted = JSON.stringify({ Network: '10.77.0.0/16', Backend: { Type: 'vxlan' } });
    const set = await others[0]!.overlayctl(['config', 'set', '-'], { input: wanted });
    expect(set).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('FormerNetworks keeps 10.5.0.0/16 usable') as string,
    });
    for (const one of cluster.hosts)
      await eventually('the announcement', async () => (await status(one)).includes('OVL_CONFIG_CHANGED'));
    await eventually('three nodes that must renumber', async () => {
      const { stdout } = await host.overlayctl(['node', 'list']);
      return stdout.split('must renumber').length === 4;
    });
    const done = await others[1]!.overlayctl(['node', 'renumber', '--all', '--one-by-one', '-o', 'json']);
    outcome = JSON.parse(done.stdout) as typeof outcome;
  };
  const results = await runFlows(flowsOf(pods), { rate: 20 }, work);
  expect(outcome.nodes.map(({ state, after }) => `${state} ${after.slice(0, 6)}`)).toEqual(
    Array.from({ length: 3 }, () => 'draining 10.77.'),
  );
  expect(results.map(({ flow, lost }) => [flow.from.address, flow.to, lost])).toEqual(
    results.map(({ flow }) => [flow.from.address, flow.to, 0]),
  );
  expect((await keys()).match(/subnets\/10\.77\./g)).toHaveLength(3);
  expect((await keys()).match(/subnets\/10\.5\./g)).toHaveLength(3);
});

test('C03 old and new subnets reach each other, and nobody hides a source', async () => {
  const all = [...pods, ...(await Promise.all(others.map((one) => podOn(one, 2))))];
  const results = await runFlows(flowsOf(all), { rate: 20 }, () => Promise.resolve());
  expect(results.filter(({ lost }) => lost > 0).map(({ flow }) => [flow.from.address, flow.to])).toEqual([]);
  const seen = await Promise.all(all.map((pod) => seenFrom(pod, server.ip)));
  expect(seen).toEqual(all.map(({ address }) => address));
  expect(await status(host)).toContain('OVL_RENUMBER_DRAINING');
});

test('C03 a restart of overlayd while it drains goes on draining, and loses nothing', async () => {
  const work = async (): Promise<void> => {
    await host.overlayd().restart();
    await others[0]!.overlayd().restart();
  };
  const results = await runFlows(flowsOf(pods), { rate: 20 }, work);
  expect(results.map(({ lost }) => lost)).toEqual(results.map(() => 0));
  expect(await keys()).toContain(oldKey);
  await eventually('the old lease drains', async () =>
    (await status(host)).includes('OVL_RENUMBER_DRAINING'),
  );
});

test('C03 the old lease goes with its last container, and new ones live in the new subnet', async () => {
  expect(await keys()).toContain(oldKey);
  await server.remove();
  const ms = await eventually('the old lease is gone', async () => !(await keys()).includes(oldKey));
  process.stderr.write(`old lease gone ${ms} ms after its last container\n`);
  await eventually('the status', async () => !(await status(host)).includes('OVL_RENUMBER_DRAINING'));
  const fresh = await startServer(host, 'new-server', NETWORK, []);
  expect(fresh.ip).toMatch(/^10\.77\./);
  for (const pod of pods) expect(await seenFrom(pod, fresh.ip)).toBe(pod.address);
  expect(await fetchFrom(host, fresh.ip)).toBeDefined();
});

test('C03 without Docker an operator ends it with lease release', async () => {
  const one = others[0]!;
  const old = pods[0]!.address.replace('.10', '.0/24');
  const { code } = await host.overlayctl(['lease', 'release', '--force', old]);
  expect(code).toBe(0);
  await eventually('the status', async () => !(await status(one)).includes('OVL_RENUMBER_DRAINING'));
  await eventually('the route', async () => !(await sh(host, 'ip route show proto 76')).includes(old));
});

test('I1 I2 no subnet, old or new, was ever in the hands of two hosts', async () => {
  const { events, violations } = await history.stop();
  expect(violations).toEqual([]);
  // Three came, took another subnet each, and two gave the old one back.
  expect(events.filter(({ value }) => value === undefined)).toHaveLength(2);
  expect(new Set(events.map(({ key }) => key)).size).toBe(6);
});
