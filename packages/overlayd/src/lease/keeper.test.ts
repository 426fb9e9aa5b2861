import { parseIpv4 } from '@overlay/cidr';
import { formatLeaseValue, parseNetworkConfig, type LeaseAttributes } from '@overlay/lease';
import { FakeLeaseStore } from '../../test/support/fake-lease-store.js';
import { MemoryLogger } from '../../test/support/memory-logger.js';
import { settle, VirtualClock } from '../../test/support/virtual-clock.js';
import { createMetrics } from '../http/metrics.js';
import { Problems } from '../loop/problems.js';
import { LeaseKeeper } from './keeper.js';

const attributes = (publicIp: string, nodeId = 'node-a'): LeaseAttributes => ({
  publicIp: parseIpv4(publicIp),
  backendType: 'host-gw',
  overlay: { nodeId, hostname: 'h', version: '1', backends: [{ type: 'host-gw' }] },
});

async function holder(prepare: (store: FakeLeaseStore) => void = () => undefined) {
  const store = new FakeLeaseStore();
  prepare(store);
  const clock = new VirtualClock('manual');
  const problems = new Problems(new MemoryLogger());
  const metrics = createMetrics();
  const lost: string[] = [];
  const onLost = (reason: string): void => void lost.push(reason);
  const log = new MemoryLogger();
  const keeper = new LeaseKeeper({ store, clock, log, metrics, problems, nodeId: 'node-a', onLost });
  const config = parseNetworkConfig('{"Network":"10.5.0.0/16","Backend":{"Type":"host-gw"}}');
  const acquire = (): Promise<void> =>
    keeper.acquire({ config, ttlSeconds: 60, nodeId: 'node-a', attributes: attributes('172.31.0.1') });
  await acquire();
  store.follow({
    snapshot: (snapshot) => keeper.snapshot(snapshot),
    events: (events) => keeper.events(events),
    config: () => undefined,
    state: () => undefined,
  });
  const codes = (): string[] => problems.list().map(({ code }) => code);
  return { store, clock, keeper, lost, codes, acquire, metrics, name: keeper.status.raw!.name };
}

test('a held lease is renewed; its deadline moves on (I1)', async () => {
  const { store, clock, keeper } = await holder();
  const first = keeper.status.deadlineMs!;
  await clock.advance(61_000);
  expect(store.count('keepAlive')).toBeGreaterThanOrEqual(3);
  expect(keeper.status.deadlineMs).toBeGreaterThan(first);
  expect(keeper.status.state).toBe('held');
  keeper.stop();
});

test('A20 B13 a deleted key is a loss, told once, and the same subnet is acquired again', async () => {
  const { store, keeper, lost, codes, acquire, name, metrics } = await holder();
  store.delete(name);
  keeper.events([{ type: 'delete', name, modRevision: store.revision.toString() }]);
  keeper.snapshot(store.snapshot());
  expect(lost).toHaveLength(1);
  expect(keeper.status.state).toBe('lost');
  expect(codes()).toEqual(['OVL_LEASE_LOST']);
  expect((await metrics.leaseLosses.get()).values[0]?.value).toBe(1);
  await acquire();
  expect(keeper.status.state).toBe('held');
  expect(codes()).toEqual([]);
  keeper.stop();
});

test('a lease that etcd no longer knows is lost at the next renewal', async () => {
  const { store, clock, keeper, lost } = await holder();
  store.leases.clear();
  await clock.advance(21_000);
  expect(lost).toEqual(['etcd does not know the lease any more']);
  expect(keeper.status.state).toBe('lost');
});

test('failed renewals are a problem while they last, and not a loss (I12)', async () => {
  const { store, clock, lost, codes, keeper } = await holder();
  store.break('keepAlive', 'unreachable', 2);
  await clock.advance(20_001);
  expect(codes()).toEqual(['OVL_ETCD_UNREACHABLE']);
  await clock.advance(10_000);
  expect(codes()).toEqual([]);
  expect(lost).toEqual([]);
  keeper.stop();
});

test('B04 a key that another node wrote is lost and never written over', async () => {
  const { store, keeper, lost, name } = await holder();
  store.put(name, formatLeaseValue(attributes('172.31.0.2', 'node-b')));
  expect(lost).toEqual(['another host took its key']);
  expect(await keeper.republish(attributes('172.31.0.9'))).toBe(false);
  expect(store.keys.get(name)?.value).toContain('node-b');
});

test('flanneld still running on this host is reported, and is not a loss', async () => {
  const { store, keeper, lost, codes, name } = await holder();
  const { overlay: _, ...flannels } = attributes('172.31.0.1');
  store.put(name, formatLeaseValue(flannels));
  expect(codes()).toEqual(['OVL_LEASE_REWRITTEN']);
  expect(lost).toEqual([]);
  store.put(name, formatLeaseValue(attributes('172.31.0.1')));
  expect(codes()).toEqual([]);
  keeper.stop();
});

test('B11 a new public address is written in place: same subnet, same etcd lease', async () => {
  const { store, keeper, lost, name } = await holder();
  const before = store.keys.get(name)!;
  expect(await keeper.republish(attributes('172.31.0.99'))).toBe(true);
  expect(store.keys.get(name)).toMatchObject({ etcdLease: before.etcdLease, name });
  expect(store.keys.get(name)?.value).toContain('172.31.0.99');
  expect(keeper.status.lease?.attributes).toEqual(attributes('172.31.0.99'));
  expect(await keeper.republish(attributes('172.31.0.98'))).toBe(true);
  expect(lost).toEqual([]);
  keeper.stop();
});

test('B11 a republish over somebody else’s write is a loss', async () => {
  const { store, keeper, lost, name } = await holder();
  const { overlay: _, ...flannels } = attributes('172.31.0.1');
  store.put(name, formatLeaseValue(flannels));
  expect(await keeper.republish(attributes('172.31.0.99'))).toBe(false);
  expect(lost).toHaveLength(1);
});

test('B12 a reservation is held without renewals', async () => {
  const { store, clock, keeper } = await holder((fresh) => {
    const { overlay: _, ...reserved } = attributes('172.31.0.1');
    fresh.put('10.5.34.0-24', formatLeaseValue(reserved));
  });
  expect(keeper.status).toMatchObject({ state: 'reserved', raw: { name: '10.5.34.0-24', etcdLease: '0' } });
  expect(keeper.status.deadlineMs).toBeUndefined();
  await clock.advance(100_000);
  expect(store.count('keepAlive')).toBe(0);
});

test('A17 a list of a restored, older etcd without our key is a loss, not silence', async () => {
  const { store, keeper, lost, name } = await holder();
  store.keys.delete(name);
  store.revision = 3n;
  keeper.snapshot(store.snapshot());
  await settle();
  expect(lost).toHaveLength(1);
});

test('A17 a key of ours that a restored etcd has at a lower revision stays ours, and its deletion is noticed', async () => {
  const { store, keeper, lost, name } = await holder();
  const raw = store.keys.get(name)!;
  store.revision = 3n;
  store.keys.set(name, { ...raw, modRevision: '3' });
  keeper.snapshot(store.snapshot());
  await settle();
  expect(lost).toEqual([]);
  expect(await keeper.republish(attributes('172.31.0.99'))).toBe(true);
  store.delete(name);
  expect(lost).toHaveLength(1);
});

test('a list from before our own write is no loss', async () => {
  const { keeper, lost } = await holder();
  keeper.snapshot({ leases: [], revision: '10' });
  await settle();
  expect(lost).toEqual([]);
  keeper.stop();
});

test('after stop nothing is renewed, and the lease stays in etcd', async () => {
  const { store, clock, keeper, name } = await holder();
  keeper.stop();
  await clock.advance(100_000);
  expect(store.count('keepAlive')).toBe(0);
  expect(store.keys.has(name)).toBe(true);
});

test('acquiring again replaces the renewal: there is one, not two', async () => {
  const { store, clock, keeper, acquire } = await holder();
  keeper.reacquire();
  expect(keeper.status.state).toBe('acquiring');
  await acquire();
  await acquire();
  const before = store.count('keepAlive');
  await clock.advance(20_000);
  expect(store.count('keepAlive') - before).toBe(1);
  keeper.stop();
});
