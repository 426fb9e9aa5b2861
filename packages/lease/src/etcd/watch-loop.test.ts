import fc from 'fast-check';
import { FakeEtcd } from '../../test/rig/fake-etcd.js';
import { Recorder } from '../../test/rig/recorder.js';
import { pathsUnder } from './paths.js';
import type { Pool } from './pool.js';
import { pauseBefore, WatchLoop } from './watch-loop.js';

test('the first try after a break is immediate, the later ones wait longer, never more than 2 s', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
      const pause = pauseBefore(failures, random);
      expect(pause).toBeLessThanOrEqual(2000);
      if (failures <= 1) expect(pause).toBe(0);
      else expect(pause).toBeGreaterThanOrEqual(50);
      if (failures > 6) expect(pause).toBeGreaterThanOrEqual(1000);
    }),
  );
});

test('A24 a first list that fails is asked for again, and until then nobody is told that it follows', async () => {
  const etcd = new FakeEtcd();
  etcd.put('/n/subnets/10.5.1.0-24');
  const slow = new Error('4 DEADLINE_EXCEEDED: too slow');
  etcd.faults.push(undefined, slow, undefined, slow);
  const pool = {
    current: () => 'http://fake:2379',
    open: () => etcd.connection(),
    avoid: () => undefined,
    onRenewal: () => () => undefined,
  } as unknown as Pool;
  const sink = new Recorder();
  const follows = new Promise<void>((resolve) => {
    sink.onState = ({ connected }) => connected && resolve();
  });
  const settings = { paths: pathsUnder('/n'), timeoutMs: 1000, relistMs: 300_000, log: () => undefined };
  const loop = new WatchLoop(pool, sink, settings, () => undefined);
  await follows;
  expect(sink.states.map(({ connected }) => connected)).toEqual([false, true]);
  expect([...sink.leases.keys()]).toEqual(['10.5.1.0-24']);
  await loop.close();
}, 2000);
