import { collect } from '../../test/support/collect.js';
import { formatAddress, type Address } from '@overlay/cidr';
import { ControlRig } from '../../test/support/control-daemon.js';
import { peer } from '../../test/support/hosts.js';
import { findPing } from './ping.js';
import { judgeProbe, probePeers } from './probe.js';

let rig: ControlRig;
afterEach(() => rig.stop());

async function probed(backend: string, answering: readonly string[], peers = [2]) {
  rig = new ControlRig({ backend });
  for (const n of peers) rig.addPeer(n, backend === 'vxlan' ? {} : { backendType: backend });
  const daemon = await rig.start();
  const ping = (address: Address) => Promise.resolve(answering.includes(formatAddress(address)));
  return collect(probePeers(daemon, new AbortController().signal, ping));
}

test('a peer whose tunnel device or bridge answers is well', async () => {
  expect(await probed('vxlan', ['10.5.2.0'])).toEqual([
    { name: 'probe 172.31.0.2 (10.5.2.0-24)', result: 'ok', detail: 'answers over the overlay', advice: '' },
  ]);
});

test('vxlan: a peer whose public address alone answers is asked about overlayd and the tunnel port', async () => {
  const [check] = await probed('vxlan', ['172.31.0.2']);
  expect(check).toMatchObject({ result: 'warn', advice: expect.stringContaining('UDP 8472') as string });
});

test('host-gw: nothing answers in a subnet without containers, which is no fault of overlayd there', async () => {
  const [check] = await probed('host-gw', ['172.31.0.2']);
  expect(check).toMatchObject({
    result: 'warn',
    detail: 'its public address 172.31.0.2 answers; nothing answers in 10.5.2.0/24',
    advice: 'there is no container network there yet, or a firewall drops the echo',
  });
});

test('a peer that does not answer at all fails, and the others are probed', async () => {
  const checks = await probed('vxlan', ['10.5.3.1'], [2, 3]);
  expect(checks.map(({ result }) => result)).toEqual(['fail', 'ok']);
  expect(checks[0]?.detail).toBe('172.31.0.2 does not answer');
});

test('a peer on another backend is not programmed, and is skipped with that reason', async () => {
  rig = new ControlRig();
  rig.addPeer(2, { backendType: 'host-gw' });
  const daemon = await rig.start();
  const ping = jest.fn(() => Promise.resolve(true));
  const checks = await collect(probePeers(daemon, new AbortController().signal, ping));
  expect(checks).toMatchObject([
    { result: 'skip', detail: expect.stringContaining('receives by host-gw') as string },
  ]);
  expect(ping).not.toHaveBeenCalled();
});

test('more peers than are probed at once are all probed, once', async () => {
  const peers = Array.from({ length: 40 }, (_, n) => n + 2);
  const checks = await probed('vxlan', [], peers);
  expect(new Set(checks.map(({ name }) => name)).size).toBe(40);
});

test('the public address never counts as the overlay', () => {
  rig = new ControlRig();
  expect(judgeProbe(peer(2), { overlay: false, underlay: true }, true).result).toBe('warn');
});

test.each([
  ['/usr/bin/ping', '/usr/bin/ping'],
  ['/bin/ping', '/bin/ping'],
  ['/bin/busybox', '/bin/busybox'],
])('ping is found as %s', (present, file) => {
  rig = new ControlRig();
  expect(findPing((path) => path === present)?.file).toBe(file);
  expect(findPing(() => false)).toBeUndefined();
});
