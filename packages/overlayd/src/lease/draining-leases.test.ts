import { parseIpv4 } from '@overlay/cidr';
import { formatLeaseValue, parseNetworkConfig, parseLeaseName, type LeaseAttributes } from '@overlay/lease';
import { FakeLeaseStore } from '../../test/support/fake-lease-store.js';
import { MemoryLogger } from '../../test/support/memory-logger.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { createMetrics } from '../http/metrics.js';
import { Problems } from '../loop/problems.js';
import { LeaseKeeper } from './keeper.js';

const OLD = '10.5.1.0-24';

const config = (changes: object) =>
  parseNetworkConfig(JSON.stringify({ Backend: { Type: 'host-gw' }, ...changes }));
const FIRST = config({ Network: '10.5.0.0/16' });
const MOVED = config({ Network: '10.6.0.0/16', FormerNetworks: ['10.5.0.0/16'] });

const attributes = (publicIp = '172.31.0.1', nodeId = 'node-a'): LeaseAttributes => ({
  publicIp: parseIpv4(publicIp),
  backendType: 'host-gw',
  overlay: { nodeId, hostname: 'h', version: '1', backends: [] },
});

/** A keeper that holds a lease in 10.6.0.0/16 and, beside it, the old one. */
async function draining() {
  const store = new FakeLeaseStore();
  const clock = new VirtualClock('manual');
  const log = new MemoryLogger();
  const gone: string[] = [];
  const lost: string[] = [];
  const keeper = new LeaseKeeper({
    ...{ store, clock, log, metrics: createMetrics(), problems: new Problems(log), nodeId: 'node-a' },
    onLost: (_, loss) => void lost.push(loss),
    onDrainingGone: (name) => void gone.push(name),
  });
  const acquire = (network = MOVED): Promise<void> =>
    keeper.acquire({
      ...{ config: network, ttlSeconds: 60, nodeId: 'node-a', attributes: attributes() },
      previous: keeper.status.lease ?? parseLeaseName(OLD),
    });
  await acquire(FIRST);
  store.follow({
    snapshot: (snapshot) => keeper.snapshot(snapshot),
    events: (events) => keeper.events(events),
    config: () => undefined,
    state: () => undefined,
  });
  keeper.reacquire();
  await acquire();
  const held = (): readonly boolean[] => [keeper.status.state === 'held', keeper.draining.has(OLD)];
  return { store, clock, keeper, gone, lost, acquire, held, now: keeper.status.raw!.name };
}

test('C03 while it drains the old lease is held, on the etcd lease that is renewed', async () => {
  const { store, clock, keeper, held } = await draining();
  await clock.advance(200_000);
  expect(held()).toEqual([true, true]);
  expect(store.leases.size).toBe(1);
  expect(store.keys.get(OLD)?.etcdLease).toBe(keeper.status.raw?.etcdLease);
  keeper.stop();
});

test('B11 what changes is written to both leases', async () => {
  const { store, keeper, now } = await draining();
  expect(await keeper.republish(attributes('172.31.0.99'))).toBe(true);
  for (const name of [OLD, now]) expect(store.keys.get(name)?.value).toContain('172.31.0.99');
  keeper.stop();
});

test('A20 a draining lease that an operator releases is over and told; the own one stays', async () => {
  const { store, keeper, gone, lost, held } = await draining();
  store.delete(OLD);
  expect([gone, lost, held()]).toEqual([[OLD], [], [true, false]]);
  keeper.stop();
});

test('B04 a draining subnet that another host took is given up, and never written over', async () => {
  const { store, keeper, gone, held } = await draining();
  store.put(OLD, formatLeaseValue(attributes('172.31.0.2', 'node-b')));
  expect([gone, held()]).toEqual([[OLD], [true, false]]);
  await keeper.republish(attributes('172.31.0.99'));
  expect(store.keys.get(OLD)?.value).toContain('node-b');
  keeper.stop();
});

test('A22 when the etcd lease is gone both come back with the next acquisition', async () => {
  const { store, keeper, lost, acquire, held, now } = await draining();
  store.expire(keeper.status.raw!.etcdLease);
  expect([lost, [...store.keys.keys()]]).toEqual([['gone'], []]);
  await acquire();
  expect(held()).toEqual([true, true]);
  expect([...store.keys.keys()].sort()).toEqual([OLD, now].sort());
  keeper.stop();
});

test('A17 a list that lacks the draining lease ends it', async () => {
  const { store, keeper, gone } = await draining();
  store.keys.delete(OLD);
  store.revision += 1n;
  keeper.snapshot(store.snapshot());
  expect(gone).toEqual([OLD]);
  keeper.stop();
});

test('a released lease is deleted in etcd; a key that somebody else wrote is not', async () => {
  const { store, keeper, held } = await draining();
  await keeper.draining.release(parseLeaseName(OLD));
  expect([store.keys.has(OLD), held()]).toEqual([false, [true, false]]);
  await keeper.draining.release(parseLeaseName(OLD));
  keeper.stop();
});

test('a release that does not reach etcd leaves the lease held', async () => {
  const { store, keeper, held } = await draining();
  store.break('remove', 'unreachable');
  await expect(keeper.draining.release(parseLeaseName(OLD))).rejects.toThrow();
  expect(held()).toEqual([true, true]);
  await keeper.draining.release(parseLeaseName(OLD));
  expect(store.keys.has(OLD)).toBe(false);
  keeper.stop();
});
