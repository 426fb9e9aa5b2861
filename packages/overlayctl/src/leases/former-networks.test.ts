import { formatPrefix } from '@overlay/cidr';
import { parseNetworkConfig, type RawLease } from '@overlay/lease';
import { keepFormerNetworks } from './former-networks.js';

const DUAL = '"EnableIPv6":true,"IPv6Network":"fd00:5::/48",';
const text = (network: string, more = ''): string =>
  `{${more}"Network":"${network}","Backend":{"Type":"vxlan"}}`;
const leases = (...names: string[]): RawLease[] =>
  names.map((name) => ({ name, value: '{}', createRevision: '3', modRevision: '4', etcdLease: '7' }));

function kept(before: string, after: string, names: readonly string[]): readonly string[] {
  const input = { text: after, config: parseNetworkConfig(after) };
  const result = keepFormerNetworks(input, parseNetworkConfig(before), leases(...names));
  expect(parseNetworkConfig(result.text)).toEqual(result.config);
  expect(result.config.formerNetworks.map(formatPrefix)).toEqual([
    ...(result.formerNetworks.length > 0
      ? result.formerNetworks
      : input.config.formerNetworks.map(formatPrefix)),
  ]);
  return result.formerNetworks;
}

test.each([
  ['another network', text('10.5.0.0/16'), text('10.6.0.0/16'), ['10.5.0.0/16']],
  ['the same network', text('10.5.0.0/16'), text('10.5.0.0/16'), []],
  ['a larger one around it', text('10.5.0.0/16'), text('10.4.0.0/15'), []],
  ['the half without the lease', text('10.5.0.0/16'), text('10.5.128.0/17'), ['10.5.0.0/17']],
  ['the half with the lease', text('10.5.0.0/16'), text('10.5.0.0/17'), []],
  [
    'networks of earlier changes',
    text('10.6.0.0/16', '"FormerNetworks":["10.5.0.0/16","10.3.0.0/16"],'),
    text('10.7.0.0/16'),
    ['10.5.0.0/16'],
  ],
  [
    'an earlier network around the old one',
    text('10.5.0.0/16', '"FormerNetworks":["10.4.0.0/15"],'),
    text('10.7.0.0/16'),
    ['10.4.0.0/15'],
  ],
  [
    'the network before, named twice',
    text('10.5.0.0/16', '"FormerNetworks":["10.5.0.0/16"],'),
    text('10.7.0.0/16'),
    ['10.5.0.0/16'],
  ],
  ['a config that says it itself', text('10.5.0.0/16'), text('10.6.0.0/16', '"formernetworks":[],'), []],
])('with a lease in 10.5.7.0/24, %s: %s -> %s keeps %j', (_what, before, after, expected) => {
  expect(kept(before, after, ['10.5.7.0-24', 'garbage'])).toEqual(expected);
});

test('without leases nothing is kept', () => {
  expect(kept(text('10.5.0.0/16'), text('10.6.0.0/16'), [])).toEqual([]);
});

test('each family keeps its own; with IPv6 turned off there is nothing to keep of it', () => {
  const names = ['10.5.7.0-24&fd00:5:0:7::-64'];
  const moved = text('10.6.0.0/16', DUAL.replace('fd00:5', 'fd00:6'));
  expect(kept(text('10.5.0.0/16', DUAL), moved, names)).toEqual(['10.5.0.0/16', 'fd00:5::/48']);
  expect(kept(text('10.5.0.0/16', DUAL), text('10.6.0.0/16'), names)).toEqual(['10.5.0.0/16']);
});

test('the rest of the text stays as it was written', () => {
  const pretty = '{\n  "Network": "10.6.0.0/16",\n  "Backend": {"Type": "vxlan"}\n}';
  const input = { text: pretty, config: parseNetworkConfig(pretty) };
  const before = parseNetworkConfig(text('10.5.0.0/16'));
  expect(keepFormerNetworks(input, before, leases('10.5.7.0-24')).text).toBe(
    '{\n  "Network": "10.6.0.0/16",\n  "Backend": {"Type": "vxlan"},\n  "FormerNetworks": ["10.5.0.0/16"]\n}',
  );
  const compact = text('10.6.0.0/16');
  expect(
    keepFormerNetworks({ text: compact, config: parseNetworkConfig(compact) }, before, leases('10.5.7.0-24'))
      .text,
  ).toBe('{"Network":"10.6.0.0/16","Backend":{"Type":"vxlan"},"FormerNetworks":["10.5.0.0/16"]}');
});
