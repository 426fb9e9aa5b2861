import type { OverlayError } from '@overlay/cidr';
import { FLAGS } from './flags.js';
import { resolveFlags, type Sources } from './resolve.js';

const usage = expect.objectContaining({ code: 'OVL_USAGE' }) as OverlayError;
const resolve = ({ argv = [], env = {}, file }: Partial<Sources>) =>
  resolveFlags({ argv, env, ...(file === undefined ? {} : { file }) });
const value = (name: string, sources: Partial<Sources>): unknown => resolve(sources).values.get(name);
const file = (entries: Record<string, readonly string[]>) => new Map(Object.entries(entries));

const ALL: Sources = {
  argv: ['--etcd-prefix=/flag', '--etcd-endpoints=http://flag:1'],
  env: {
    OVERLAYD_ETCD_PREFIX: '/overlayd',
    FLANNELD_ETCD_PREFIX: '/flanneld',
    FLANNEL_ETCD_PREFIX: '/classic',
    OVERLAYD_ETCD_ENDPOINTS: 'http://overlayd:1',
    FLANNELD_ETCD_ENDPOINTS: 'http://flanneld:1',
    FLANNEL_ETCD_ENDPOINTS: 'http://classic:1',
  },
  file: file({ 'etcd-prefix': ['/file'], 'etcd-endpoints': ['http://file:1'] }),
};

test('a flag beats OVERLAYD_, that FLANNELD_, that the classic variable, that the file, that the default', () => {
  const env = { ...ALL.env };
  const seen = (argv: readonly string[], variables: Sources['env'], withFile: boolean): unknown[] => {
    const sources = {
      argv,
      env: variables,
      ...(withFile && ALL.file !== undefined ? { file: ALL.file } : {}),
    };
    return [value('etcd-prefix', sources), value('etcd-endpoints', sources)];
  };
  expect(seen(ALL.argv, env, true)).toEqual(['/flag', ['http://flag:1']]);
  expect(seen([], env, true)).toEqual(['/overlayd', ['http://overlayd:1']]);
  delete env['OVERLAYD_ETCD_PREFIX'];
  delete env['OVERLAYD_ETCD_ENDPOINTS'];
  expect(seen([], env, true)).toEqual(['/flanneld', ['http://flanneld:1']]);
  delete env['FLANNELD_ETCD_PREFIX'];
  delete env['FLANNELD_ETCD_ENDPOINTS'];
  expect(seen([], env, true)).toEqual(['/classic', ['http://classic:1']]);
  expect(seen([], {}, true)).toEqual(['/file', ['http://file:1']]);
  expect(seen([], {}, false)).toEqual([
    '/atomic.io/network',
    ['http://127.0.0.1:4001', 'http://127.0.0.1:2379'],
  ]);
});

test('an empty variable counts as not set, as in Flannel', () => {
  const env = { OVERLAYD_ETCD_PREFIX: '', FLANNELD_ETCD_PREFIX: '/flanneld' };
  expect(value('etcd-prefix', { env })).toBe('/flanneld');
});

test('an empty flag counts as not given: the default stays', () => {
  expect(value('etcd-prefix', { argv: ['--etcd-prefix='] })).toBe('/atomic.io/network');
  expect(value('instance', { argv: ['--instance', ''] })).toBe('default');
});

test.each(['1', 't', 'T', 'true', 'TRUE', 'True'])('--ip-masq=%s is true, as in Go', (word) => {
  expect(value('ip-masq', { argv: [`--ip-masq=${word}`] })).toBe(true);
});

test.each(['0', 'f', 'F', 'false', 'FALSE', 'False'])(
  '--iptables-forward-rules=%s is false, as in Go',
  (word) => {
    expect(value('iptables-forward-rules', { argv: [`--iptables-forward-rules=${word}`] })).toBe(false);
  },
);

test.each<[string, Partial<Sources>, string]>([
  ['a bad bool', { argv: ['--ip-masq=yes'] }, '--ip-masq: "yes"'],
  ['a bad bool in the environment', { env: { FLANNELD_IP_MASQ: 'on' } }, 'FLANNELD_IP_MASQ: "on"'],
  ['a number with a sign', { argv: ['--healthz-port=-1'] }, 'from 0 to 65535'],
  ['a number too high', { env: { OVERLAYD_HEALTHZ_PORT: '65536' } }, 'OVERLAYD_HEALTHZ_PORT: "65536"'],
  ['a number that is none', { file: file({ 'subnet-lease-ttl': ['1h'] }) }, 'subnet-lease-ttl: "1h"'],
  ['an empty number', { argv: ['--healthz-port='] }, '--healthz-port: ""'],
  ['a resync of 0, which makes Flannel loop', { argv: ['--iptables-resync=0'] }, 'from 1 to 86400'],
  ['a word that is no choice', { argv: ['--docker=on'] }, 'off, daemon-json, network'],
  ['an unknown variable', { env: { OVERLAYD_ETCD_ENDPOINT: 'x' } }, 'OVERLAYD_ETCD_ENDPOINT'],
  ['an unknown key', { file: file({ etcd: ['x'] }) }, 'unknown key "etcd"'],
  ['a key for the command line only', { file: file({ cleanup: ['true'] }) }, '"cleanup"'],
  ['a variable for the command line only', { env: { OVERLAYD_CONFIG: '/x' } }, 'OVERLAYD_CONFIG'],
  ['an unknown flag', { argv: ['--nope'] }, '--nope'],
])('%s is OVL_USAGE and names it', (_, sources, named) => {
  expect(() => resolve(sources)).toThrow(usage);
  expect(() => resolve(sources)).toThrow(named);
});

test('variables of others and overlayctl’s own are left alone', () => {
  const env = { PATH: '/bin', FLANNELD_NOPE: 'x', OVERLAYD_SOCKET: '/run/x.sock' };
  expect(resolve({ env }).warnings).toEqual([]);
});

test('--iface takes lists and repeats; a comma belongs to an --iface-regex', () => {
  expect(value('iface', { argv: ['--iface=eth0,eth1', '-iface', 'eth2'] })).toEqual(['eth0', 'eth1', 'eth2']);
  expect(value('iface', { env: { FLANNELD_IFACE: 'eth0, eth1' } })).toEqual(['eth0', 'eth1']);
  const pattern = String.raw`^10\.[0-9]{1,3}\.`;
  expect(value('iface-regex', { argv: [`--iface-regex=${pattern}`, '--iface-regex=b'] })).toEqual([
    pattern,
    'b',
  ]);
});

test('a list in the file is a list of endpoints', () => {
  const endpoints = file({ 'etcd-endpoints': ['http://a:1', 'http://b:1'] });
  expect(value('etcd-endpoints', { file: endpoints })).toEqual(['http://a:1', 'http://b:1']);
});

/** flanneld --help of the Flannel this project is compatible with. */
const FLANNELS =
  `etcd-endpoints etcd-prefix etcd-keyfile etcd-certfile etcd-cafile etcd-username etcd-password iface iface-regex
iface-can-reach subnet-file public-ip public-ipv6 subnet-lease-renew-margin ip-masq ip-masq-fully-random-disable iptables-resync
iptables-forward-rules ip-blackhole-route healthz-ip healthz-port version kube-subnet-mgr kube-api-url kubeconfig-file
kube-annotation-prefix net-config-path set-node-network-unavailable v vmodule log_backtrace_at help`.split(
    /\s+/,
  );

const SAMPLE = { text: 'x', bool: 'true', number: '60', list: 'x', repeat: 'x', pattern: 'x' } as const;

test.each(FLANNELS)('Flannel’s flag -%s is accepted', (name) => {
  const flag = FLAGS.find((candidate) => candidate.name === name);
  expect(flag).toBeDefined();
  const { values, warnings } = resolve({ argv: [`-${name}=${SAMPLE[flag?.type ?? 'text']}`] });
  expect(values.has(name)).toBe(flag?.ignored === undefined);
  expect(warnings).toHaveLength(flag?.ignored === undefined ? 0 : 1);
});

test('an ignored flag warns with its source and the reason, and its value is not judged', () => {
  const env = { FLANNELD_SUBNET_LEASE_RENEW_MARGIN: 'often' };
  const { warnings } = resolve({ argv: ['--kube-subnet-mgr=perhaps'], env });
  expect(warnings).toEqual([
    expect.stringMatching(/^FLANNELD_SUBNET_LEASE_RENEW_MARGIN has no effect: .*third/),
    expect.stringMatching(/^--kube-subnet-mgr has no effect: .*Kubernetes/),
  ]);
});
