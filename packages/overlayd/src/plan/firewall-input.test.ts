import { formatPrefix, parseIpv4, parseIpv6, parsePrefix } from '@overlay/cidr';
import { network, nodePlan } from '../../test/support/hosts.js';
import { firewallInput } from './firewall-input.js';

const direct = [parseIpv4('172.31.0.9'), parseIpv6('fd31::9')];

test('vxlan: the tunnel per family, no underlay, options passed on', () => {
  const node = nodePlan(network({ Type: 'vxlan' }, true));
  const result = firewallInput(node, { ...node.firewall, randomFully: false }, []);
  expect(result).toMatchObject({ instance: 'default', masquerade: true, randomFully: false, forward: true });
  expect(result.traffic.map(({ family, tunnels, underlay }) => [family, tunnels, underlay])).toEqual([
    [4, ['flannel.1'], undefined],
    [6, ['flannel-v6.1'], undefined],
  ]);
  expect(result.traffic.map(({ network: all, subnet }) => [formatPrefix(all), formatPrefix(subnet)])).toEqual(
    [
      ['10.5.0.0/16', '10.5.1.0/24'],
      ['fc00:5::/48', 'fc00:5:0:1::/64'],
    ],
  );
});

test('single stack has no IPv6 traffic', () => {
  const node = nodePlan(network({ Type: 'vxlan' }));
  expect(firewallInput(node, node.firewall, []).traffic.map(({ family }) => family)).toEqual([4]);
});

test('host-gw: the underlay instead of a tunnel, direct peers of the family', () => {
  const node = nodePlan(network({ Type: 'host-gw' }, true));
  const { traffic } = firewallInput(node, node.firewall, direct);
  expect(traffic.map((part) => [part.tunnels, part.underlay])).toEqual([
    [[], 'eth0'],
    [[], 'eth0'],
  ]);
  expect(traffic.map(({ directPeers }) => directPeers)).toEqual([[direct[0]], [direct[1]]]);
});

test('DirectRouting: tunnel and underlay', () => {
  const node = nodePlan(network({ Type: 'vxlan', DirectRouting: true }));
  expect(firewallInput(node, node.firewall, direct).traffic[0]).toMatchObject({
    tunnels: ['flannel.1'],
    underlay: 'eth0',
  });
});

test('EnableNFTables of the network config decides about nftables', () => {
  const node = nodePlan(network({ Type: 'vxlan' }));
  const config = { ...node.input.config, enableNFTables: true };
  expect(firewallInput(node, node.firewall, []).nftables).toBe(false);
  expect(firewallInput({ ...node, input: { ...node.input, config } }, node.firewall, []).nftables).toBe(true);
});

test('B03 what another host owns is fenced in its family', () => {
  const node = nodePlan(network({ Type: 'vxlan' }, true));
  const fenced = [parsePrefix('10.5.9.0/24'), parsePrefix('fc00:5:0:9::/64')];
  const { traffic } = firewallInput(node, node.firewall, [], fenced);
  expect(traffic.map((part) => part.fenced?.map(formatPrefix))).toEqual([
    ['10.5.9.0/24'],
    ['fc00:5:0:9::/64'],
  ]);
  expect(firewallInput(node, node.firewall, []).traffic.map((part) => part.fenced)).toEqual([
    undefined,
    undefined,
  ]);
});
