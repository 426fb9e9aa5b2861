import type { OverlayError } from '@overlay/cidr';
import fc from 'fast-check';
import { parseConfigFile } from './file.js';

const read = (content: string): Record<string, readonly string[]> =>
  Object.fromEntries(parseConfigFile(content));
const usage = expect.objectContaining({ code: 'OVL_USAGE' }) as OverlayError;

test('texts, numbers, bools and lists become the texts that were written', () => {
  const content = [
    'etcd-prefix: /net',
    'healthz-port: 8080',
    'ip-masq: true',
    'public-ip: "10.0.0.1"',
    'iface: [eth0, eth1]',
    'etcd-endpoints:',
    '  - http://a:2379',
    '  - http://b:2379',
  ].join('\n');
  expect(read(content)).toEqual({
    'etcd-prefix': ['/net'],
    'healthz-port': ['8080'],
    'ip-masq': ['true'],
    'public-ip': ['10.0.0.1'],
    iface: ['eth0', 'eth1'],
    'etcd-endpoints': ['http://a:2379', 'http://b:2379'],
  });
});

test('a number keeps its spelling and a quoted text its value', () => {
  expect(read("instance: 007\netcd-prefix: \"/a\\u0062\"\niface-regex: 'it''s'")).toEqual({
    instance: ['007'],
    'etcd-prefix': ['/ab'],
    'iface-regex': ["it's"],
  });
});

test.each(['', '# only a comment\n', '---\n', '\n\n'])('an empty file (%j) says nothing', (content) => {
  expect(read(content)).toEqual({});
});

test.each([
  ['a list', '- a\n', 'map of flag names'],
  ['a text', 'hello', 'map of flag names'],
  ['a key twice', 'iface: a\niface: b', 'unique'],
  ['bad YAML', 'iface: [a', 'configuration file'],
  ['two documents', 'iface: a\n---\niface: b', 'configuration file'],
  ['no value', 'iface:', '"iface" must be'],
  ['a map as a value', 'docker:\n  mode: off', '"docker" must be'],
  ['a map in a list', 'iface: [{a: b}]', '"iface" must be'],
  ['an alias', 'iface: &x a\niface-regex: *x', '"iface-regex" must be'],
  ['a file that is too large', `iface: ${'a'.repeat(70_000)}`, 'larger than 65536'],
])('%s is OVL_USAGE', (_, content, named) => {
  expect(() => parseConfigFile(content)).toThrow(usage);
  expect(() => parseConfigFile(content)).toThrow(named);
});

test('no content crashes with anything but OVL_USAGE', () => {
  const piece = fc.constantFrom(
    'iface',
    ': ',
    '\n',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '&a',
    '*a',
    '!!binary',
    '? ',
    '"',
    "'",
    '|',
    '  ',
    '#',
    '%',
    '<<',
    '0x1',
  );
  const content = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(content, (text) => {
      try {
        for (const texts of parseConfigFile(text).values())
          for (const one of texts) expect(typeof one).toBe('string');
      } catch (error) {
        expect(error).toEqual(usage);
      }
    }),
    { numRuns: 500 },
  );
});
