import type { OverlayError } from '@overlay/cidr';
import { parseEndpoints, pathsUnder, rangeEnd } from './paths.js';

test('a prefix is cleaned as Flannel cleans it', () => {
  const expected = {
    config: '/atomic.io/network/config',
    subnets: '/atomic.io/network/subnets/',
    renumber: '/atomic.io/network/overlay/renumber/',
    renumbered: '/atomic.io/network/overlay/renumbered/',
  };
  for (const prefix of ['/atomic.io/network', '/atomic.io/network/', '//atomic.io//network//']) {
    expect(pathsUnder(prefix)).toEqual(expected);
  }
  expect(pathsUnder('/')).toMatchObject({ config: '/config', subnets: '/subnets/' });
  expect(pathsUnder('net')).toMatchObject({ config: 'net/config', subnets: 'net/subnets/' });
});

test('the range of a directory ends before its sibling with a longer name', () => {
  const end = rangeEnd('/n/subnets/').toString();
  expect(end).toBe('/n/subnets0');
  expect('/n/subnets/zzz' < end).toBe(true);
  expect(['/n/subnets-backup', '/n/subnets/'].sort()[0]).toBe('/n/subnets-backup');
  expect('/n/subnetsfoo' < end).toBe(false);
});

test('endpoints get a scheme and a port', () => {
  expect(parseEndpoints(['etcd1', ' http://10.0.0.1:4001/ ', '[fd00::1]:2379'], undefined)).toEqual({
    urls: ['http://etcd1:2379', 'http://10.0.0.1:4001', 'http://[fd00::1]:2379'],
    secure: false,
  });
  expect(parseEndpoints(['etcd1'], '/ca.crt')).toEqual({ urls: ['https://etcd1:2379'], secure: true });
});

test.each(['', 'ftp://x', 'http://a b', 'http://x:70000', 'http://user:secret@host:2379'])(
  'endpoint %p is refused, and no password is shown',
  (endpoint) => {
    const refused: unknown = expect.objectContaining({
      code: 'OVL_ETCD_ENDPOINT',
      message: expect.not.stringContaining('secret') as unknown,
    });
    expect(() => parseEndpoints([endpoint], undefined)).toThrow(refused as Error);
  },
);

test('A15 a TLS file never ends in plain text: without a scheme it means https, with http it is refused, alone or among others', () => {
  const code = (endpoints: readonly string[]): unknown => {
    try {
      return parseEndpoints(endpoints, '/ca.crt');
    } catch (error) {
      return (error as OverlayError).code;
    }
  };
  expect(code(['etcd1', 'etcd2:4001'])).toEqual({
    urls: ['https://etcd1:2379', 'https://etcd2:4001'],
    secure: true,
  });
  expect(code(['http://etcd1'])).toBe('OVL_ETCD_TLS');
  expect(code(['http://127.0.0.1:2379', 'http://etcd2'])).toBe('OVL_ETCD_TLS');
  expect(code(['etcd1', 'http://etcd2'])).toBe('OVL_ETCD_TLS');
});

test('no endpoint at all is refused', () => {
  expect(() => parseEndpoints([], undefined)).toThrow(
    expect.objectContaining({ code: 'OVL_ETCD_ENDPOINT' }) as Error,
  );
});
