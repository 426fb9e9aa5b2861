import type { LeaseSink } from '@overlay/lease';
import { Random } from '../random.js';
import { Scheduler } from '../scheduler.js';
import { ModelEtcd } from './etcd.js';
import { EtcdLink } from './etcd-link.js';
import { NodeClock } from './node-clock.js';
import { ModelStore } from './store.js';

const KEY = '10.5.1.0-24';

/** Always the first member first. */
function create(seed = 1) {
  const scheduler = new Scheduler();
  const nothing = (): void => undefined;
  const etcd = new ModelEtcd(scheduler, { written: nothing, expired: nothing });
  const link = new EtcdLink(etcd, scheduler, new Random(seed));
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
  const { etcd, store, pass, first, second } = create();
  const { told, sink } = recorder();
  second.trouble({ lagMs: 3000 });
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

test('what was wrong with a member before ends nothing that is wrong with it since', () => {
  const { etcd, first } = create();
  const end = first.trouble({ lagMs: 1000 });
  etcd.members.recoverAll();
  first.trouble({ down: true });
  end();
  expect(first.down).toBe(true);
});

describe('A06 A22 without a majority', () => {
  test('nothing is agreed on and no lease ends; then there is an election, and each lease has its whole time', async () => {
    const { etcd, pass, second, third } = create();
    etcd.put(KEY, '{}', etcd.grant(10, 'w'), 'w');
    const { term } = etcd;
    const ends = [second.trouble({ down: true }), third.trouble({ isolated: true })];
    await pass(60_000);
    expect([etcd.serves, etcd.get(KEY) === undefined]).toEqual([false, false]);
    for (const end of ends) end();
    expect(etcd.serves).toBe(false);
    await pass(2000);
    expect([etcd.serves, etcd.term]).toEqual([true, term + 1]);
    await pass(9000);
    expect(etcd.get(KEY)).toBeDefined();
    await pass(1000);
    expect(etcd.get(KEY)).toBeUndefined();
  });

  test('the loss of the leader is an election, that of another member is none', async () => {
    const { etcd, pass, first, third } = create();
    const { term } = etcd;
    first.trouble({ down: true })();
    await pass(2000);
    expect(etcd.term).toBe(term);
    third.trouble({ down: true });
    expect(etcd.serves).toBe(false);
    await pass(2000);
    expect([etcd.serves, etcd.term]).toEqual([true, term + 1]);
  });

  test('A27 a write of the last moment may be carried out when the others are back, long after it failed', async () => {
    const outcomes = new Set<string>();
    for (let n = 0; n < 12; n += 1) {
      const { etcd, store, pass } = create(n);
      const ends = etcd.members.all.map((member) => member.trouble({ isolated: true }));
      const said = store.putConfig('{}', '0').then(String, (error: unknown) => String(error));
      await pass(20_000);
      const before = etcd.config;
      for (const end of ends) end();
      await pass(2000);
      outcomes.add(`${String(before)} ${String(etcd.config)} ${await said}`);
    }
    expect([...outcomes].sort()).toEqual([
      expect.stringMatching(/^undefined undefined .*(no leader|in time)/),
      expect.stringMatching(/^undefined {} .*(no leader|in time)/),
    ]);
  });

  test('in an election a write is lost, takes place, or fails and takes place', async () => {
    const outcomes = new Set<string>();
    for (let n = 0; n < 40; n += 1) {
      const { etcd, store, pass } = create(n);
      etcd.leadership.elect();
      const said = store.grant(60).then(
        () => 'granted',
        () => 'failed',
      );
      await pass(20_000);
      outcomes.add(`${await said} ${etcd.writes}`);
    }
    expect(outcomes).toContain('granted 1');
    expect([...outcomes].some((text) => text !== 'granted 1')).toBe(true);
  });
});
