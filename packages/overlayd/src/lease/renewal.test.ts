import fc from 'fast-check';
import { FakeLeaseStore } from '../../test/support/fake-lease-store.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { holds } from './status.js';
import type { OwnEvent } from './own-event.js';
import { keepRenewing, renewalPeriodMs } from './renewal.js';

interface Seen {
  readonly renewed: number[];
  readonly failures: unknown[];
  lost: number;
}

/** What the key says each time it is read; nothing: that it is ours. */
type Sight = OwnEvent | Error;
function sightOf(sight: Sight = 'ours'): OwnEvent {
  if (sight instanceof Error) throw sight;
  return sight;
}

/** Renews until the store was asked `asks` times, the lease is lost, or time is over. */
async function renew(
  store: FakeLeaseStore,
  etcdLease: string,
  ttlSeconds: number,
  asks: number,
  { clock = new VirtualClock('auto'), sees = [] }: { clock?: VirtualClock; sees?: Sight[] } = {},
) {
  const stop = new AbortController();
  const seen: Seen = { renewed: [], failures: [], lost: 0 };
  const count = (): void => {
    if (store.count('keepAlive') >= asks) stop.abort();
  };
  const deps = {
    store,
    clock,
    seesKey: () => Promise.resolve(sightOf(sees.shift())),
    deadlineMs: () => undefined,
    onRenewed: (deadlineMs: number) => {
      seen.renewed.push(deadlineMs - clock.bootMs());
      count();
    },
    onLost: () => (seen.lost += 1),
    onFailure: (error: unknown) => {
      seen.failures.push(error);
      count();
    },
  };
  await keepRenewing(deps, etcdLease, ttlSeconds, stop.signal);
  return { seen, clock };
}

test('the period is a third of the TTL, at most a tenth of it earlier', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 31_536_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (ttl, random) => {
        const period = renewalPeriodMs(ttl, random);
        expect(period).toBeLessThanOrEqual((ttl * 1000) / 3);
        expect(period).toBeGreaterThanOrEqual((ttl * 900) / 3);
      },
    ),
  );
  expect(renewalPeriodMs(60, 0)).toBe(20_000);
});

test('A16 a renewal is a keep-alive and never a write; hosts are spread by the jitter', async () => {
  const store = new FakeLeaseStore();
  const id = store.newLease(60);
  const { seen, clock } = await renew(store, id, 60, 4);
  expect(seen.renewed).toHaveLength(4);
  expect([store.history, [...store.leases.keys()]]).toEqual([[], [id]]);
  expect(new Set(clock.sleeps).size).toBeGreaterThan(1);
  for (const ms of clock.sleeps) expect(ms).toBeGreaterThanOrEqual(18_000);
});

test('I1 the deadline counts from before the renewal was sent, not from the answer', async () => {
  const store = new FakeLeaseStore();
  const clock = new VirtualClock('auto');
  const answer = store.keepAlive.bind(store);
  store.keepAlive = async (id) => {
    await clock.sleep(3000);
    return answer(id);
  };
  const { seen } = await renew(store, store.newLease(60), 60, 1, { clock });
  expect(seen.renewed).toEqual([54_000]);
});

test('a TTL of 0 means that etcd no longer knows the lease: lost once, and the end', async () => {
  const store = new FakeLeaseStore();
  const id = store.newLease(60);
  store.expire(id);
  const { seen } = await renew(store, id, 60, 99);
  expect(seen).toEqual({ renewed: [], failures: [], lost: 1 });
});

test('A25 I12 a failed renewal is tried again within two seconds and loses nothing', async () => {
  const store = new FakeLeaseStore();
  const id = store.newLease(60);
  store.break('keepAlive', 'unreachable', 3);
  const { seen, clock } = await renew(store, id, 60, 4);
  expect(seen.failures).toHaveLength(3);
  expect(seen.renewed).toHaveLength(1);
  expect(seen.lost).toBe(0);
  for (const ms of clock.sleeps.slice(1, 4)) expect(ms).toBeLessThanOrEqual(2000);
});

test('A21 a keep-alive counts only when the key is seen after it', async () => {
  const store = new FakeLeaseStore();
  const { seen } = await renew(store, store.newLease(60), 60, 3, { sees: ['ours', 'rewritten', 'ours'] });
  expect([seen.renewed.length, store.count('keepAlive')]).toEqual([2, 3]);
});

test('the TTL that etcd grants decides the next period', async () => {
  const store = new FakeLeaseStore();
  const { clock } = await renew(store, store.newLease(600), 6, 2);
  expect(clock.sleeps[0]).toBeLessThanOrEqual(2000);
  expect(clock.sleeps[1]).toBeGreaterThanOrEqual(180_000);
});

test('nothing is asked after the signal', async () => {
  const store = new FakeLeaseStore();
  const clock = new VirtualClock('manual');
  const stop = new AbortController();
  const fail = (): never => {
    throw new Error('called after the end');
  };
  const done = keepRenewing(
    {
      store,
      clock,
      seesKey: fail,
      deadlineMs: () => undefined,
      onRenewed: fail,
      onLost: fail,
      onFailure: fail,
    },
    store.newLease(60),
    60,
    stop.signal,
  );
  stop.abort();
  await done;
  expect(store.count('keepAlive')).toBe(0);
});

test('I1 a lease is held until its deadline, a reservation for ever, a lost one not at all', () => {
  expect(holds({ state: 'held', ttlSeconds: 60, deadlineMs: 100 }, 99)).toBe(true);
  expect(holds({ state: 'held', ttlSeconds: 60, deadlineMs: 100 }, 100)).toBe(false);
  expect(holds({ state: 'held', ttlSeconds: 60 }, 0)).toBe(false);
  expect(holds({ state: 'reserved', ttlSeconds: 0 }, 1e15)).toBe(true);
  for (const state of ['acquiring', 'lost'] as const)
    expect(holds({ state, ttlSeconds: 60, deadlineMs: 100 }, 0)).toBe(false);
});

test('A25 a clock that fails for a moment is a failed renewal, and the next one goes on', async () => {
  const store = new FakeLeaseStore();
  const clock = new VirtualClock('auto');
  const bootMs = clock.bootMs.bind(clock);
  // Before the first wait, and in the first two renewals.
  let broken = 3;
  clock.bootMs = () => {
    broken -= 1;
    if (broken >= 0) throw new Error('EMFILE: too many open files');
    return bootMs();
  };
  const { seen } = await renew(store, store.newLease(60), 60, 1, { clock });
  expect(seen.failures).toHaveLength(2);
  expect(seen.renewed).toEqual([expect.closeTo(57_000)]);
});

test('a renewal that fails after the signal is nobody’s failure any more', async () => {
  const store = new FakeLeaseStore();
  const stop = new AbortController();
  store.keepAlive = () => {
    stop.abort();
    return Promise.reject(new Error('closed'));
  };
  const fail = (): never => {
    throw new Error('called after the end');
  };
  const deps = {
    store,
    clock: new VirtualClock('auto'),
    seesKey: fail,
    deadlineMs: () => undefined,
    onRenewed: fail,
    onLost: fail,
    onFailure: fail,
  };
  await expect(keepRenewing(deps, '7', 60, stop.signal)).resolves.toBeUndefined();
});

/** What etcd is asked from the 20th second of a lease of 60 s on, in order; `sees`: what the key says each time it is read. */
async function asked(before: (clock: VirtualClock) => Promise<void>, sees: Sight[]): Promise<string[]> {
  const store = new FakeLeaseStore();
  const id = store.newLease(60);
  const clock = new VirtualClock('manual');
  const deadlineMs = clock.bootMs() + 57_000;
  const stop = new AbortController();
  const calls: string[] = [];
  const keepAlive = store.keepAlive.bind(store);
  store.keepAlive = (lease) => {
    calls.push('renew');
    return keepAlive(lease);
  };
  const seesKey = (): Promise<OwnEvent> => {
    calls.push('read');
    return Promise.resolve().then(() => sightOf(sees.shift()));
  };
  const ignore = (): void => undefined;
  const told = { onRenewed: () => stop.abort(), onLost: ignore, onFailure: ignore };
  const renewing = keepRenewing(
    { store, clock, seesKey, deadlineMs: () => deadlineMs, ...told },
    id,
    60,
    stop.signal,
  );
  await before(clock);
  await clock.advance(20_000);
  await clock.advance(5_000);
  stop.abort();
  await renewing;
  return calls;
}

test('B03 after a sleep of the machine the key is read before the lease is renewed, and only then', async () => {
  expect(await asked(() => Promise.resolve(), [])).toEqual(['renew', 'read']);
  const sleep = (clock: VirtualClock): Promise<void> => {
    clock.suspend(8 * 3_600_000);
    return Promise.resolve();
  };
  expect(await asked(sleep, [])).toEqual(['read', 'renew', 'read']);
});

test('B03 the key is read first after a sleep also when the network is not up yet: a read that failed is made again', async () => {
  const sleep = (clock: VirtualClock): Promise<void> => {
    clock.suspend(30_000);
    return Promise.resolve();
  };
  const down = new Error('no route to host');
  expect(await asked(sleep, [down, down])).toEqual(['read', 'read', 'read', 'renew', 'read']);
});

test('B03 a sleep before a renewal that was not proven is not forgotten either', async () => {
  const sleep = (clock: VirtualClock): Promise<void> => {
    clock.suspend(30_000);
    return Promise.resolve();
  };
  const calls = await asked(sleep, ['gone']);
  expect(calls).toEqual(['read', 'read', 'renew', 'read']);
});

test('what only a flanneld on this host wrote over is renewed past the deadline, a third of the TTL apart', async () => {
  const late = (clock: VirtualClock): Promise<void> => {
    clock.suspend(58_000);
    return Promise.resolve();
  };
  const rewritten = Array<OwnEvent>(9).fill('rewritten');
  // At the end of the pause, and once more in the 25 s after it.
  const renewal = ['read', 'renew', 'read'];
  expect(await asked(late, rewritten)).toEqual([...renewal, ...renewal]);
});

test('B03 past the deadline a lease whose key is not proven to be ours is not renewed', async () => {
  const late = (clock: VirtualClock): Promise<void> => {
    clock.suspend(58_000);
    return Promise.resolve();
  };
  const calls = await asked(late, ['gone', 'taken']);
  expect(calls.slice(0, 3)).toEqual(['read', 'read', 'read']);
  expect(calls[3]).toBe('renew');
});
