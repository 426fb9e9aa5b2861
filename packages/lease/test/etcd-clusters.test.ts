import { ipv4, ipv4Prefix } from '@overlay/cidr';
import type { LeaseStore } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import { Etcd } from './rig/etcd.js';
import { until } from './rig/processes.js';
import { Proxy } from './rig/proxy.js';
import { Recorder } from './rig/recorder.js';

jest.setTimeout(40_000);

const PREFIX = '/atomic.io/network';
const key = (name: string): string => `${PREFIX}/subnets/${name}`;
const VALUE = '{"PublicIP":"172.31.0.9"}';

/** The cluster of this run, two of whose three members are in the list. */
let members: Etcd[];
/** An etcd of its own, with other leases. */
let stranger: Etcd;
let store: LeaseStore;
let recorder: Recorder;
const proxies: Proxy[] = [];

beforeAll(async () => {
  [members, stranger] = await Promise.all([Etcd.startCluster(3), Etcd.start()]);
  await stranger.ctl('put', key('10.9.9.0-24'), VALUE);
}, 30_000);
beforeEach(async () => {
  recorder = new Recorder();
  await members[0]!.ctl('del', '--prefix', key(''));
  await members[0]!.ctl('put', key('10.5.1.0-24'), VALUE);
});
afterEach(async () => {
  await store.close();
  for (const proxy of proxies.splice(0)) await proxy.close();
});
afterAll(() => Promise.all([...members, stranger].map((etcd) => etcd.dispose())));

async function follow(endpoints: readonly string[]): Promise<void> {
  store = openLeaseStore({ endpoints, prefix: PREFIX });
  store.follow(recorder);
  await until('the watch stands', () => recorder.connected);
}

async function proxyOf(etcd: Etcd): Promise<Proxy> {
  const proxy = await Proxy.before(etcd.port);
  proxies.push(proxy);
  return proxy;
}

async function create(third: number): Promise<boolean> {
  const { revision } = await store.list();
  const subnets = { subnet: ipv4Prefix(0x0a050000 + third * 256, 24) };
  const value = { publicIp: ipv4(0xac1f0006), backendType: 'host-gw' };
  return (await store.create(subnets, value, { listedAt: revision, etcdLease: '0' })).ok;
}

const strangerKeys = (): Promise<string> => stranger.ctl('get', '--prefix', '--keys-only', key(''));

test('A18 an endpoint of another cluster is named and never used, though it comes first in the list', async () => {
  await follow([stranger, members[0]!, members[1]!].map(({ url }) => url));
  expect(recorder.states.at(-1)?.endpoint).not.toBe(stranger.url);
  expect([...recorder.leases.keys()]).toEqual(['10.5.1.0-24']);
  for (const third of [2, 3]) expect(await create(third)).toBe(true);
  expect(await store.list()).toMatchObject({ leases: { length: 3 } });
  expect((await strangerKeys()).trim()).toBe(key('10.9.9.0-24'));
  expect(recorder.snapshots).toHaveLength(1);
  await until('it is named', () => recorder.standing.some(({ code }) => code === 'OVL_ETCD_CLUSTER'));
  expect(recorder.standing[0]?.message).toContain(
    `etcd at ${stranger.url} is not used: it is a member of cluster`,
  );
});

test('A18 an endpoint that leads to another cluster from now on is left, and nothing of that cluster is told or written', async () => {
  const first = await proxyOf(members[0]!);
  await follow([first.url, members[1]!.url]);
  expect(recorder.states.at(-1)?.endpoint).toBe(first.url);
  first.redirect(stranger.port);
  await until(
    'the other endpoint serves',
    () => recorder.connected && recorder.states.at(-1)?.endpoint === members[1]!.url,
  );
  expect(await create(4)).toBe(true);
  await until('the put is seen', () => recorder.leases.has('10.5.4.0-24'));
  expect([...recorder.leases.keys()].sort()).toEqual(['10.5.1.0-24', '10.5.4.0-24']);
  expect([recorder.snapshots.length, recorder.heard.filter(({ type }) => type === 'delete')]).toEqual([
    1,
    [],
  ]);
  expect((await strangerKeys()).trim()).toBe(key('10.9.9.0-24'));
  await until('it is named', () => recorder.standing.some(({ code }) => code === 'OVL_ETCD_CLUSTER'));
  first.redirect(members[0]!.port);
  await until('the name is taken back', () => recorder.standing.length === 0, 20_000);
});

test('A17 A18 when every endpoint leads to another cluster the store was replaced: its leases are what counts', async () => {
  const both = [await proxyOf(members[0]!), await proxyOf(members[1]!)];
  await follow(both.map(({ url }) => url));
  both[0]!.redirect(stranger.port);
  await until('the first one is named', () => recorder.standing.length === 1);
  expect([...recorder.leases.keys()]).toEqual(['10.5.1.0-24']);
  both[1]!.redirect(stranger.port);
  await until('the new store is listed', () => recorder.leases.has('10.9.9.0-24'), 20_000);
  expect([...recorder.leases.keys()]).toEqual(['10.9.9.0-24']);
  await until('nothing is wrong with it', () => recorder.connected && recorder.standing.length === 0, 20_000);
});

test('A18 members that are replaced one by one under load are of the same cluster: nothing is listed anew, no lease is lost', async () => {
  const both = [await proxyOf(members[0]!), await proxyOf(members[1]!)];
  await follow(both.map(({ url }) => url));
  for (const [index, third] of [5, 6].entries()) {
    both[index]!.redirect(members[2]!.port);
    await until('a write', () => create(third).catch(() => false));
  }
  await until('all is seen', () => recorder.leases.size === 3);
  expect([recorder.snapshots.length, recorder.standing, recorder.warned]).toEqual([1, [], []]);
});

test('A18 a stranger that alone was up at the start is left for the cluster of the others, and its leases go', async () => {
  const both = [await proxyOf(members[0]!), await proxyOf(members[1]!)];
  for (const proxy of both) proxy.block();
  await follow([stranger.url, ...both.map(({ url }) => url)]);
  expect([...recorder.leases.keys()]).toEqual(['10.9.9.0-24']);
  for (const proxy of both) proxy.unblock();
  await until('the leases are those of most', () => recorder.leases.has('10.5.1.0-24'), 30_000);
  expect([...recorder.leases.keys()]).toEqual(['10.5.1.0-24']);
  expect(await create(7)).toBe(true);
  expect((await strangerKeys()).trim()).toBe(key('10.9.9.0-24'));
  await until('it is named', () => recorder.standing.some(({ code }) => code === 'OVL_ETCD_CLUSTER'));
});
