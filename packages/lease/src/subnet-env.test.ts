import { formatPrefix } from '@overlay/cidr';
import fc from 'fast-check';

import {
  formatSubnetEnv,
  parseDockerOptionArguments,
  parseLeaseName,
  parseNetworkConfig,
  parseSubnetEnv,
} from './index.js';

describe('subnet.env', () => {
  const config = parseNetworkConfig(
    '{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/48"}',
  );

  test('what we write is read back', () => {
    const value = parseLeaseName('10.5.34.0-24&fd00:5:0:1::-64');
    const { ipv4: pool4, ipv6: pool6 } = config;
    const text = formatSubnetEnv({ config, subnets: value, mtu: 1450, ipMasq: true });
    expect(parseSubnetEnv(text)).toEqual({
      network: pool4?.network,
      ipv6Network: pool6?.network,
      subnets: value,
      mtu: 1450,
      ipMasq: true,
    });
  });

  test.each([
    ['quotes, export and comments', "# c\nexport FLANNEL_SUBNET='10.5.34.1/24' # mine\n", '10.5.34.0/24'],
    ['no quotes and a comment', 'FLANNEL_SUBNET = 10.5.34.1/24 # mine', '10.5.34.0/24'],
    ['Windows line ends', 'FLANNEL_SUBNET="10.5.34.1/24"\r\n', '10.5.34.0/24'],
    ['a list counts as none', 'FLANNEL_SUBNET=10.5.34.1/24,10.5.35.1/24', undefined],
    ['nonsense', 'FLANNEL_SUBNET=10.5.34.1/99\n\0=\n"', undefined],
  ])('%s', (_what, text, expected) => {
    const { subnets: found } = parseSubnetEnv(text);
    expect(found && formatPrefix(found.subnet)).toBe(expected);
  });

  test('G07 a shell that reads it gets names, numbers and addresses, and nothing to carry out', () => {
    const line = /^FLANNEL_[A-Z0-9_]+=(?:[0-9a-f.:]+\/\d+|\d+|true|false)$/;
    const octet = fc.nat(255);
    fc.assert(
      fc.property(octet, octet, fc.boolean(), fc.boolean(), fc.nat(65_535), (a, b, dual, ipMasq, mtu) => {
        const name = `10.${a}.${b}.0-24${dual ? `&fd00:5:${a + 1}:${b + 1}::-64` : ''}`;
        const text = formatSubnetEnv({ config, subnets: parseLeaseName(name), mtu, ipMasq });
        expect(text.endsWith('\n')).toBe(true);
        for (const one of text.trimEnd().split('\n')) expect(one).toMatch(line);
      }),
    );
  });

  test('B08 no content makes it fail', () => {
    const line = fc.tuple(
      fc.constantFrom('FLANNEL_SUBNET', 'FLANNEL_MTU', 'FLANNEL_IPV6_SUBNET', 'x'),
      fc.string(),
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(line).map((lines) => lines.map((pair) => pair.join('=')).join('\n')),
    );
    fc.assert(fc.property(text, (content) => expect(() => parseSubnetEnv(content)).not.toThrow()));
  });
});

test.each([
  [['-ic', '-kX'], { flags: { individual: true, combined: true, ipMasqOff: false, key: 'X' } }],
  [['-m', '-f', '/a', '-d', '/b'], { subnetFile: '/a', outputFile: '/b', flags: { ipMasqOff: true } }],
  [['word', '-z'], { flags: { key: 'DOCKER_OPTS' }, subnetFile: '/run/flannel/subnet.env' }],
  [['-iz'], { problem: 'Illegal option -z' }],
  [['-k'], { problem: 'No arg for -k option' }],
])('mk-docker-opts arguments %j', (args, expected) => {
  expect(parseDockerOptionArguments(args)).toMatchObject(expected);
});
