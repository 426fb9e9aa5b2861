import { collect } from '../../test/support/collect.js';
import { formatAddress, parseAddress, type Address } from '@overlay/cidr';
import fc from 'fast-check';
import { ControlRig } from '../../test/support/control-daemon.js';
import { peer } from '../../test/support/hosts.js';
import { largestAnswered } from './path-size.js';
import { findPing, pingArguments, type Pinger } from './ping.js';
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

/** A way that carries packets of at most so many bytes. */
const narrowWay =
  (width: number): Pinger =>
  (_, bytes = 84) =>
    Promise.resolve(bytes <= width);

test('D15 a peer that answers small packets alone fails, with the largest that it answers and the MTU that fits', async () => {
  rig = new ControlRig();
  rig.addPeer(2);
  const daemon = await rig.start();
  const probe = (width: number) =>
    collect(probePeers(daemon, new AbortController().signal, narrowWay(width)));
  expect(await probe(1350)).toMatchObject([
    {
      result: 'fail',
      detail: expect.stringMatching(
        /those of 1450 bytes.* are not; the largest that are have 1350$/,
      ) as string,
      advice: expect.stringContaining('`ip link set eth0 mtu 1400`') as string,
    },
  ]);
  expect(await probe(1450)).toMatchObject([{ result: 'ok' }]);
  rig.store.tellConfig(JSON.stringify({ Network: '10.5.0.0/16', Backend: { Type: 'vxlan', MTU: 1400 } }));
  await rig.settle();
  expect(await probe(1340)).toMatchObject([
    {
      detail: expect.stringMatching(/those of 1350 bytes.* have 1340$/) as string,
      advice: expect.stringContaining('take 10 off the `MTU` of the backend') as string,
    },
  ]);
});

test('D15 the largest packet that passes is found exactly, wherever it lies, in a few rounds', async () => {
  const width = fc.integer({ min: 104, max: 9000 });
  await fc.assert(
    fc.asyncProperty(width, fc.integer({ min: 1, max: 9000 }), async (passes, more) => {
      const ping = jest.fn(narrowWay(passes));
      expect(await largestAnswered(ping, parseAddress('10.5.2.0'), passes + more)).toBe(passes);
      expect(ping.mock.calls.length).toBeLessThanOrEqual(8 * 5);
    }),
  );
});

test('D15 a whole packet is one of that many bytes with its headers, and may not be split', () => {
  const ping = findPing((file) => file === '/bin/ping')!;
  const busybox = findPing((file) => file === '/bin/busybox')!;
  const words = (...given: Parameters<typeof pingArguments>) => pingArguments(...given).join(' ');
  expect(words(ping, parseAddress('10.5.2.0'), 1450)).toMatch(/ -M do -s 1422 -4 10\.5\.2\.0$/);
  expect(words(ping, parseAddress('fd00::1'), 1430)).toMatch(/ -M do -s 1382 -6 fd00::1$/);
  expect(words(busybox, parseAddress('10.5.2.0'), 1450)).toMatch(/ -W 1 -s 1422 -4 10\.5\.2\.0$/);
  expect(words(ping, parseAddress('10.5.2.0'))).not.toContain('-s');
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
