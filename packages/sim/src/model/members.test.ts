import type { LeaseSink } from '@overlay/lease';
import { Random } from '../random.js';
import { Scheduler } from '../scheduler.js';
import { ModelEtcd } from './etcd.js';
import { EtcdLink } from './etcd-link.js';
import { NodeClock } from './node-clock.js';
import { ModelStore } from './store.js';

const KEY = '10.5.1.0-24';

/** Always the first member first. */
function create() {
  const scheduler = new Scheduler();
  const nothing = (): void => undefined;
  const etcd = new ModelEtcd(scheduler, { written: nothing, expired: nothing });
  const link = new EtcdLink(etcd, scheduler, new Random(1));
  const clock = new NodeClock(scheduler, new Random(2));
  const store = new ModelStore({ etcd, link, clock, writer: 'w', firstMember: 0, told: nothing });
  const pass = (ms: number): Promise<void> => scheduler.runFor(ms, nothing);
  const [first, second, third] = etcd.members.all;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three members');
  return { scheduler, etcd, store, pass, first, second, third };
}

/** How long a call took, and what came of it. */
async function timed<T>(
  { scheduler, pass }: ReturnType<typeof create>,
  call: Promise<T>,
): Promise<readonly [T, number]> {
  let endMs = 0;
  const over = call.finally(() => (endMs = scheduler.nowMs));
  over.catch(() => undefined);
  const startMs = scheduler.nowMs;
  await pass(20_000);
  return [await over, endMs - startMs];
}

function recorder() {
  const told: string[] = [];
  const sink: LeaseSink = {
    snapshot: ({ leases }) => void told.push(`list ${leases.length}`),
    events: (events) => void told.push(...events.map((event) => event.type)),
    config: () => undefined,
    state: ({ connected, endpoint }) => void told.push(`${connected ? 'at' : 'not at'} ${endpoint}`),
  };
  return { told, sink };
}

test('a read of a member that is behind waits until that has what was agreed on', async () => {
  const world = create();
  world.first.trouble({ lagMs: 1500 });
  world.etcd.put(KEY, '{}', '0', 'x');
  const [lease, tookMs] = await timed(world, world.store.get(KEY));
  expect(lease?.value).toBe('{}');
  expect(tookMs).toBeGreaterThan(1400);
  expect(tookMs).toBeLessThan(1600);
});

test('A06 a member that is alone answers no read and no write: the next one is asked within the time of a call', async () => {
  const world = create();
  world.first.trouble({ isolated: true });
  const [id, tookMs] = await timed(world, world.store.grant(60));
  expect(world.etcd.timeToLive(id).grantedTtl).toBe(60);
  expect(tookMs).toBeGreaterThan(2400);
  expect(tookMs).toBeLessThan(5000);
  const [, againMs] = await timed(world, world.store.get(KEY));
  expect(againMs).toBeLessThan(100);
});

test('A06 a watch at a member that is cut off goes on at another one, and misses nothing', async () => {
  const { etcd, store, pass, first } = create();
  const { told, sink } = recorder();
  store.follow(sink);
  await pass(1000);
  first.trouble({ isolated: true });
  etcd.put(KEY, '{}', '0', 'x');
  await pass(15_000);
  expect(told).toEqual([
    'list 0',
    'at http://etcd1:2379',
    'not at http://etcd1:2379',
    'at http://etcd2:2379',
    'put',
  ]);
});

test('a watch that begins at a member that is behind is told when that member comes to know', async () => {
  const { etcd, store, pass, first, second, third } = create();
  const { told, sink } = recorder();
  second.trouble({ lagMs: 3000 });
  third.trouble({ down: true });
  store.follow(sink);
  await pass(1000);
  first.trouble({ down: true });
  etcd.put(KEY, '{}', '0', 'x');
  await pass(2500);
  expect(told.at(-1)).toBe('not at http://etcd1:2379');
  await pass(1000);
  expect(told.slice(-2)).toEqual(['at http://etcd2:2379', 'put']);
});

test('A07 etcd#19179: a deletion that was compacted just then is learned from a complete list', async () => {
  const { etcd, store, pass, first } = create();
  etcd.put(KEY, '{}', '0', 'x');
  const { told, sink } = recorder();
  store.follow(sink);
  await pass(1000);
  first.trouble({ down: true });
  etcd.delete([KEY], 'x');
  etcd.kv.compact();
  await pass(1000);
  expect(told).toEqual([
    ...['list 1', 'at http://etcd1:2379', 'not at http://etcd1:2379'],
    ...['list 0', 'at http://etcd2:2379'],
  ]);
});
