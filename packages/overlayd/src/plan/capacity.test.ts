import { parsePrefix } from '@overlay/cidr';
import { parseNetworkConfig, type NetworkConfig } from '@overlay/lease';
import { namedIn } from '../lease/read-key.js';
import { scarceSubnets } from './capacity.js';

const config = (changes: object = {}) =>
  parseNetworkConfig(
    JSON.stringify({ Network: '10.5.0.0/16', SubnetMin: '10.5.1.0', SubnetMax: '10.5.10.0', ...changes }),
  );
const scarce = (network: NetworkConfig, keys: readonly string[], reserved: readonly string[] = []) =>
  scarceSubnets(network, {
    taken: keys.flatMap(namedIn),
    reserved: reserved.map((text) => parsePrefix(text)),
  });
const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `10.5.${index + 1}.0-24`);

test('B09 from four fifths on the range is nearly used up, which is told with counts', () => {
  expect(scarce(config(), names(7))).toBeUndefined();
  const told = scarce(config(), names(8));
  expect(told?.code).toBe('OVL_SUBNETS_SCARCE');
  expect(told?.message).toContain('8 of 10 subnets of length /24 from 10.5.1.0 to 10.5.10.0 are taken');
  expect(scarce(config(), names(10))?.message).toContain('10 of 10');
});

test('B09 what lies outside of the range, and what is no key of a lease, takes nothing', () => {
  const others = ['10.5.200.0-24', '10.6.1.0-24', '10.0.0.0-8', 'nonsense', '10.5.0.0-16'];
  expect(scarce(config(), [...names(7), ...others])).toBeUndefined();
});

test('B09 a longer or shorter lease takes the subnets that it meets', () => {
  expect(scarce(config(), ['10.5.0.0-21', '10.5.8.128-25'])?.message).toContain('8 of 10');
});

test('B09 of two families the one that is nearly used up is told', () => {
  const dual = config({
    ...{ EnableIPv6: true, IPv6Network: 'fc00:5::/48' },
    ...{ IPv6SubnetMin: 'fc00:5:0:1::', IPv6SubnetMax: 'fc00:5:0:5::' },
  });
  const leases = [1, 2, 3, 4].map((n) => `10.5.${n}.0-24&fc00:5:0:${n}::-64`);
  expect(scarce(dual, leases)?.message).toContain('4 of 5 subnets of length /64');
});

test('B09 what the LAN keeps for itself is not there to be leased', () => {
  const lan = ['10.5.8.0/24', '10.5.9.128/25', '10.5.10.7/32', '192.168.0.0/24'];
  expect(scarce(config(), names(4), lan)).toBeUndefined();
  expect(scarce(config(), names(7), lan)?.message).toContain('10 of 10');
});

test('B09 of a range without any subnet nothing is told: none can be leased at all', () => {
  expect(scarce(config({ SubnetMin: '10.5.10.0', SubnetMax: '10.5.1.0' }), names(7))).toBeUndefined();
});
