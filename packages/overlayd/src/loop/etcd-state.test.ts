import { MemoryLogger } from '../../test/support/memory-logger.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { createMetrics } from '../http/metrics.js';
import { EtcdState } from './etcd-state.js';
import { Problems } from './problems.js';

function create() {
  const log = new MemoryLogger();
  const problems = new Problems(log);
  const clock = new VirtualClock('manual');
  return { log, problems, clock, etcd: new EtcdState(problems, createMetrics(), clock) };
}

test('A01 A02 etcd away is one problem and one line, however often it is said; its return ends it', () => {
  const { log, problems, etcd } = create();
  for (let n = 0; n < 100; n += 1) etcd.changed({ connected: false, detail: 'connection refused' });
  expect(problems.list()).toEqual([
    { code: 'OVL_ETCD_UNREACHABLE', message: expect.stringContaining('connection refused') as string },
  ]);
  etcd.changed({ connected: true, endpoint: 'http://a:2379', detail: 'connected' });
  expect(problems.list()).toEqual([]);
  expect(log.lines).toHaveLength(2);
  expect(etcd.endpoint).toBe('http://a:2379');
});

test('a failed handshake or a wrong password keeps its own code', () => {
  const { problems, etcd } = create();
  etcd.changed({ connected: false, detail: 'unable to verify', code: 'OVL_ETCD_TLS' });
  expect(problems.list().map(({ code }) => code)).toEqual(['OVL_ETCD_TLS']);
});

test('the time without etcd counts from its loss, also when the reason changes', async () => {
  const { clock, etcd } = create();
  etcd.changed({ connected: true, detail: 'connected' });
  await clock.advance(50_000);
  expect(etcd.secondsSinceContact()).toBe(0);
  etcd.changed({ connected: false, detail: 'a' });
  await clock.advance(10_000);
  etcd.changed({ connected: false, detail: 'b' });
  await clock.advance(5000);
  expect(etcd.secondsSinceContact()).toBe(15);
});

test('A14 A18 what is wrong while etcd is there is a problem each, until it is over', () => {
  const { problems, etcd } = create();
  const codes = (): readonly string[] => problems.list().map(({ code }) => code);
  const [cluster, ends] = ['OVL_ETCD_CLUSTER', 'OVL_ETCD_CERTIFICATE'].map((code) => ({
    code,
    message: code,
  }));
  etcd.changed({ connected: true, detail: 'connected' });
  etcd.condition({ warnings: [cluster!, ends!] });
  expect(codes()).toEqual(['OVL_ETCD_CLUSTER', 'OVL_ETCD_CERTIFICATE']);
  etcd.condition({ warnings: [ends!] });
  expect(codes()).toEqual(['OVL_ETCD_CERTIFICATE']);
  etcd.condition({ warnings: [] });
  expect(codes()).toEqual([]);
});

test('A14 the time until a certificate ends is counted by the wall clock; without one it never ends', () => {
  const { clock, etcd } = create();
  expect(etcd.certificateSecondsLeft()).toBe(Infinity);
  etcd.condition({ warnings: [], certificateEndMs: clock.wallMs() + 90_000 });
  expect(etcd.certificateSecondsLeft()).toBeGreaterThan(80);
  expect(etcd.certificateSecondsLeft()).toBeLessThanOrEqual(90);
});
