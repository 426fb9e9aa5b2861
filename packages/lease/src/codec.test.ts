import { formatAddress, ipv4, ipv4Prefix, ipv6, ipv6Prefix, parseIpv4, parseIpv6 } from '@overlay/cidr';
import fc from 'fast-check';

import {
  formatLeaseName,
  formatLeaseValue,
  parseFlannelKey,
  parseLeaseName,
  parseLeaseValue,
} from './index.js';
import type { Json, LeaseAttributes, LeaseSubnets } from './index.js';

function failure(action: () => unknown): { code?: unknown; message?: unknown } {
  try {
    action();
  } catch (error) {
    return error as { code?: unknown };
  }
  return {};
}

const subnets = fc
  .tuple(
    fc.nat(0xffffffff),
    fc.integer({ min: 1, max: 31 }),
    fc.bigInt(0n, 2n ** 128n - 1n),
    fc.nat(127),
    fc.boolean(),
  )
  .map(([bits, length, bits6, length6, dual]): LeaseSubnets => {
    const subnet = ipv4Prefix(Math.floor(bits / 2 ** (32 - length)) * 2 ** (32 - length), length);
    const shift = BigInt(128 - length6);
    return dual ? { subnet, ipv6Subnet: ipv6Prefix((bits6 >> shift) << shift, length6) } : { subnet };
  });

describe('lease names', () => {
  test('C10 every name we can write is read back, by us and by Flannel', () => {
    fc.assert(
      fc.property(subnets, (value) => {
        const name = formatLeaseName(value);
        expect(parseLeaseName(name)).toEqual(value);
        fc.pre(!formatAddress(value.ipv6Subnet ?? value.subnet).startsWith('::ffff:'));
        expect(parseFlannelKey(`/coreos.com/network/subnets/${name}`)?.canonical).toBe(name);
      }),
    );
  });

  test('C10 whatever is read prints as itself', () => {
    const octets = fc.array(fc.constantFrom('0', '10', '010', '255', '256', 'a'), {
      minLength: 3,
      maxLength: 5,
    });
    const tail = fc.constantFrom(
      '-24',
      '-08',
      '-8',
      '-33',
      '-24&fd00::-8',
      '-8&FD00::-8',
      '-8&fd00:0::-8',
      '-8&-8',
      '-8\n',
    );
    const likely = fc.tuple(octets, tail).map(([parts, end]) => parts.join('.') + end);
    fc.assert(
      fc.property(fc.oneof(likely, fc.string()), (name) => {
        let printed: string | undefined;
        const error = failure(() => (printed = formatLeaseName(parseLeaseName(name))));
        expect(error.code === 'OVL_LEASE_KEY' ? name : printed).toBe(name);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('lease values', () => {
  const attributes: LeaseAttributes = {
    publicIp: parseIpv4('192.0.2.1'),
    publicIpv6: parseIpv6('2001:db8::1'),
    backendType: 'vxlan',
    backendData: { VNI: 1, VtepMAC: 'AA:BB:CC:DD:EE:0F' },
    overlay: {
      nodeId: 'n1',
      hostname: 'a<b>&c\u2028',
      version: '0.1.0',
      backends: [
        { type: 'vxlan', data: { VNI: 1, VtepMAC: 'AA:BB:CC:DD:EE:0F' }, v6Data: 'x' },
        { type: 'host-gw' },
      ],
    },
  };

  test('Overlay comes last, after the fields of Flannel, with its escapes and lower-case MACs', () => {
    expect(formatLeaseValue(attributes)).toBe(
      '{"PublicIP":"192.0.2.1","PublicIPv6":"2001:db8::1","BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"aa:bb:cc:dd:ee:0f"},' +
        '"Overlay":{"NodeID":"n1","Hostname":"a\\u003cb\\u003e\\u0026c\\u2028","Version":"0.1.0","Backends":' +
        '{"vxlan":{"Data":{"VNI":1,"VtepMAC":"aa:bb:cc:dd:ee:0f"},"V6Data":"x"},"host-gw":{}}}}',
    );
    expect(parseLeaseValue(formatLeaseValue(attributes)).overlay).toEqual({
      ...attributes.overlay,
      backends: [
        { type: 'vxlan', data: { VNI: 1, VtepMAC: 'aa:bb:cc:dd:ee:0f' }, v6Data: 'x' },
        { type: 'host-gw' },
      ],
    });
  });

  test('every value we can write is read back', () => {
    const json = fc
      .jsonValue({ depthSize: 'small', noUnicodeString: false })
      .map((value) => JSON.parse(JSON.stringify(value)) as Json);
    const any = fc.record({
      ip: fc.nat(0xffffffff),
      ip6: fc.bigInt(0n, 2n ** 128n - 1n),
      type: fc.constantFrom('', 'udp', 'x&y'),
      data: json,
    });
    fc.assert(
      fc.property(any, ({ ip, ip6, type, data }) => {
        fc.pre(!JSON.stringify(data).includes('__proto__') && !/\\ud[89a-f]/.test(JSON.stringify(data)));
        const value: LeaseAttributes = {
          publicIp: ipv4(ip),
          publicIpv6: ipv6(ip6),
          backendType: type,
          backendData: data,
        };
        fc.pre(JSON.stringify(data).length < 1000);
        const text = formatLeaseValue(value);
        expect(formatLeaseValue(parseLeaseValue(text))).toBe(text);
        expect(JSON.parse(text)).toMatchObject({ BackendData: data });
      }),
    );
  });

  test('C08 C15 arbitrary text gives a value or OVL_LEASE_VALUE, and never touches a prototype', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"PublicIP":"192.0.2.1","BackendData":${json}}`),
    );
    fc.assert(
      fc.property(text, (value) => {
        expect([undefined, 'OVL_LEASE_VALUE']).toContain(failure(() => parseLeaseValue(value)).code);
      }),
      { numRuns: 1000 },
    );
    const evil = parseLeaseValue(
      '{"PublicIP":"192.0.2.1","__proto__":{"x":1},"BackendData":{"__proto__":{"polluted":1},"a":1}}',
    );
    expect(evil.backendData).toEqual({ a: 1 });
    expect(Object.assign({}, evil.backendData as object)).not.toHaveProperty('polluted');
  });
});
