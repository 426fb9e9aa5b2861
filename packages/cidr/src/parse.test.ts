import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import * as ipNum from 'ip-num';
import {
  OverlayError,
  addressFromBytes,
  addressToBytes,
  formatAddress,
  formatInterfaceAddress,
  formatPrefix,
  ipv4,
  ipv4Prefix,
  ipv6,
  netmask,
  parseAddress,
  parseInterfaceAddress,
  parseIpv4,
  parseIpv6,
  parseIpv6Prefix,
  parsePrefix,
} from './index.js';

const V6_MAX = (1n << 128n) - 1n;
const anyV4 = fc.nat(0xffffffff).map(ipv4);
const anyV6 = fc.oneof(
  fc.bigInt(0n, V6_MAX),
  fc
    .array(fc.constantFrom('0', '0', '1', 'ab', 'ffff'), { minLength: 8, maxLength: 8 })
    .map((groups) => BigInt(`0x${groups.map((g) => g.padStart(4, '0')).join('')}`)),
);
const near4 = fc.string({ unit: fc.constantFrom(...'0123456789.. x'.split(/(?:)/)), maxLength: 16 });
const dotted = fc
  .array(fc.oneof(fc.nat(300).map(String), fc.constantFrom('00', '01', '', ' 1', '0x1')), {
    minLength: 3,
    maxLength: 5,
  })
  .map((parts) => parts.join('.'));
const near6 = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0aF19::::'.split(/(?:)/)), maxLength: 24 }),
  fc
    .array(fc.constantFrom('0', 'fd00', '', '', 'G', '12345', '1.2.3.4', '1'), {
      minLength: 2,
      maxLength: 10,
    })
    .map((g) => g.join(':')),
);

function code(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof OverlayError ? error.code : `bare ${String(error)}`;
  }
}

test('IPv4 text is accepted exactly when node:net accepts it', () => {
  fc.assert(
    fc.property(fc.oneof(near4, dotted), (text) => {
      expect(code(() => parseIpv4(text))).toBe(isIPv4(text) ? undefined : 'OVL_CIDR_INVALID');
    }),
    { numRuns: 3000 },
  );
});

test('IPv6 text without a zone is accepted exactly when node:net accepts it', () => {
  fc.assert(
    fc.property(near6, (text) => {
      expect(code(() => parseIpv6(text))).toBe(isIPv6(text) ? undefined : 'OVL_CIDR_INVALID');
    }),
    { numRuns: 5000 },
  );
});

test('an address survives text and bytes', () => {
  fc.assert(
    fc.property(fc.oneof(anyV4, anyV6.map(ipv6)), (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address);
      expect(addressFromBytes(addressToBytes(address))).toEqual(address);
    }),
    { numRuns: 2000 },
  );
});

test('parsing gives the value ip-num gives', () => {
  fc.assert(
    fc.property(anyV4, anyV6, (v4, v6) => {
      expect(BigInt(v4.bits)).toBe(new ipNum.IPv4(formatAddress(v4)).getValue());
      const long = ipNum.IPv6.fromBigInt(v6).toString();
      expect(parseIpv6(long).bits).toBe(v6);
    }),
  );
});

test('IPv6 text is canonical: what the URL parser of WHATWG writes, but for mapped addresses', () => {
  fc.assert(
    fc.property(anyV6, (bits) => {
      fc.pre(bits >> 32n !== 0xffffn);
      expect(`[${formatAddress(ipv6(bits))}]`).toBe(
        new URL(`http://[${ipNum.IPv6.fromBigInt(bits).toString()}]`).hostname,
      );
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['2001:0DB8::0001', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['1:0:0:0:0:0:0:0', '1::'],
  ['::ffff:102:304', '::ffff:1.2.3.4'],
  ['::1.2.3.4', '::102:304'],
  ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
])('RFC 5952: %s is written %s', (text, canonical) => {
  expect(formatAddress(parseAddress(text))).toBe(canonical);
});

test.each([
  '',
  '/',
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/08',
  '10.0.0.0/016',
  '10.0.0.0/+8',
  '10.0.0.0/8 ',
  ' 10.0.0.0/8',
  '10.0.0.0/8/8',
  '10.0.0.0/-1',
  '10.0.0/8',
  '010.0.0.0/8',
  '10.0.0.0/8x',
  '10.0.0.0/1e1',
  '::/129',
  '::/00',
  'fe80::%eth0/64',
  '::/',
  '10.0.0.0/8\n',
  '１0.0.0.0/8',
])('the prefix %j is rejected', (text) => {
  expect(code(() => parsePrefix(text))).toBe('OVL_CIDR_INVALID');
  expect(code(() => parsePrefix(text, 'mask'))).toBe('OVL_CIDR_INVALID');
  expect(code(() => parseInterfaceAddress(text))).toBe('OVL_CIDR_INVALID');
});

test('host bits are rejected with the network to write instead, masked on request, kept in an interface address', () => {
  expect(() => parsePrefix('10.5.34.1/24')).toThrow('did you mean 10.5.34.0/24?');
  expect(formatPrefix(parsePrefix('10.5.34.1/24', 'mask'))).toBe('10.5.34.0/24');
  expect(formatPrefix(parseIpv6Prefix('::ffff:1.2.3.4/96', 'mask'))).toBe('::ffff:0.0.0.0/96');
  expect(formatInterfaceAddress(parseInterfaceAddress('10.5.34.1/24'))).toBe('10.5.34.1/24');
  expect(parsePrefix('255.255.255.255/0', 'mask')).toEqual({ family: 4, bits: 0, length: 0 });
});

test('values that are no address, prefix or length are rejected', () => {
  for (const bits of [-1, 1.5, NaN, 2 ** 32]) expect(code(() => ipv4(bits))).toBe('OVL_CIDR_INVALID');
  for (const bits of [-1n, V6_MAX + 1n]) expect(code(() => ipv6(bits))).toBe('OVL_CIDR_INVALID');
  expect(code(() => ipv4Prefix(1, 24))).toBe('OVL_CIDR_INVALID');
  expect(code(() => netmask(33, 4))).toBe('OVL_CIDR_INVALID');
  expect(code(() => addressFromBytes(new Uint8Array(5)))).toBe('OVL_CIDR_INVALID');
});

test('the netmask has as many leading ones as the length says', () => {
  for (let length = 0; length <= 128; length++) {
    expect(netmask(length, 6).bits.toString(2).padStart(128, '0')).toBe('1'.repeat(length).padEnd(128, '0'));
    if (length > 32) continue;
    expect(netmask(length, 4).bits.toString(2).padStart(32, '0')).toBe('1'.repeat(length).padEnd(32, '0'));
  }
});
