import fc from 'fast-check';

import { normaliseConfig, parseNetworkConfig } from './index.js';

function failure(action: () => unknown): { code?: unknown; message?: unknown } {
  try {
    action();
  } catch (error) {
    return error as { code?: unknown };
  }
  return {};
}

describe('network config', () => {
  test.each([
    [
      'every occurrence of a key is decoded, the last one counts',
      '{"Network":"10.1.0.0/16","network":"10.2.0.0/16"}',
      'Network',
      '10.2.0.0/16',
    ],
    [
      'null keeps what an earlier key said',
      '{"Network":"10.1.0.0/16","SubnetLen":26,"subnetlen":null}',
      'SubnetLen',
      26,
    ],
    ['the Kelvin sign is a K to Go', '{"Networ\u212a":"10.1.0.0/16"}', 'Network', '10.1.0.0/16'],
    ['zeros before the length', '{"Network":"10.1.0.0/016"}', 'Network', '10.1.0.0/16'],
    [
      'an IPv4-mapped SubnetMin',
      '{"Network":"10.1.0.0/16","SubnetMin":"::ffff:10.1.7.0"}',
      'SubnetMin',
      '10.1.7.0',
    ],
    [
      'the last Type counts',
      '{"Network":"10.1.0.0/16","Backend":{"Type":"udp","type":"VxLAN"}}',
      'BackendType',
      'VxLAN',
    ],
  ])('%s', (_what, text, key, value) => {
    expect(normaliseConfig(parseNetworkConfig(text))).toMatchObject({ [key]: value });
  });

  test.each([
    ['an earlier bad occurrence', '{"Network":"nonsense","Network":"10.1.0.0/16"}', 'Network is wrong'],
    ['escapes in an address', '{"Network":"10.1.0.0\\/16"}', 'Network is wrong'],
    ['1e1 as a length', '{"Network":"10.1.0.0/16","SubnetLen":1e1}', 'SubnetLen must be a whole number'],
    ['a quoted length', '{"Network":"10.1.0.0/16","SubnetLen":"24"}', 'SubnetLen must be a whole number'],
    [
      '2^64',
      '{"Network":"10.1.0.0/16","SubnetLen":18446744073709551616}',
      'SubnetLen must be a whole number',
    ],
    [
      'an IPv4 network for IPv6',
      '{"EnableIPv6":true,"Network":"10.1.0.0/16","IPv6Network":"10.2.0.0/16"}',
      'IPv6Network is wrong',
    ],
    ['a /29', '{"Network":"10.1.0.0/29"}', 'the smallest useful one is a /28'],
    [
      'SubnetLen 31',
      '{"Network":"10.1.0.0/16","SubnetLen":31}',
      'SubnetLen 31 is too long; the longest is 30',
    ],
    ['C15 64 KB', `{"Network":"10.1.0.0/16","x":"${'x'.repeat(65536)}"}`, 'more than the 65536 allowed'],
    ['C15 depth', `${'['.repeat(100)}${']'.repeat(100)}`, 'nested deeper than 64 levels'],
  ])('refuses %s, naming key and bound', (_what, text, message) => {
    const error = failure(() => parseNetworkConfig(text));
    expect(error).toMatchObject({ code: 'OVL_CONFIG_INVALID' });
    expect(error.message).toContain(message);
  });

  test.each([
    ['{"Network":"10.1.0.0/16"}', ['OVL_CONFIG_UDP_DEFAULT']],
    ['{"Network":"10.1.0.0/16","Backend":{"Type":"vxlan"}}', []],
    ['{"Network":"10.1.0.0/16","Backend":{}}', ['OVL_CONFIG_NO_BACKEND_TYPE']],
    ['{"Network":"10.1.0.0/16","Netwrok":1,"Backend":{"Type":"vxlan"}}', ['OVL_CONFIG_UNKNOWN_KEY']],
    [
      '{"Network":"10.1.0.0/16","network":"10.2.0.0/16","Backend":{"Type":"vxlan"}}',
      ['OVL_CONFIG_REPEATED_KEY'],
    ],
    [
      '{"Network":"10.1.0.0/16","SubnetMin":"10.1.9.0","SubnetMax":"10.1.2.0","Backend":{"Type":"vxlan"}}',
      ['OVL_CONFIG_MIN_ABOVE_MAX'],
    ],
    ['{"Network":"169.254.0.0/16","Backend":{"Type":"vxlan"}}', ['OVL_CONFIG_RESERVED_NETWORK']],
    ['{"EnableIPv4":false,"Backend":{"Type":"vxlan"}}', ['OVL_CONFIG_NO_IPV4']],
  ])('warnings of %s', (text, codes) => {
    expect(parseNetworkConfig(text).warnings.map(({ code }) => code)).toEqual(codes);
  });

  test('C01 arbitrary text gives a config or OVL_CONFIG_INVALID', () => {
    const keys = fc.constantFrom(
      'Network',
      'subnetLen',
      'SubnetMin',
      'Backend',
      'EnableIPv6',
      'IPv6Network',
      '__proto__',
    );
    const object = fc.dictionary(
      keys,
      fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('10.1.0.0/16', 'fd00::/48', 24, true)),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          object.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          expect([undefined, 'OVL_CONFIG_INVALID']).toContain(failure(() => parseNetworkConfig(text)).code);
        },
      ),
      { numRuns: 500 },
    );
  });
});
