import { FAKE_FIREWALL_REPORT } from '@overlay/dataplane';
import { collect } from '../../test/support/collect.js';
import { parseIpv4 } from '@overlay/cidr';
import type { Check } from '@overlay/api';
import { ControlRig } from '../../test/support/control-daemon.js';
import { doctor } from './doctor.js';

let rig: ControlRig;
afterEach(() => rig.stop());

async function examine(probe = false): Promise<Map<string, Check>> {
  const checks = await collect(doctor(rig.daemon, probe, new AbortController().signal));
  return new Map(checks.map((check) => [check.name, check]));
}

const NAMES = [
  'etcd',
  'network config',
  'lease',
  'kernel',
  'peers',
  'forwarding',
  'firewall',
  'docker',
  'mtu',
];

test('a healthy host: every check in the order of the chain, and nothing to complain about', async () => {
  rig = new ControlRig();
  rig.addPeer(2);
  await rig.start();
  const checks = await examine();
  expect([...checks.keys()]).toEqual(NAMES);
  expect([...checks.values()].filter(({ result }) => result === 'warn' || result === 'fail')).toEqual([]);
});

test('a daemon that has nothing yet is described, not thrown at', async () => {
  rig = new ControlRig();
  const checks = await examine();
  expect([...checks.keys()]).toEqual(NAMES);
  expect(checks.get('etcd')?.result).toBe('fail');
  expect(checks.get('lease')?.result).toBe('fail');
});

test('a check that throws is a failed check, and those after it are made', async () => {
  rig = new ControlRig();
  await rig.start();
  jest.spyOn(rig.store, 'health').mockRejectedValue(new Error('deadline exceeded'));
  jest.spyOn(rig.kernel, 'look').mockRejectedValue(new Error('netlink is gone'));
  const checks = await examine();
  expect([...checks.keys()]).toEqual(NAMES);
  expect(checks.get('etcd')).toMatchObject({
    result: 'fail',
    detail: expect.stringContaining('deadline exceeded') as string,
  });
  expect(checks.get('kernel')).toMatchObject({
    result: 'fail',
    detail: expect.stringContaining('netlink is gone') as string,
  });
});

test('without a peer a probe adds nothing', async () => {
  rig = new ControlRig();
  await rig.start();
  expect([...(await examine(true)).keys()]).toEqual(NAMES);
});

test('a rejected lease is named with its reason', async () => {
  rig = new ControlRig();
  await rig.start();
  rig.store.put('10.9.0.0-24', '{"PublicIP":"172.31.0.9"}', '7');
  const check = (await examine()).get('peers');
  expect(check?.result).toBe('warn');
  expect(check?.detail).toMatch(/1 leases rejected.*10\.9\.0\.0-24: .*does not lie inside the network/);
});

test('an own lease that peers refuse fails', async () => {
  rig = new ControlRig();
  const daemon = await rig.start();
  const reason = 'the MAC is taken';
  jest
    .spyOn(daemon.book, 'rejected')
    .mockReturnValue([{ name: '10.5.1.0-24', code: 'OVL_LEASE_DUPLICATE', reason }]);
  const checks = await examine();
  expect(checks.get('lease')).toMatchObject({
    result: 'fail',
    detail: '10.5.1.0-24 is held, and peers refuse it: the MAC is taken',
  });
  expect(checks.get('peers')?.result).toBe('ok');
});

test('forwarding that waits for Docker is a warning', async () => {
  rig = new ControlRig({ forwarding: false, config: { ipForward: 'auto' } });
  await rig.start();
  expect((await examine()).get('forwarding')).toMatchObject({
    result: 'warn',
    detail: 'net.ipv4.ip_forward is off until Docker starts, which sets it together with its FORWARD policy',
  });
});

test('D18 forwarding that is off and left alone fails, and is well once it is on', async () => {
  const facts = { notForwarding: ['net/ipv4/ip_forward'] };
  rig = new ControlRig({ forwarding: false, facts, config: { ipForward: 'off' } });
  await rig.start();
  expect((await examine()).get('forwarding')).toMatchObject({
    result: 'fail',
    advice: expect.stringContaining('--ip-forward=on') as string,
  });
  await rig.stop();
  rig = new ControlRig({ forwarding: false, config: { ipForward: 'off' } });
  await rig.start();
  expect((await examine()).get('forwarding')).toMatchObject({
    result: 'ok',
    detail: 'net.ipv4.ip_forward is 1',
  });
});

test.each(['on', 'off'] as const)(
  'D18 alloc needs no forwarding, and says nothing of it (--ip-forward=%s)',
  async (ipForward) => {
    rig = new ControlRig({
      backend: 'alloc',
      facts: { notForwarding: ['net/ipv4/ip_forward'] },
      config: { ipForward },
    });
    await rig.start();
    expect((await examine()).get('forwarding')).toMatchObject({
      result: 'skip',
      detail: 'backend alloc moves no packets',
    });
  },
);

test('what stands in the way in the firewall is a warning, an error is a failure', async () => {
  rig = new ControlRig();
  const obstacles = ['a DROP comes first'];
  rig.firewall.report = { ...FAKE_FIREWALL_REPORT, facts: { ...FAKE_FIREWALL_REPORT.facts, obstacles } };
  await rig.start();
  expect((await examine()).get('firewall')).toMatchObject({ result: 'warn', detail: 'a DROP comes first' });
  rig.firewall.report = { ...FAKE_FIREWALL_REPORT, errors: [{ code: 'OVL_FIREWALL', message: 'locked' }] };
  await rig.settle();
  expect((await examine()).get('firewall')).toMatchObject({ result: 'fail', detail: 'locked' });
});

test.each([
  [[7, 7], []],
  [[7, 10], ['3 UDP packets came in with a bad checksum while the peers were asked']],
])('D16 bad checksums while peers are probed are told with the device to set (%j)', async (counts, told) => {
  rig = new ControlRig();
  const daemon = await rig.start();
  const left = [...counts];
  const { signal } = new AbortController();
  const checks = await collect(doctor(daemon, true, signal, () => left.shift() ?? 0));
  const found = checks.filter(({ name }) => name === 'checksums');
  expect(found.map(({ detail }) => detail)).toEqual(told);
  for (const { advice } of found) expect(advice).toContain('ethtool -K flannel.1 tx-checksum-ip-generic off');
});

test('a client that went away ends the checks', async () => {
  rig = new ControlRig({ facts: { publicIp: parseIpv4('172.31.0.1') } });
  await rig.start();
  expect(await collect(doctor(rig.daemon, true, AbortSignal.abort()))).toEqual([]);
});
