import { parseIpv4, parsePrefix, type OverlayError } from '@overlay/cidr';
import { planBase } from '../../test/support/backend-cases.js';
import { hostFacts, network, peer } from '../../test/support/hosts.js';
import { onLink } from './on-link.js';
import { createBackend } from './registry.js';

const config = network({ Type: 'host-gw' });
const dual = network({ Type: 'host-gw' }, true);

test('host-gw refuses a public address that is not the interface’s own (NAT), as Flannel does', () => {
  const backend = createBackend(config);
  expect(backend.refuse(hostFacts(), false)).toBeUndefined();
  const reason = backend.refuse(hostFacts({ publicIp: parseIpv4('198.51.100.7') }), false);
  expect(reason).toContain('198.51.100.7');
  expect(reason).toContain('172.31.0.1');
});

test('host-gw leaves the MTU of the underlay to the containers and makes no device', () => {
  const { backend, input } = planBase(config);
  expect(backend.mtu(input.facts)).toBe(1500);
  expect(backend.planNode(input)).toEqual([]);
  expect(backend.tunnel(4)).toBeUndefined();
});

test('a peer on the same link is one route over the interface, and is named for the firewall', () => {
  const { backend, input } = planBase(config);
  const lease = peer(9, { backendType: 'host-gw' });
  const { objects, direct } = backend.planPeer(input, { lease, offer: { type: 'host-gw' } });
  expect(objects).toEqual([
    expect.objectContaining({ type: 'route', gateway: parseIpv4('172.31.0.9'), link: 'eth0', onlink: false }),
  ]);
  expect(direct).toEqual([parseIpv4('172.31.0.9')]);
});

test('a peer on another network is OVL_PEER_INVALID and says what to do', () => {
  const { backend, input } = planBase(config);
  const lease = peer(9, { backendType: 'host-gw', publicIp: parseIpv4('192.0.2.9') });
  const attempt = (): unknown => backend.planPeer(input, { lease, offer: { type: 'host-gw' } });
  expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_PEER_INVALID' }) as OverlayError);
  expect(attempt).toThrow(/192\.0\.2\.9 is not on a link.*vxlan/);
});

test('in dual stack a peer is one route per family; one without an IPv6 half is one route', () => {
  const { backend, input } = planBase(dual);
  const offer = { type: 'host-gw' };
  expect(backend.planPeer(input, { lease: peer(9, {}, true), offer }).objects).toHaveLength(2);
  expect(backend.planPeer(input, { lease: peer(9), offer }).objects).toHaveLength(1);
});

test('the longest on-link prefix decides which link a peer is reached over', () => {
  const facts = hostFacts({
    onLink: [
      { prefix: parsePrefix('172.31.0.0/16'), link: 'eth0' },
      { prefix: parsePrefix('172.31.0.0/24'), link: 'eth1' },
    ],
  });
  expect(onLink(facts, parseIpv4('172.31.0.9'))).toBe('eth1');
  expect(onLink(facts, parseIpv4('172.31.9.9'))).toBe('eth0');
  expect(onLink(facts, parseIpv4('192.0.2.1'))).toBeUndefined();
});
