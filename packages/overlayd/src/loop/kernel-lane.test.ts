import { FakeKernel, joinKernel, type KernelObject, type KernelPart } from '@overlay/dataplane';
import { addressFact, linkFact } from '../../test/support/host-view.js';
import { network, nodePlan, peer } from '../../test/support/hosts.js';
import { MemoryLogger } from '../../test/support/memory-logger.js';
import { systemClock } from '../host/clock.js';
import { createMetrics } from '../http/metrics.js';
import { KernelLane } from './kernel-lane.js';
import { ownershipOf } from './ownership.js';
import { Problems } from './problems.js';

let lane: KernelLane;
beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(async () => {
  await lane.lane.stop();
  jest.useRealTimers();
});

/** A host with two peers, after its first pass. The kernel tells of changes unless `deaf`. */
async function host(deaf = false, parts: readonly KernelPart[] = []) {
  const kernel = new FakeKernel();
  kernel.tables.putLink(linkFact('eth0'));
  kernel.tables.putAddress(addressFact('eth0', '172.31.0.1/24'));
  kernel.tables.sysctls.set('net/ipv4/ip_forward', '0');
  const node = nodePlan(network({ Type: 'vxlan' }));
  const peers = new Map([2, 3].map((n) => [peer(n).name, peer(n)]));
  const log = new MemoryLogger();
  const metrics = createMetrics();
  lane = new KernelLane({
    ...{ clock: systemClock, log, metrics, problems: new Problems(log), settleMs: 1000 },
    kernel: joinKernel(kernel, parts),
    leases: { used: () => peers.values(), get: (name) => peers.get(name) },
    ownership: (plan) => ownershipOf(plan, false),
    ahead: () => Promise.resolve(),
    onPass: () => undefined,
  });
  if (!deaf) await kernel.watch(() => lane.verifySoon());
  lane.setNode(node);
  await jest.advanceTimersByTimeAsync(1000);
  const objects = async (): Promise<ReadonlyMap<string, KernelObject>> =>
    (await kernel.read(ownershipOf(node, false))).objects;
  return { kernel, objects, before: await objects(), log };
}

test('D21 a part that cannot be read is said although nothing is wanted of it, and read again within a second', async () => {
  const nothing = { objects: new Map(), foreign: new Map() };
  let reads = 0;
  const read: KernelPart['read'] = () =>
    (reads += 1) === 1 ? Promise.reject(new Error('write ENOBUFS')) : Promise.resolve(nothing);
  const { log } = await host(false, [{ claims: () => false, read, apply: () => Promise.resolve([]) }]);
  const text = 'kernel: not all can be read: write ENOBUFS';
  expect(log.lines.filter((line) => line.includes(text))).toHaveLength(2);
  expect(lane.failures.size).toBe(0);
});

/** More than a verification after a notice is put off, and after that a little for the pass itself. */
const NOTICED_MS = 100;

test.each(['route', 'neighbour', 'fdb', 'address'])(
  'D01 a %s of ours that somebody deletes is back at once, and nothing else was touched',
  async (type) => {
    const { kernel, objects, before } = await host();
    const victim = [...before.values()].find((object) => object.type === type)!;
    const done = kernel.applied.length;
    kernel.tables.remove(victim);
    expect((await objects()).size).toBe(before.size - 1);
    await jest.advanceTimersByTimeAsync(NOTICED_MS);
    expect(await objects()).toEqual(before);
    expect(kernel.applied.slice(done)).toEqual([{ op: 'add', object: victim }]);
  },
);

test('D01 what the kernel did not tell of is found by the verification, at most 33 s later', async () => {
  const { kernel, objects, before } = await host(true);
  for (const object of before.values()) if (object.type === 'route') kernel.tables.remove(object);
  await jest.advanceTimersByTimeAsync(33_000);
  expect(await objects()).toEqual(before);
});

test('D05 a device that somebody deletes comes back with its MAC, and with every peer on it', async () => {
  const { kernel, objects, before } = await host();
  expect(before.get('link:flannel.1')).toMatchObject({ mac: '7e:73:a8:ee:4d:53' });
  for (let turn = 0; turn < 3; turn += 1) {
    kernel.tables.deleteLink('flannel.1');
    expect((await objects()).size).toBe(0);
    await jest.advanceTimersByTimeAsync(NOTICED_MS);
    expect(await objects()).toEqual(before);
  }
});

test('I10 without a change from outside a verification writes nothing', async () => {
  const { kernel } = await host();
  const done = kernel.applied.length;
  await jest.advanceTimersByTimeAsync(300_000);
  expect(kernel.applied).toHaveLength(done);
});
