import { formatPrefix, parseIpv4, parseIpv6 } from '@overlay/cidr';
import { network, nodePlan } from '../../test/support/hosts.js';
import { firewallInput } from './firewall-input.js';

const direct = [parseIpv4('172.31.0.9'), parseIpv6('fd31::9')];

test('vxlan: the tunnel per family, no underlay, options passed on', () => {
  const { input, backend, firewall } = nodePlan(network({ Type: 'vxlan' }, true));
  const result = firewallInput(input, backend, { ...firewall, randomFully: false }, []);
  expect(result).toMatchObject({ instance: 'default', masquerade: true, randomFully: false, forward: true });
  expect(result.traffic.map(({ family, tunnel, underlay }) => [family, tunnel, underlay])).toEqual([
    [4, 'flannel.1', undefined],
    [6, 'flannel-v6.1', undefined],
  ]);
  expect(result.traffic.map(({ network: all, subnet }) => [formatPrefix(all), formatPrefix(subnet)])).toEqual(
    [
      ['10.5.0.0/16', '10.5.1.0/24'],
      ['fc00:5::/48', 'fc00:5:0:1::/64'],
    ],
  );
});

test('single stack has no IPv6 traffic', () => {
  const { input, backend, firewall } = nodePlan(network({ Type: 'vxlan' }));
  expect(firewallInput(input, backend, firewall, []).traffic.map(({ family }) => family)).toEqual([4]);
});

test('host-gw: the underlay instead of a tunnel, direct peers of the family', () => {
  const { input, backend, firewall } = nodePlan(network({ Type: 'host-gw' }, true));
  const { traffic } = firewallInput(input, backend, firewall, direct);
  expect(traffic.map((part) => [part.tunnel, part.underlay])).toEqual([
    [undefined, 'eth0'],
    [undefined, 'eth0'],
  ]);
  expect(traffic.map(({ directPeers }) => directPeers)).toEqual([[direct[0]], [direct[1]]]);
});

test('DirectRouting: tunnel and underlay', () => {
  const { input, backend, firewall } = nodePlan(network({ Type: 'vxlan', DirectRouting: true }));
  expect(firewallInput(input, backend, firewall, direct).traffic[0]).toMatchObject({
    tunnel: 'flannel.1',
    underlay: 'eth0',
  });
});

test('EnableNFTables of the network config decides about nftables', () => {
  const node = nodePlan(network({ Type: 'vxlan' }));
  const config = { ...node.input.config, enableNFTables: true };
  expect(firewallInput(node.input, node.backend, node.firewall, []).nftables).toBe(false);
  expect(firewallInput({ ...node.input, config }, node.backend, node.firewall, []).nftables).toBe(true);
});
