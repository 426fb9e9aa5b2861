import { FakeEtcd } from '../../test/rig/fake-etcd.js';
import { Recorder } from '../../test/rig/recorder.js';
import { Followed } from './followed.js';
import { pathsUnder } from './paths.js';
import { WatchSession, type SessionEnd } from './watch-session.js';

const PATHS = pathsUnder('/n');
const put = (etcd: FakeEtcd, n: number) => etcd.put(`${PATHS.subnets}10.5.${n}.0-24`);

let open: WatchSession[] = [];
beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(() => {
  for (const session of open) session.abort();
  open = [];
  jest.useRealTimers();
});

/** What one daemon follows, over one session after the other. */
function follower() {
  const etcd = new FakeEtcd();
  const sink = new Recorder();
  const followed = new Followed(sink, PATHS);
  /** A new session, when it stands or is over. */
  const session = async () => {
    const state: { connected: boolean; end?: SessionEnd } = { connected: false };
    const one = new WatchSession(etcd.connection(), followed, {
      ...{ paths: PATHS, timeoutMs: 1000, relistMs: 300_000 },
      onConnected: () => (state.connected = true),
    });
    open.push(one);
    const over = one.run().then((end) => (state.end = end));
    await jest.advanceTimersByTimeAsync(0);
    const close = (): Promise<SessionEnd> => {
      one.abort();
      return over;
    };
    return { state, close };
  };
  return { etcd, sink, followed, session, names: () => [...sink.leases.keys()] };
}

// A watch begins one revision before the first that is wanted (etcd#19179).

test('a session lists, follows from there on, and stands when all its watches do', async () => {
  const { etcd, session, names } = follower();
  put(etcd, 1);
  const { state } = await session();
  expect(state).toEqual({ connected: true });
  expect(etcd.stream.starts).toEqual(['2', '2']);
  etcd.stream.deliver([put(etcd, 2)], etcd.revision);
  expect(names()).toEqual(['10.5.1.0-24', '10.5.2.0-24']);
});

test.each([
  ['the first question', 0],
  ['the list', 1],
  ['the config', 2],
])('A23 I4 when %s fails nothing is told, least of all an empty list', async (_what, at) => {
  const { etcd, sink, followed, session } = follower();
  put(etcd, 1);
  etcd.faults[at] = new Error('4 DEADLINE_EXCEEDED: too slow');
  const { state } = await session();
  expect([sink.snapshots, followed.cursor]).toEqual([[], undefined]);
  expect(state).toMatchObject({ connected: false, end: { kind: 'failed' } });
});

test('A07 after a compaction the next session lists: what happened meanwhile is not lost', async () => {
  const { etcd, session, names } = follower();
  const first = await session();
  put(etcd, 1);
  etcd.stream.compact(etcd.revision);
  await jest.advanceTimersByTimeAsync(0);
  expect(first.state.end).toMatchObject({ kind: 'again' });
  await session();
  expect(names()).toEqual(['10.5.1.0-24']);
  expect(etcd.stream.starts[0]).toBe(String(etcd.revision));
});

test('A09 the next session goes on after the last event that came, whatever revision the header had', async () => {
  const { etcd, session, names } = follower();
  const first = await session();
  const [one, two] = [put(etcd, 1), put(etcd, 2)];
  etcd.stream.deliver([one], etcd.revision);
  await first.close();
  await session();
  expect(etcd.stream.starts[0]).toBe(one.kv.mod_revision);
  etcd.stream.deliver([two], etcd.revision);
  expect(names()).toEqual(['10.5.1.0-24', '10.5.2.0-24']);
});

test('A05 a stream that has fallen silent is given up, though its connection looks alive', async () => {
  const { etcd, session } = follower();
  const { state } = await session();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(state.end).toBeUndefined();
  etcd.stream.dead = true;
  await jest.advanceTimersByTimeAsync(20_000);
  expect(state.end).toMatchObject({ kind: 'failed', error: { code: 'OVL_ETCD_TIMEOUT' } });
});

test('A17 a store that was restored between two sessions is listed again', async () => {
  const { etcd, session, followed, sink } = follower();
  for (let n = 1; n <= 5; n += 1) put(etcd, n);
  await (await session()).close();
  etcd.revision = 3n;
  const { state } = await session();
  expect(state.end).toMatchObject({ kind: 'again', reason: expect.stringContaining('went back') as string });
  expect(followed.cursor).toBeUndefined();
  await session();
  expect(sink.snapshots.map(({ revision }) => revision)).toEqual(['6', '3']);
  expect(etcd.stream.starts[0]).toBe('3');
});
