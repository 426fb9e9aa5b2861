import { parseIpv4 } from '@overlay/cidr';
import fc from 'fast-check';

import { formatLeaseValue, parseLeaseValue } from './index.js';
import type { BackendOffer, LeaseAttributes, OverlayExtension } from './index.js';

const MAC = '02:00:00:00:00:01';

function attributes(
  backends: readonly BackendOffer[],
  more: Partial<OverlayExtension> = {},
): LeaseAttributes {
  return {
    publicIp: parseIpv4('192.0.2.1'),
    backendType: 'vxlan',
    backendData: { VNI: 1, VtepMAC: MAC },
    overlay: { nodeId: 'n1', hostname: 'h', version: '1', backends, ...more },
  };
}

const OFFERS: readonly BackendOffer[] = [
  { type: 'wireguard', id: 'wireguard port 51820', options: { ListenPort: 51820 }, data: { PublicKey: 'k' } },
  {
    type: 'vxlan',
    id: 'vxlan vni 2 port 8472',
    options: { VNI: 2, Port: 8472 },
    data: { VNI: 2, VtepMAC: MAC },
  },
  { type: 'vxlan', id: 'vxlan vni 1 port 8472', data: { VNI: 1, VtepMAC: MAC }, v6Data: { VNI: 1 } },
  { type: 'vxlan', data: { VNI: 3, VtepMAC: MAC } },
  { type: 'host-gw', id: 'host-gw', options: {} },
];

test('offers keep their order, and those of one type are numbered', () => {
  const text = formatLeaseValue(attributes(OFFERS));
  const { Overlay } = JSON.parse(text) as { Overlay: { Backends: Record<string, object> } };
  expect(Object.keys(Overlay.Backends)).toEqual(['wireguard', 'vxlan', 'vxlan/2', 'vxlan/3', 'host-gw']);
  expect(Object.keys(Overlay.Backends['vxlan/2'] ?? {})).toEqual(['Id', 'Data', 'V6Data']);
  expect(parseLeaseValue(text).overlay?.backends).toEqual(OFFERS);
  expect(formatLeaseValue(parseLeaseValue(text))).toBe(text);
});

test('any list of offers is read back as it was written', () => {
  const offer = fc.record(
    {
      type: fc.constantFrom('vxlan', 'gre', 'host-gw', 'udp'),
      id: fc.string({ maxLength: 20 }),
      options: fc.record({ Port: fc.nat(65_535), Note: fc.string({ maxLength: 9 }) }),
      data: fc.constantFrom(null, 'x', 7, { a: [1] }),
      v6Data: fc.constantFrom(null, 'x', 7, { a: [1] }),
    },
    { requiredKeys: ['type'] },
  );
  fc.assert(
    fc.property(fc.array(offer, { maxLength: 12 }), (offers) => {
      expect(parseLeaseValue(formatLeaseValue(attributes(offers))).overlay?.backends).toEqual(offers);
    }),
  );
});

test('the MAC of every vxlan offer is written in lower case', () => {
  const upper = { VNI: 2, VtepMAC: '02:AA:00:00:00:01' };
  const text = formatLeaseValue(attributes([...OFFERS, { type: 'vxlan', data: upper }]));
  expect(text).toContain('"vxlan/4":{"Data":{"VNI":2,"VtepMAC":"02:aa:00:00:00:01"}}');
});

test('MustRenumber is written only when it is so', () => {
  expect(formatLeaseValue(attributes([], { mustRenumber: false }))).not.toContain('MustRenumber');
  const text = formatLeaseValue(attributes([], { mustRenumber: true }));
  expect(text).toMatch(/"Backends":\{\},"MustRenumber":true\}\}$/);
  expect(parseLeaseValue(text).overlay?.mustRenumber).toBe(true);
  const no = parseLeaseValue(text.replace('"MustRenumber":true', '"MustRenumber":false'));
  expect(no.overlay).not.toHaveProperty('mustRenumber');
});

test('F06 values of older and newer writers are read: no Id, unknown fields, any case', () => {
  const value = (backends: string): string =>
    `{"PublicIP":"192.0.2.1","BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"${MAC}"},` +
    `"Overlay":{"NodeID":"n1","Future":[1],"Backends":${backends}}}`;
  expect(parseLeaseValue(value('{"vxlan":{"Data":{"VNI":1}},"host-gw":{}}')).overlay?.backends).toEqual([
    { type: 'vxlan', data: { VNI: 1 } },
    { type: 'host-gw' },
  ]);
  expect(
    parseLeaseValue(value('{"gre":{"id":"gre","Later":{"a":1},"OPTIONS":null}}')).overlay?.backends,
  ).toEqual([{ type: 'gre', id: 'gre' }]);
});

test.each([
  ['"Id":7', 'Id must be a string'],
  ['"Options":[]', 'Overlay.Backends.gre in the lease value: Options must be a JSON object'],
])('an offer with %s is refused', (fields, message) => {
  const text = `{"PublicIP":"192.0.2.1","Overlay":{"Backends":{"gre":{${fields}}}}}`;
  expect(() => parseLeaseValue(text)).toThrow(
    expect.objectContaining({
      code: 'OVL_LEASE_VALUE',
      message: expect.stringContaining(message) as string,
    }) as Error,
  );
});

test('C15 a value that no peer would read is not written', () => {
  const long = { type: 'gre', options: { Note: 'x'.repeat(8000) } };
  expect(
    formatLeaseValue(attributes([{ ...long, options: { Note: 'x'.repeat(7800) } }])).length,
  ).toBeLessThan(8192);
  expect(() => formatLeaseValue(attributes([long, ...OFFERS]))).toThrow(
    expect.objectContaining({ code: 'OVL_LEASE_VALUE' }) as Error,
  );
});
