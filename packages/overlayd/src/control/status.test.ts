import { FAKE_FIREWALL_REPORT } from '@overlay/dataplane';
import { OverlayError } from '@overlay/cidr';
import { ControlRig, type DaemonOptions } from '../../test/support/control-daemon.js';
import { peer, rawOf } from '../../test/support/hosts.js';
import { notReady, statusReply } from './status.js';

let rig: ControlRig;
afterEach(() => rig.stop());

async function started(options: DaemonOptions = {}): Promise<ControlRig> {
  rig = new ControlRig(options);
  rig.addPeer(2);
  await rig.start();
  return rig;
}

test('I13 a daemon that did everything is ready, and says so in its status', async () => {
  const { daemon } = await started();
  expect(notReady(daemon)).toEqual([]);
  const status = await statusReply(daemon);
  expect(status).toMatchObject({ ready: true, backend: 'vxlan', network: '10.5.0.0/16', mtu: 1450 });
  expect(status.lease).toMatchObject({ subnet: '10.5.1.0/24', state: 'held', expiresInSeconds: 82_080 });
  expect(status.peers).toEqual({ total: 1, programmed: 1, rejected: 0, otherBackend: 0 });
});

test.each(['vxlan', 'host-gw', 'alloc'])('I13 %s can become ready', async (backend) => {
  const { daemon } = await started({ backend });
  expect(notReady(daemon)).toEqual([]);
});

test('A24 I13 before the start nothing is there: no lease, no list, no etcd, no subnet.env', () => {
  rig = new ControlRig();
  const reasons = notReady(rig.daemon).join('\n');
  for (const part of ['no lease is held', 'no complete list', 'etcd: connecting', 'subnet.env'])
    expect(reasons).toContain(part);
});

test('F19 I13 a firewall that was never seen is not ready, and one that reports an error names it', async () => {
  rig = new ControlRig();
  rig.firewall.report = undefined;
  const daemon = await rig.start();
  expect(notReady(daemon)).toEqual(['the firewall was not looked at yet']);
  rig.firewall.report = { ...FAKE_FIREWALL_REPORT, errors: [{ code: 'OVL_FIREWALL', message: 'locked' }] };
  await rig.settle();
  expect(notReady(daemon)).toEqual(['firewall: locked']);
  rig.firewall.report = FAKE_FIREWALL_REPORT;
  await rig.settle();
  expect(notReady(daemon)).toEqual([]);
});

test('F19 I13 a kernel pass that fails as a whole is not ready until one succeeds', async () => {
  const { daemon, kernel } = await started();
  const read = jest.spyOn(kernel, 'read').mockRejectedValue(new OverlayError('OVL_X', 'netlink is gone'));
  daemon.kernelLane.verifyNow();
  await daemon.kernelLane.lane.flush();
  expect(notReady(daemon)).toEqual(['kernel: the last pass failed: netlink is gone']);
  read.mockRestore();
  daemon.kernelLane.verifyNow();
  await daemon.kernelLane.lane.flush();
  expect(notReady(daemon)).toEqual([]);
});

test('F19 I13 an object the kernel refuses is not ready', async () => {
  rig = new ControlRig();
  rig.kernel.fail({ when: ({ object }) => object.type === 'fdb', code: 'EPERM' });
  rig.addPeer(2);
  const daemon = await rig.start();
  expect(notReady(daemon)).toEqual([expect.stringMatching(/^kernel: add fdb .*EPERM/)]);
});

test('F19 I13 a verification that is overdue by more than a minute is not ready', async () => {
  const { daemon } = await started();
  daemon.kernelLane.lastFullMs = daemon.adapters.clock.monotonicMs() - 89_000;
  expect(notReady(daemon)).toEqual([]);
  daemon.kernelLane.lastFullMs = daemon.adapters.clock.monotonicMs() - 95_000;
  expect(notReady(daemon)).toEqual(['the kernel was last verified 95 s ago']);
});

test('I1 a lease whose deadline passed is not held any more', async () => {
  const { daemon, clock, store } = await started({ config: { subnetLeaseTtlSeconds: 60 } });
  store.break('keepAlive', 'unreachable', 1e9);
  await clock.advance(62_000);
  expect(notReady(daemon)).toEqual([
    expect.stringMatching(/^the lease ended \d+ s ago: it could not be renewed$/),
  ]);
});

test('D18 I13 with --ip-forward=off a host that does not forward is not ready, and one that does is', async () => {
  const facts: { notForwarding?: readonly string[] } = { notForwarding: ['net/ipv4/ip_forward'] };
  const { daemon } = await started({ forwarding: false, facts, config: { ipForward: 'off' } });
  expect(notReady(daemon)).toEqual([expect.stringMatching(/^net\.ipv4\.ip_forward is 0 and left alone/)]);
  expect((await statusReply(daemon)).problems).toMatchObject([{ code: 'OVL_FORWARDING_OFF' }]);
  delete facts.notForwarding;
  daemon.nodeLane.lane.mark();
  await rig.settle();
  expect(notReady(daemon)).toEqual([]);
});

test.each(['alloc', 'vxlan'])('D18 %s that is to forward, or needs not, is ready', async (backend) => {
  const { daemon } = await started({ backend, forwarding: backend === 'vxlan' });
  expect(notReady(daemon)).toEqual([]);
});

test('F19 I13 an own lease that peers refuse is not ready, with their reason', async () => {
  const { daemon, store } = await started();
  const bad = rawOf(peer(1, { backendData: { VNI: 1, VtepMAC: '00:00:00:00:00:00' } }));
  store.put(bad.name, bad.value, [...store.keys.values()].find(({ name }) => name === bad.name)?.etcdLease);
  expect(notReady(daemon).join('\n')).toMatch(/own lease 10\.5\.1\.0-24: .*VtepMAC/);
  expect((await statusReply(daemon)).peers?.rejected).toBe(0);
});
