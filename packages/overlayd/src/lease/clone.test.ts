import { parseIpv4 } from '@overlay/cidr';
import { formatLeaseValue, parseNetworkConfig, parseLeaseName, type LeaseAttributes } from '@overlay/lease';
import { FakeLeaseStore } from '../../test/support/fake-lease-store.js';
import { MemoryLogger } from '../../test/support/memory-logger.js';
import { settle, VirtualClock } from '../../test/support/virtual-clock.js';
import { createMetrics } from '../http/metrics.js';
import { Problems } from '../loop/problems.js';
import { LeaseKeeper } from './keeper.js';

const NAME = '10.5.1.0-24';
const NETWORK = parseNetworkConfig(
  JSON.stringify({ Network: '10.5.0.0/16', SubnetMax: '10.5.9.0', Backend: { Type: 'host-gw' } }),
);

const attributes = (n: number, hostname = `h${n}`): LeaseAttributes => ({
  publicIp: parseIpv4(`172.31.0.${n}`),
  backendType: 'host-gw',
  overlay: { nodeId: 'node-a', hostname, version: '1', backends: [] },
});

/** Machine `n` with its keeper: all of them have one node id, and remember the one subnet. */
class Machine {
  readonly losses: string[] = [];
  readonly log = new MemoryLogger();
  readonly clock = new VirtualClock('manual');
  rewritten = 0;
  readonly keeper: LeaseKeeper;

  constructor(
    readonly n: number,
    readonly store: FakeLeaseStore,
  ) {
    const { log, clock } = this;
    this.keeper = new LeaseKeeper({
      ...{ store, log, clock, metrics: createMetrics(), nodeId: 'node-a' },
      problems: new Problems(log),
      onLost: (_, loss) => void this.losses.push(loss),
      onDrainingGone: () => undefined,
      onRewritten: () => (this.rewritten += 1),
    });
  }

  async acquire(): Promise<void> {
    const previous = this.keeper.wish(parseLeaseName(NAME));
    await this.keeper.acquire({
      ...{ config: NETWORK, ttlSeconds: 60, nodeId: 'node-a', attributes: attributes(this.n) },
      ...(previous === undefined ? {} : { previous }),
    });
  }

  /** As the node lane does it. */
  async republish(): Promise<boolean> {
    return this.keeper.republish(attributes(this.n));
  }

  follow(): void {
    this.store.follow({
      snapshot: (snapshot) => this.keeper.snapshot(snapshot),
      events: (events) => this.keeper.events(events),
      config: () => undefined,
      state: () => undefined,
    });
  }
}

let machines: readonly Machine[];
afterEach(() => machines.forEach(({ keeper }) => keeper.stop()));

async function started(): Promise<readonly [FakeLeaseStore, Machine, Machine]> {
  const store = new FakeLeaseStore();
  const [original, clone] = [new Machine(1, store), new Machine(2, store)];
  machines = [original, clone];
  await original.acquire();
  original.follow();
  await clone.acquire();
  clone.follow();
  return [store, original, clone];
}

test('B07 a clone that takes the lease of its living original gives way when it is written back, and takes another', async () => {
  const [store, original, clone] = await started();
  expect([clone.keeper.status.raw?.name, original.rewritten]).toEqual([NAME, 1]);
  expect(original.log.lines.join('\n')).toContain('a clone of this machine wrote the lease 10.5.1.0-24');
  expect(await original.keeper.republish(attributes(1))).toBe(true);
  expect([original.losses, clone.losses]).toEqual([[], ['cloned']]);
  await clone.acquire();
  await settle();
  expect(store.keys.get(NAME)?.value).toBe(formatLeaseValue(attributes(1)));
  expect(clone.keeper.status.raw?.name).not.toBe(NAME);
  expect(clone.keeper.status.raw?.etcdLease).not.toBe(original.keeper.status.raw?.etcdLease);
  expect([original.keeper.status.state, clone.keeper.status.state]).toEqual(['held', 'held']);
});

test('B07 the same where only the clone is behind a watch that is cut off: the key as read tells it', async () => {
  const [store, original, clone] = await started();
  clone.keeper.events = () => undefined;
  await original.keeper.republish(attributes(1));
  expect(await clone.keeper.republish(attributes(2))).toBe(false);
  expect(clone.losses).toEqual(['cloned']);
  expect(store.keys.get(NAME)?.value).toBe(formatLeaseValue(attributes(1)));
});

test('B11 a restart under another address takes the lease over, and nobody is in the way', async () => {
  const store = new FakeLeaseStore();
  const [before, after] = [new Machine(1, store), new Machine(2, store)];
  machines = [before, after];
  await before.acquire();
  before.keeper.stop();
  await after.acquire();
  after.follow();
  expect(await after.keeper.republish({ ...attributes(2), backendType: 'vxlan' })).toBe(true);
  expect([after.losses, after.rewritten, after.keeper.status.raw?.name]).toEqual([[], 0, NAME]);
});

/** A host that came back under another address, and the key that it had taken over then. */
async function moved(): Promise<readonly [FakeLeaseStore, Machine, string]> {
  const store = new FakeLeaseStore();
  const [before, after] = [new Machine(1, store), new Machine(2, store)];
  machines = [before, after];
  await before.acquire();
  before.keeper.stop();
  const { value } = store.keys.get(NAME)!;
  await after.acquire();
  after.follow();
  return [store, after, value];
}

test('A17 B07 a restored etcd that has the value of a host before it moved is no clone: it is written again', async () => {
  const [store, host, before] = await moved();
  const raw = store.keys.get(NAME)!;
  store.revision = 3n;
  store.keys.set(NAME, { ...raw, value: before, modRevision: '3' });
  host.keeper.snapshot(store.snapshot());
  await settle();
  expect([host.losses, host.rewritten]).toEqual([[], 1]);
  expect(host.log.lines.join('\n')).not.toContain('clone');
  expect(await host.republish()).toBe(true);
  expect(store.keys.get(NAME)?.value).toBe(formatLeaseValue(attributes(2)));
});

test('B07 who took a lease over and has held it for a TTL is there first: a clone that comes then gives way', async () => {
  const [store, host] = await moved();
  await host.clock.advance(90_000);
  const clone = new Machine(3, store);
  machines = [...machines, clone];
  await clone.acquire();
  clone.follow();
  expect([clone.keeper.status.raw?.name, host.losses, host.rewritten]).toEqual([NAME, [], 1]);
  expect(await host.republish()).toBe(true);
  expect([host.losses, clone.losses]).toEqual([[], ['cloned']]);
});

test('A17 the same when a copy of etcd is put back key by key, at newer revisions', async () => {
  const [store, host, before] = await moved();
  await host.clock.advance(90_000);
  store.put(NAME, before, host.keeper.status.raw!.etcdLease);
  expect([host.losses, host.rewritten]).toEqual([[], 1]);
});

test('B07 an original that was cut off for longer than its lease is sure gives way to the clone that has it since', async () => {
  const store = new FakeLeaseStore();
  const [original, clone] = [new Machine(1, store), new Machine(2, store)];
  machines = [original, clone];
  await original.acquire();
  await clone.acquire();
  clone.follow();
  await clone.clock.advance(90_000);
  original.clock.suspend(90_000);
  original.follow();
  expect([original.losses, original.rewritten, clone.losses]).toEqual([['cloned'], 0, []]);
  expect(store.keys.get(NAME)?.value).toBe(formatLeaseValue(attributes(2)));
});
