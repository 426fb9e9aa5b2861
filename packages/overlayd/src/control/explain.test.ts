import { FAKE_FIREWALL_REPORT } from '@overlay/dataplane';
import { parseAddress, parseIpv4 } from '@overlay/cidr';
import { ControlRig, type DaemonOptions } from '../../test/support/control-daemon.js';
import { routeFact } from '../../test/support/host-view.js';
import { explain } from './explain.js';

let rig: ControlRig;
afterEach(() => rig.stop());

const tunnel = (gateway: string) => ({ link: 'flannel.1', gateway: parseAddress(gateway) });
const TO_PEER = routeFact('10.5.2.7/32', tunnel('10.5.2.0'));

async function started(options: DaemonOptions = {}, prepare: (rig: ControlRig) => void = () => undefined) {
  rig = new ControlRig({ route: TO_PEER, ...options });
  prepare(rig);
  return rig.start();
}

test('an address of a peer: owner, lease, device, next hop, MTU and nothing in the way', async () => {
  const daemon = await started({}, (it) => it.addPeer(2));
  expect(await explain(daemon, '10.5.2.7')).toMatchObject({
    address: '10.5.2.7',
    verdict: 'peer',
    summary: '10.5.2.7 belongs to 172.31.0.2, by its lease 10.5.2.0/24',
    lease: { name: '10.5.2.0-24', state: 'used', reason: '' },
    device: 'flannel.1',
    nextHop: '10.5.2.0',
    mtu: 1450,
    kernelRoute: 'unicast via 10.5.2.0 dev flannel.1',
    obstacles: [],
  });
});

test('an own address', async () => {
  const daemon = await started({ route: routeFact('10.5.1.7/32', { link: 'ovl-br-default' }) });
  expect(await explain(daemon, '10.5.1.7')).toMatchObject({
    verdict: 'own',
    lease: { own: true, state: 'own' },
    device: 'ovl-br-default',
    obstacles: [],
  });
});

test('a free address of the network, and one outside of it', async () => {
  const daemon = await started({ route: routeFact('0.0.0.0/0', { link: 'eth0' }) });
  expect(await explain(daemon, '10.5.9.9')).toMatchObject({ verdict: 'network', lease: null, obstacles: [] });
  expect(await explain(daemon, '192.0.2.1')).toMatchObject({
    verdict: 'outside',
    lease: null,
    device: 'eth0',
    mtu: 0,
    obstacles: [],
  });
});

test('IPv6: the route and the subnet of that family', async () => {
  const route = routeFact('fc00:5:0:2::7/128', {
    link: 'flannel-v6.1',
    gateway: parseAddress('fc00:5:0:2::'),
  });
  const daemon = await started({ dualStack: true, route }, (it) => it.addPeer(2));
  expect(await explain(daemon, 'fc00:5:0:2::7')).toMatchObject({
    verdict: 'peer',
    summary: 'fc00:5:0:2::7 belongs to 172.31.0.2, by its lease fc00:5:0:2::/64',
    device: 'flannel-v6.1',
    nextHop: 'fc00:5:0:2::',
    obstacles: [],
  });
  expect(await explain(daemon, 'fc00:5:0:1::7')).toMatchObject({ verdict: 'own' });
  expect(await explain(daemon, 'fc00:5:0:9::7')).toMatchObject({ verdict: 'network' });
  expect(await explain(daemon, '2001:db8::1')).toMatchObject({ verdict: 'outside' });
});

test('what is no address is refused: OVL_CIDR_INVALID', async () => {
  const daemon = await started();
  await expect(explain(daemon, '10.5.2')).rejects.toMatchObject({ code: 'OVL_CIDR_INVALID' });
});

test('a peer on another backend gives that as the reason', async () => {
  const daemon = await started({}, (it) => it.addPeer(2, { backendType: 'ipsec' }));
  expect(await explain(daemon, '10.5.2.7')).toMatchObject({
    verdict: 'peer',
    lease: { state: 'other-backend' },
    obstacles: ['receives by ipsec, this host sends by vxlan vni 1 port 8472'],
  });
});

test('a peer that this host cannot send to gives the reason of the backend', async () => {
  const daemon = await started({ backend: 'host-gw' }, (it) =>
    it.addPeer(3, { backendType: 'host-gw', publicIp: parseIpv4('192.0.2.3') }),
  );
  const reply = await explain(daemon, '10.5.3.7');
  expect(reply.lease?.state).toBe('rejected');
  expect(reply.obstacles).toEqual([expect.stringContaining('192.0.2.3 is not on a link of this host')]);
});

test('an address of a lease that is rejected as a whole names the lease and the reason', async () => {
  const daemon = await started({}, (it) => it.store.put('10.5.2.0-24', '{', '7'));
  const reply = await explain(daemon, '10.5.2.7');
  expect(reply).toMatchObject({ verdict: 'network', lease: null });
  expect(reply.summary).toBe('10.5.2.7 is in the overlay network, and the lease of its subnet is rejected');
  expect(reply.obstacles).toEqual([expect.stringMatching(/^the lease 10\.5\.2\.0-24 is rejected: /)]);
});

test.each([
  ['auto', /off until Docker starts/],
  ['off', /net\.ipv4\.ip_forward is 0 and left alone \(--ip-forward=off\)/],
] as const)('forwarding that is not ours (--ip-forward=%s) is an obstacle', async (ipForward, text) => {
  const facts = { notForwarding: ['net/ipv4/ip_forward'] };
  const daemon = await started({ forwarding: false, facts, config: { ipForward } }, (it) => it.addPeer(2));
  expect((await explain(daemon, '10.5.2.7')).obstacles).toEqual([expect.stringMatching(text)]);
});

test('alloc forwards nothing and misses nothing', async () => {
  const daemon = await started({ backend: 'alloc', forwarding: false }, (it) => it.addPeer(2));
  expect((await explain(daemon, '10.5.2.7')).obstacles).toEqual([]);
});

test('a kernel that would send it another way is an obstacle', async () => {
  const route = routeFact('10.5.2.0/25', { link: 'eth1' });
  const daemon = await started({ route }, (it) => it.addPeer(2));
  expect((await explain(daemon, '10.5.2.7')).obstacles).toEqual([
    expect.stringMatching(/^the kernel would send it over eth1, not over flannel\.1 via 10\.5\.2\.0/),
  ]);
});

test('a failure of this peer is an obstacle, one of another peer is not', async () => {
  const daemon = await started({}, (it) => {
    it.addPeer(2);
    it.addPeer(3);
    it.kernel.fail({
      when: ({ object }) => object.type === 'fdb' && object.mac.endsWith(':03'),
      code: 'EPERM',
    });
  });
  expect((await explain(daemon, '10.5.2.7')).obstacles).toEqual([]);
  rig.firewall.report = { ...FAKE_FIREWALL_REPORT, errors: [{ code: 'OVL_FIREWALL', message: 'locked' }] };
  await rig.settle();
  const found = (await explain(daemon, '10.5.3.7')).obstacles;
  expect(found).toContain('locked');
  expect(found).toContainEqual(expect.stringMatching(/^add fdb .*EPERM/));
});
