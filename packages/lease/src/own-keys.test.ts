import { formatPrefix } from '@overlay/cidr';

import { backendTypeOf, normaliseConfig, parseNetworkConfig } from './index.js';

function configWith(keys: string): string {
  return `{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/48","Backend":{"Type":"vxlan"},${keys}}`;
}

function codesOf(keys: string): string[] {
  return parseNetworkConfig(configWith(keys)).warnings.map(({ code }) => code);
}

test('the own keys are read, in any case of their names, and shown as written', () => {
  const config = parseNetworkConfig(
    configWith(
      '"Backends":[{"Type":"WireGuard","PSK":"x"},{"type":"host-gw"}],"encryptto":"untrusted",' +
        '"TrustedPrefixes":["192.0.2.0/24","2001:db8::/32"],"FormerNetworks":["10.4.0.0/16","fd00:4::/48"]',
    ),
  );
  expect(config.alsoBackends).toEqual([{ Type: 'WireGuard', PSK: 'x' }, { type: 'host-gw' }]);
  expect(config.alsoBackends.map(backendTypeOf)).toEqual(['wireguard', 'host-gw']);
  expect(config.encryptTo).toBe('untrusted');
  expect(config.trustedPrefixes.map(formatPrefix)).toEqual(['192.0.2.0/24', '2001:db8::/32']);
  expect(config.warnings).toEqual([]);
  expect(normaliseConfig(config)).toMatchObject({
    Backends: config.alsoBackends,
    EncryptTo: 'untrusted',
    TrustedPrefixes: ['192.0.2.0/24', '2001:db8::/32'],
    FormerNetworks: ['10.4.0.0/16', 'fd00:4::/48'],
  });
});

test.each([
  '"x":1',
  '"Backends":null,"EncryptTo":null,"TrustedPrefixes":null,"FormerNetworks":null',
  '"Backends":[],"EncryptTo":"nobody","TrustedPrefixes":[],"FormerNetworks":[]',
])('%s gives the defaults, and nothing to show', (keys) => {
  const config = parseNetworkConfig(configWith(keys));
  expect(config).toMatchObject({
    alsoBackends: [],
    encryptTo: 'nobody',
    trustedPrefixes: [],
    formerNetworks: [],
  });
  const shown = Object.keys(normaliseConfig(config));
  expect(shown.filter((key) => /Backends|EncryptTo|Trusted|Former/.test(key))).toEqual([]);
});

test.each([
  ['"Backends":{"Type":"vxlan"}', 'Backends must be a JSON array'],
  ['"Backends":["vxlan"]', 'Backends[0] in the network config must be a JSON object'],
  ['"Backends":[{"Type":"vxlan"},{}]', 'Backends[1] in the network config has no Type'],
  ['"Backends":[{"Type":7}]', 'Backends[0] in the network config: Type must be a string'],
  [`"Backends":[${Array(9).fill('{"Type":"vxlan"}').join()}]`, 'Backends has 9 entries, more than the 8'],
  ['"EncryptTo":"All"', 'EncryptTo "All" is none of "nobody", "untrusted", "all"'],
  ['"EncryptTo":true', 'EncryptTo must be a string'],
  ['"TrustedPrefixes":"192.0.2.0/24"', 'TrustedPrefixes must be a JSON array'],
  ['"TrustedPrefixes":["192.0.2.0/24",7]', 'TrustedPrefixes[1] is wrong: a network such as'],
  ['"TrustedPrefixes":["192.0.2.1/24"]', 'TrustedPrefixes[0] is wrong'],
  [`"TrustedPrefixes":[${Array(257).fill('"192.0.2.0/24"').join()}]`, 'more than the 256 allowed'],
  ['"FormerNetworks":["10.4.0.0"]', 'FormerNetworks[0] is wrong'],
  ['"FormerNetworks":["10.4.0.0/16","0.0.0.0/0"]', 'FormerNetworks[1] is every address there is'],
])('%.60s is refused, naming the key', (keys, message) => {
  expect(() => parseNetworkConfig(configWith(keys))).toThrow(
    expect.objectContaining({
      code: 'OVL_CONFIG_INVALID',
      message: expect.stringContaining(message) as string,
    }) as Error,
  );
});

test.each([
  ['"EncryptTo":"all"', ['OVL_CONFIG_NOTHING_ENCRYPTS']],
  ['"EncryptTo":"all","Backends":[{"Type":"Wireguard"}]', []],
  ['"TrustedPrefixes":["192.0.2.0/24"]', ['OVL_CONFIG_TRUSTED_UNUSED']],
  [
    '"TrustedPrefixes":["192.0.2.0/24"],"EncryptTo":"all","Backends":[{"Type":"wireguard"}]',
    ['OVL_CONFIG_TRUSTED_UNUSED'],
  ],
  ['"FormerNetworks":["10.0.0.0/8"]', ['OVL_CONFIG_FORMER_OVERLAP']],
  ['"FormerNetworks":["fd00:5:0:1::/64"]', ['OVL_CONFIG_FORMER_OVERLAP']],
  ['"FormerNetworks":["10.6.0.0/16"]', []],
  ['"Backend2":{}', ['OVL_CONFIG_UNKNOWN_KEY']],
])('%s warns of %j', (keys, codes) => {
  expect(codesOf(keys)).toEqual(codes);
});
