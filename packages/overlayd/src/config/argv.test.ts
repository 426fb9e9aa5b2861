import type { OverlayError } from '@overlay/cidr';
import fc from 'fast-check';
import { parseArgv } from './argv.js';

const one = (...argv: string[]): Record<string, readonly string[]> => Object.fromEntries(parseArgv(argv));
const usage = expect.objectContaining({ code: 'OVL_USAGE' }) as OverlayError;

test.each([
  [['-etcd-prefix', '/x']],
  [['--etcd-prefix', '/x']],
  [['-etcd-prefix=/x']],
  [['--etcd-prefix=/x']],
])('one or two dashes, a space or =: %j', (argv) => {
  expect(one(...argv)).toEqual({ 'etcd-prefix': ['/x'] });
});

test('a value may contain =, and may start with a dash, as in Go', () => {
  expect(one('--iface-regex=^a=b')).toEqual({ 'iface-regex': ['^a=b'] });
  expect(one('--iface', '-x')).toEqual({ iface: ['-x'] });
});

test('a flag that repeats keeps every value in order', () => {
  expect(one('-iface', 'a', '--iface=b')).toEqual({ iface: ['a', 'b'] });
});

test('a bool flag takes its value only after =, as in Go', () => {
  expect(one('-ip-masq', '--dry-run')).toEqual({ 'ip-masq': ['true'], 'dry-run': ['true'] });
  expect(one('--ip-masq=false')).toEqual({ 'ip-masq': ['false'] });
  expect(() => parseArgv(['--ip-masq', 'true'])).toThrow(/unexpected argument "true"/);
});

test('-h is --help', () => {
  expect(one('-h')).toEqual({ help: ['true'] });
});

test.each([
  [['--etcd-endpoint=x'], '--etcd-endpoint'],
  [['serve'], '"serve"'],
  [['---iface=x'], '"---iface=x"'],
  [['--'], '"--"'],
  [['--=x'], '"--=x"'],
  [['--iface'], '--iface needs a value'],
])('%j is OVL_USAGE and names it', (argv, named) => {
  expect(() => parseArgv(argv)).toThrow(usage);
  expect(() => parseArgv(argv)).toThrow(named);
});

test('no command line crashes with anything but OVL_USAGE', () => {
  const word = fc.oneof(
    fc.string(),
    fc.string().map((text) => `--${text}`),
    fc.constantFrom('--iface', '-v', '='),
  );
  fc.assert(
    fc.property(fc.array(word), (argv) => {
      try {
        parseArgv(argv);
      } catch (error) {
        expect(error).toEqual(usage);
      }
    }),
  );
});
