import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OverlayError } from '@overlay/cidr';
import fc from 'fast-check';
import { loadConfig } from './config.js';
import { FLAGS } from './flags.js';
import type { Config } from './model.js';

const usage = expect.objectContaining({ code: 'OVL_USAGE' }) as OverlayError;
let folder: string;
let empty: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ovl-config-'));
  empty = write('empty.yaml', '');
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const load = (argv: readonly string[], env: Record<string, string> = {}): Config =>
  loadConfig([`--config=${empty}`, ...argv], env).config;

test('without anything the defaults are Flannel’s, with our prefix', () => {
  expect(load([])).toMatchObject({
    command: 'run',
    instance: 'default',
    etcdEndpoints: ['http://127.0.0.1:4001', 'http://127.0.0.1:2379'],
    etcdPrefix: '/atomic.io/network',
    iface: [],
    ifaceRegex: [],
    subnetFile: '/run/flannel/subnet.env',
    subnetLeaseTtlSeconds: 86_400,
    ipMasq: false,
    ipMasqFullyRandomDisable: false,
    iptablesResyncSeconds: 5,
    iptablesForwardRules: true,
    ipBlackholeRoute: false,
    healthzIp: '0.0.0.0',
    healthzPort: 0,
    docker: 'off',
    dockerRestart: 'never',
    ipForward: 'auto',
    stateDir: '/var/lib/overlayd/default',
    runDir: '/run/overlayd/default',
  });
});

test('G08 nothing listens on the network unless a port is asked for', () => {
  expect(load([]).healthzPort).toBe(0);
  expect(load(['--healthz-port=8285', '--healthz-ip=127.0.0.1'])).toMatchObject({
    healthzPort: 8285,
    healthzIp: '127.0.0.1',
  });
});

test('the configuration is frozen', () => {
  expect(Object.isFrozen(load([]))).toBe(true);
});

test('a second instance has folders and a subnet file of its own', () => {
  expect(load(['--instance=blue'])).toMatchObject({
    stateDir: '/var/lib/overlayd/blue',
    runDir: '/run/overlayd/blue',
    subnetFile: '/run/flannel/subnet-blue.env',
  });
  expect(load(['--instance=blue', '--subnet-file=/x', '--state-dir=/s', '--run-dir=/r'])).toMatchObject({
    stateDir: '/s',
    runDir: '/r',
    subnetFile: '/x',
  });
});

test('a subnet file that was asked for is taken, also when it is the default of the first instance', () => {
  const argv = ['--instance=blue', '--subnet-file=/run/flannel/subnet.env'];
  expect(load(argv).subnetFile).toBe('/run/flannel/subnet.env');
});

test('a named file is read; the command line wins over it', () => {
  const file = write('a.yaml', 'etcd-prefix: /file\nhealthz-port: 8080\niface: [eth0, eth1]\n');
  const { config } = loadConfig([`--config=${file}`, '--etcd-prefix=/flag'], {});
  expect(config).toMatchObject({ etcdPrefix: '/flag', healthzPort: 8080, iface: ['eth0', 'eth1'] });
});

test('a named file that is not there is OVL_USAGE and names the path', () => {
  const attempt = (): unknown => loadConfig(['--config=/nonexistent/x.yaml'], {});
  expect(attempt).toThrow(usage);
  expect(attempt).toThrow('/nonexistent/x.yaml');
});

test('the password comes from the file, without the last line end, before the one on the command line', () => {
  const file = write('password', 'se cret \n');
  const argv = ['--etcd-username=u', `--etcd-password-file=${file}`, '--etcd-password=other'];
  expect(load(argv).etcdPassword).toBe('se cret ');
  expect(load(['--etcd-username=u', '--etcd-password=p']).etcdPassword).toBe('p');
  expect(load([], { OVERLAYD_ETCD_USERNAME: 'u', FLANNELD_ETCD_PASSWORD: 'q' }).etcdPassword).toBe('q');
});

test('G01 I15 an error about the password file does not contain a password', () => {
  const argv = ['--etcd-username=u', '--etcd-password=canary', '--etcd-password-file=/nonexistent/p'];
  expect(() => load(argv)).toThrow('/nonexistent/p');
  expect(() => load(argv)).not.toThrow('canary');
});

test.each<[string, string[]]>([
  ['--etcd-endpoints', ['--etcd-endpoints=127.0.0.1:2379']],
  ['--etcd-endpoints', ['--etcd-endpoints=ftp://a:1']],
  ['--etcd-endpoints', ['--etcd-endpoints=http://a:1,nonsense']],
  ['--etcd-endpoints', ['--etcd-endpoints=,']],
  ['--etcd-prefix', ['--etcd-prefix=coreos.com']],
  ['--etcd-keyfile', ['--etcd-certfile=/c']],
  ['--etcd-certfile', ['--etcd-keyfile=/k']],
  ['--etcd-username', ['--etcd-password=p']],
  ['--public-ip', ['--public-ip=10.0.0.256']],
  ['--public-ip', ['--public-ip=fd00::1']],
  ['--public-ipv6', ['--public-ipv6=10.0.0.1']],
  ['--iface-can-reach', ['--iface-can-reach=example']],
  ['--healthz-ip', ['--healthz-ip=localhost']],
  ['--iface-regex', ['--iface-regex=(']],
  ['--instance', ['--instance=Blue']],
  ['--instance', ['--instance=a/../b']],
  ['--instance', ['--instance=abcdefghijklm']],
  ['--docker-network', ['--docker-network=a b']],
  ['--cleanup', ['--cleanup', '--dry-run']],
])('a bad value is OVL_USAGE and names %s: %j', (named, argv) => {
  expect(() => load(argv)).toThrow(usage);
  expect(() => load(argv)).toThrow(named);
});

test.each<[string[], Config['command']]>([
  [['--version'], 'version'],
  [['-h'], 'help'],
  [['--help', '--version'], 'help'],
  [['--cleanup'], 'cleanup'],
  [['--dry-run'], 'dry-run'],
])('%j is the command %s', (argv, command) => {
  expect(load(argv).command).toBe(command);
});

test('--help and --version need no sound configuration', () => {
  const argv = [
    '--help',
    '--config=/nonexistent/x.yaml',
    '--public-ip=x',
    '--etcd-password-file=/nonexistent',
  ];
  expect(loadConfig(argv, {}).config.command).toBe('help');
});

/** What is accepted; undefined for OVL_USAGE. */
function accepted(argv: readonly string[], env: Record<string, string>): Config | undefined {
  try {
    return load(argv, env);
  } catch (error) {
    expect(error).toEqual(usage);
    return undefined;
  }
}

test('no input crashes with anything but OVL_USAGE, and what is accepted is whole', () => {
  const name = fc.constantFrom(...FLAGS.map((flag) => flag.name).filter((flag) => flag !== 'config'));
  const text = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('', ',', '1', 'true', 'http://a:1', '10.0.0.1', 'fd00::1', '/x', 'default', 'eth0'),
  );
  const flag = fc.tuple(name, text).map(([key, value]) => `--${key}=${value}`);
  const variable = fc.tuple(fc.constantFrom('OVERLAYD', 'FLANNELD'), name, text);
  fc.assert(
    fc.property(fc.array(flag, { maxLength: 4 }), fc.array(variable, { maxLength: 3 }), (argv, variables) => {
      const env = Object.fromEntries(
        variables.map(([prefix, key, value]) => [
          `${prefix}_${key.toUpperCase().replaceAll('-', '_')}`,
          value,
        ]),
      );
      const config = accepted(argv, env);
      if (config === undefined) return;
      for (const key of ['etcdPrefix', 'subnetFile', 'instance', 'stateDir', 'dockerSocket'] as const)
        expect([key, config[key]]).toEqual([key, expect.stringMatching(/./)]);
      expect(Number.isInteger(config.healthzPort)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
