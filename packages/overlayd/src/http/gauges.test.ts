import { ControlRig } from '../../test/support/control-daemon.js';
import { healthSource, leaseSecondsLeft } from './gauges.js';

test.each([
  ['a reservation never ends', { state: 'reserved', ttlSeconds: 0 }, Infinity],
  ['a held lease ends at its deadline', { state: 'held', ttlSeconds: 60, deadlineMs: 61_000 }, 60],
  ['a lost one has ended', { state: 'lost', ttlSeconds: 60, deadlineMs: 0 }, -1],
  ['none was held yet', { state: 'acquiring', ttlSeconds: 0 }, 0],
] as const)('%s', (_, status, expected) => {
  expect(leaseSecondsLeft(status, 1000)).toBe(expected);
});

test('a scrape shows peers, readiness and the time left, and no NaN', async () => {
  const rig = new ControlRig();
  rig.addPeer(2);
  const daemon = await rig.start();
  try {
    const source = healthSource(daemon);
    source.refresh();
    const { registry } = daemon.adapters.metrics;
    const text = await registry.metrics();
    expect(source.notReady()).toEqual([]);
    for (const line of ['peers{state="programmed"} 1', 'peers{state="rejected"} 0', 'ready 1'])
      expect(text).toContain(`overlayd_${line}`);
    expect(text).toMatch(/^overlayd_lease_expires_seconds 82080$/m);
    expect(text).toMatch(/^overlayd_etcd_certificate_expires_seconds \+Inf$/m);
    expect(text).not.toContain('NaN');
    daemon.keeper.status = { state: 'reserved', ttlSeconds: 0 };
    source.refresh();
    expect(await registry.metrics()).toMatch(/^overlayd_lease_expires_seconds \+Inf$/m);
  } finally {
    await rig.stop();
  }
});
