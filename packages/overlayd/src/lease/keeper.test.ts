import { parseIpv4 } from '@overlay/cidr';
import {
  formatLeaseValue,
  parseNetworkConfig,
  type LeaseAttributes,
  type NetworkConfig,
} from '@overlay/lease';
import { FakeLeaseStore } from '../../test/support/fake-lease-store.js';
import { MemoryLogger } from '../../test/support/memory-logger.js';
import { settle, VirtualClock } from '../../test/support/virtual-clock.js';
import { createMetrics } from '../http/metrics.js';
import { Problems } from '../loop/problems.js';
import { LeaseKeeper } from './keeper.js';
import { holds } from './status.js';

const attributes = (publicIp: string, nodeId = 'node-a'): LeaseAttributes => ({
  publicIp: parseIpv4(publicIp),
  backendType: 'host-gw',
  overlay: { nodeId, hostname: 'h', version: '1', backends: [{ type: 'host-gw' }] },
});

const network = (changes: object = {}): NetworkConfig =>
  parseNetworkConfig(JSON.stringify({ Network: '10.5.0.0/16', Backend: { Type: 'host-gw' }, ...changes }));
const ONE_SUBNET = network({ Network: '10.6.0.0/16', SubnetMin: '10.6.1.0', SubnetMax: '10.6.1.0' });

async function holder(prepare: (store: FakeLeaseStore) => void = () => undefined) {
  const store = new FakeLeaseStore();
  prepare(store);
  const clock = new VirtualClock('manual');
  const problems = new Problems(new MemoryLogger());
  const metrics = createMetrics();
  const lost: string[] = [];
  const verdicts: string[] = [];
  const onLost = (reason: string, verdict: string): void => {
    lost.push(reason);
    verdicts.push(verdict);
  };
  const log = new MemoryLogger();
  const released: string[] = [];
  const onDrainingGone = (name: string): void => void released.push(name);
  const keeper = new LeaseKeeper({
    ...{ store, clock, log, metrics, problems, nodeId: 'node-a', onLost, onDrainingGone },
  });
  const acquire = (config = network()): Promise<void> =>
    keeper.acquire({ config, ttlSeconds: 60, nodeId: 'node-a', attributes: attributes('172.31.0.1') });
  await acquire();
  store.follow({
    snapshot: (snapshot) => keeper.snapshot(snapshot),
    events: (events) => keeper.events(events),
    config: () => undefined,
    state: () => undefined,
  });
  const codes = (): string[] => problems.list().map(({ code }) => code);
  const name = keeper.status.raw!.name;
  return { released, store, clock, keeper, lost, verdicts, codes, problems, acquire, metrics, name };
}

test('I1 a held lease is renewed; its deadline moves on', async () => {
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

test('A20 a lease that etcd no longer knows is lost at the next renewal', async () => {
  const { store, clock, keeper, lost } = await holder();
  store.leases.clear();
  await clock.advance(21_000);
  expect(lost).toEqual(['etcd does not know the lease any more']);
  expect(keeper.status.state).toBe('lost');
});

test('A25 I12 failed renewals are a problem while they last, and not a loss', async () => {
  const { store, clock, lost, codes, keeper } = await holder();
  store.break('keepAlive', 'unreachable', 2);
  await clock.advance(20_001);
  expect(codes()).toEqual(['OVL_ETCD_UNREACHABLE']);
  await clock.advance(10_000);
  expect(codes()).toEqual([]);
  expect(lost).toEqual([]);
  keeper.stop();
});

test('A21 a renewal whose key is gone counts for nothing, though etcd knows the lease and the watch is silent', async () => {
  const { store, clock, keeper, lost, name } = await holder();
  const { deadlineMs } = keeper.status;
  store.keys.delete(name);
  await clock.advance(21_000);
  expect([store.count('keepAlive'), keeper.status.deadlineMs]).toEqual([1, deadlineMs]);
  expect(lost).toEqual(['its key was deleted']);
});

test('A21 a key of ours on another etcd lease than the one that is renewed is acquired again', async () => {
  const { store, clock, lost, name } = await holder();
  store.keys.set(name, { ...store.keys.get(name)!, etcdLease: store.newLease(60) });
  await clock.advance(21_000);
  expect(lost).toEqual(['its key hangs on another etcd lease']);
});

test('B03 a subnet that Flannel on another host writes is lost: one on this host would say our address', async () => {
  const { store, lost, name, keeper } = await holder();
  const { overlay: _, ...theirs } = attributes('172.31.0.2');
  store.put(name, formatLeaseValue(theirs));
  expect(lost).toEqual(['another host took its key']);
  expect(keeper.status.state).toBe('lost');
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

test.each([
  ['flanneld on this host', formatLeaseValue({ ...attributes('172.31.0.1'), overlay: undefined } as never)],
  ['something that cannot be read', '{'],
])(
  'C03 a key with %s in it is renewed past its deadline: draining leases hang on its etcd lease',
  async (_, value) => {
    const { store, clock, keeper, lost, name } = await holder();
    store.put(name, value);
    await clock.advance(200_000);
    expect(holds(keeper.status, clock.bootMs())).toBe(false);
    const renewals = store.count('keepAlive');
    expect(renewals).toBeGreaterThanOrEqual(10);
    expect([lost, store.count('get') <= 2 * renewals]).toEqual([[], true]);
    keeper.stop();
  },
);

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
  expect([keeper.needsLease(), keeper.status.state]).toEqual([true, 'held']);
  await acquire();
  await acquire();
  expect(keeper.needsLease()).toBe(false);
  const before = store.count('keepAlive');
  await clock.advance(20_000);
  expect(store.count('keepAlive') - before).toBe(1);
  keeper.stop();
});

test('C03 a renumber to another subnet is no loss: the old key goes while the new one is ours', async () => {
  const { store, clock, keeper, lost, codes, acquire, name } = await holder();
  keeper.reacquire();
  await acquire(ONE_SUBNET);
  await settle();
  expect(store.keys.has(name)).toBe(false);
  expect([lost, codes()]).toEqual([[], []]);
  expect(keeper.status).toMatchObject({ state: 'held', raw: { name: '10.6.1.0-24' } });
  await clock.advance(61_000);
  expect([lost, keeper.status.state]).toEqual([[], 'held']);
  keeper.stop();
});

test('C03 a renewal of the old etcd lease that is answered after its revocation is no loss', async () => {
  const { store, clock, keeper, lost, acquire } = await holder();
  const remove = store.remove.bind(store);
  const slow = new VirtualClock('auto');
  store.remove = async (raw) => {
    const removed = await remove(raw);
    store.expire(raw.etcdLease);
    await clock.advance(21_000);
    await slow.sleep(1);
    return removed;
  };
  keeper.reacquire();
  await acquire(ONE_SUBNET);
  expect([lost, keeper.status.raw?.name]).toEqual([[], '10.6.1.0-24']);
  keeper.stop();
});

test('B09 a renumber that finds no free subnet leaves the old lease held and renewed', async () => {
  const { store, clock, keeper, lost, acquire, name } = await holder();
  store.put('10.6.1.0-24', formatLeaseValue(attributes('172.31.0.2', 'node-b')), store.newLease(600));
  keeper.reacquire();
  await expect(acquire(ONE_SUBNET)).rejects.toMatchObject({ code: 'OVL_SUBNETS_EXHAUSTED' });
  expect([keeper.needsLease(), keeper.status.state, keeper.status.raw?.name]).toEqual([true, 'held', name]);
  await clock.advance(61_000);
  expect(holds(keeper.status, clock.bootMs())).toBe(true);
  expect(lost).toEqual([]);
  keeper.stop();
});

test('A20 a key that was deleted during an acquisition that failed is a loss', async () => {
  const { store, keeper, lost, acquire, name } = await holder();
  keeper.reacquire();
  store.break('list', 'unreachable');
  const failing = acquire(ONE_SUBNET);
  store.delete(name);
  await expect(failing).rejects.toMatchObject({ code: 'OVL_ETCD_UNREACHABLE' });
  expect([lost, keeper.status.state]).toEqual([['its key was deleted'], 'lost']);
});

test('A20 a key that is deleted as soon as it was written is a loss', async () => {
  const { store, keeper, lost, acquire } = await holder();
  const create = store.create.bind(store);
  store.create = async (...args) => {
    const written = await create(...args);
    store.delete('10.6.1.0-24');
    return written;
  };
  keeper.reacquire();
  await acquire(ONE_SUBNET);
  expect(lost).toEqual(['its key was deleted']);
});

test('B03 a loss says what became of the key: gone, taken or rewritten', async () => {
  const gone = await holder();
  gone.store.delete(gone.name);
  const taken = await holder();
  taken.store.put(taken.name, formatLeaseValue(attributes('172.31.0.2', 'node-b')));
  expect([gone.verdicts, taken.verdicts]).toEqual([['gone'], ['taken']]);
});

test('A22 an outage longer than the TTL is told once, takes nothing away, and is over with a renewal', async () => {
  const { store, clock, keeper, lost, codes, problems } = await holder();
  store.break('keepAlive', 'unreachable', 1000);
  await clock.advance(56_000);
  expect(codes()).not.toContain('OVL_LEASE_EXPIRED');
  await clock.advance(10_000);
  const told = problems.list();
  expect(codes()).toContain('OVL_LEASE_EXPIRED');
  expect(holds(keeper.status, clock.bootMs())).toBe(false);
  await clock.advance(60_000);
  expect(problems.list()).toEqual(told);
  expect(lost).toEqual([]);
  store.heal();
  await clock.advance(3000);
  expect(codes()).toEqual([]);
  expect(holds(keeper.status, clock.bootMs())).toBe(true);
  keeper.stop();
});

test('A17 A25 the key is read until an answer comes: a read that fails is not the last', async () => {
  const { store, clock, keeper, lost, name } = await holder();
  store.keys.delete(name);
  store.revision = 3n;
  store.break('get', 'unreachable', 3);
  keeper.snapshot(store.snapshot());
  keeper.snapshot(store.snapshot());
  await clock.advance(15_000);
  expect([lost, store.count('get')]).toEqual([['its key was deleted'], 4]);
});

test('A17 after stop the key is not read any more', async () => {
  const { store, clock, keeper } = await holder();
  store.revision = 3n;
  store.break('get', 'unreachable', 100);
  keeper.snapshot(store.snapshot());
  await settle();
  keeper.stop();
  await clock.advance(100_000);
  expect(store.count('get')).toBe(1);
});

test('A27 a republish whose answer was lost is recognised by its event, and can be repeated', async () => {
  const { store, keeper, lost } = await holder();
  store.break('update', 'answer-lost');
  await expect(keeper.republish(attributes('172.31.0.99'))).rejects.toMatchObject({
    code: 'OVL_ETCD_TIMEOUT',
  });
  expect(keeper.status.lease?.attributes).toEqual(attributes('172.31.0.99'));
  expect(await keeper.republish(attributes('172.31.0.98'))).toBe(true);
  expect(lost).toEqual([]);
  keeper.stop();
});

test.each(['172.31.0.99', '172.31.0.98'])(
  'A27 the same without its event: the key is read again before it counts as lost (%s)',
  async (next) => {
    const { store, keeper, lost, name } = await holder();
    const deliver = keeper.events.bind(keeper);
    keeper.events = () => undefined;
    store.break('update', 'answer-lost');
    await keeper.republish(attributes('172.31.0.99')).catch(() => undefined);
    expect(await keeper.republish(attributes(next))).toBe(true);
    keeper.events = deliver;
    expect(store.keys.get(name)?.value).toContain(next);
    expect(keeper.status).toMatchObject({
      raw: store.keys.get(name)!,
      lease: { attributes: attributes(next) },
    });
    expect(lost).toEqual([]);
    keeper.stop();
  },
);

test('A27 a list shows our own newer write too', async () => {
  const { store, keeper } = await holder();
  keeper.events = () => undefined;
  store.break('update', 'answer-lost');
  await keeper.republish(attributes('172.31.0.99')).catch(() => undefined);
  keeper.snapshot(store.snapshot());
  expect(keeper.status.lease?.attributes).toEqual(attributes('172.31.0.99'));
  keeper.stop();
});
