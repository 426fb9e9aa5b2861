import { formatAddress, parseIpv4, parseIpv6 } from '@overlay/cidr';
import { announced, factsOf, inputOf } from '../../test/support/backend-cases.js';
import { createFrom } from './registry.js';

const ipip = createFrom('ipip', { Type: 'ipip' }, 0);

test('Flannel’s device: ipip from this host’s address, tied to no interface, 20 bytes less', () => {
  expect(ipip.planNode(inputOf(1, false))[0]).toMatchObject({
    kind: 'ipip',
    name: 'flannel.ipip',
    local: parseIpv4('172.31.0.1'),
    mtu: 1480,
  });
  expect(ipip.planNode(inputOf(1, false))[0]).not.toHaveProperty('underlay');
});

test('a peer is one on-link route by its own address, as in Flannel', () => {
  const { objects } = ipip.planPeer(inputOf(1, false), announced(ipip, 9, false));
  expect(objects).toEqual([
    expect.objectContaining({ gateway: parseIpv4('172.31.0.9'), link: 'flannel.ipip', onlink: true }),
  ]);
});

test('IPv6 goes in a sit device over the IPv4 underlay, by ::a.b.c.d', () => {
  const { objects } = ipip.planPeer(inputOf(1, true), announced(ipip, 9, true));
  expect(objects[1]).toMatchObject({ gateway: parseIpv6('::172.31.0.9'), link: 'flannel-v6.ipip' });
  expect(ipip.planNode(inputOf(1, true)).filter(({ type }) => type === 'link')).toMatchObject([
    { kind: 'ipip' },
    { kind: 'sit', name: 'flannel-v6.ipip' },
  ]);
});

test('NAT: a public address that is not the interface’s own is refused', () => {
  const publicIp = parseIpv4('198.51.100.7');
  expect(ipip.refuse({ ...factsOf(1), publicIp }, false)).toContain(formatAddress(publicIp));
});

test('a kernel without sit is refused in dual stack only', () => {
  const facts = { ...factsOf(1), missing: new Set(['sit'] as const) };
  expect(ipip.refuse(facts, false)).toBeUndefined();
  expect(ipip.refuse(facts, true)).toContain('modprobe sit');
});

test('both slots are the same device: a host never has two', () => {
  const second = createFrom('ipip', { Type: 'ipip', DirectRouting: true }, 1);
  expect(second.id).toBe(ipip.id);
  expect(second.planNode(inputOf(1, true))).toEqual(ipip.planNode(inputOf(1, true)));
});
