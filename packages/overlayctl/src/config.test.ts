import { resolveSettings } from './config.js';

const prefixOf = (flags: Record<string, string>, env: Record<string, string>): string =>
  resolveSettings(flags, env).etcd.prefix;

const ALL = { OVERLAYD_ETCD_PREFIX: '/o', FLANNELD_ETCD_PREFIX: '/f', FLANNEL_ETCD_PREFIX: '/classic' };

test('flag, then OVERLAYD_, then FLANNELD_, then the classic FLANNEL_ variable, then the default', () => {
  expect(prefixOf({ 'etcd-prefix': '/flag' }, ALL)).toBe('/flag');
  expect(prefixOf({}, ALL)).toBe('/o');
  expect(prefixOf({}, { ...ALL, OVERLAYD_ETCD_PREFIX: '' })).toBe('/f');
  expect(prefixOf({}, { FLANNEL_ETCD_PREFIX: '/classic' })).toBe('/classic');
  expect(prefixOf({}, {})).toBe('/atomic.io/network');
});

test('endpoints come from FLANNEL_ETCD_ENDPOINTS of the classic sysconfig file, by default both of flanneld', () => {
  const endpoints = (env: Record<string, string>): readonly string[] =>
    resolveSettings({}, env).etcd.endpoints;
  expect(endpoints({ FLANNEL_ETCD_ENDPOINTS: 'http://a:2379,http://b:2379' })).toEqual([
    'http://a:2379',
    'http://b:2379',
  ]);
  expect(endpoints({})).toEqual(['http://127.0.0.1:4001', 'http://127.0.0.1:2379']);
});

test('a prefix loses double and trailing slashes, as flanneld joins paths', () => {
  expect(prefixOf({ 'etcd-prefix': 'a//b/' }, {})).toBe('/a/b');
});

test('the more explicit of password and password file counts, the file at the same level', () => {
  const etcd = (flags: Record<string, string>, env: Record<string, string>): unknown => {
    const { password, passwordFile } = resolveSettings(flags, env).etcd;
    return password ?? passwordFile;
  };
  expect(etcd({ 'etcd-password': 'p' }, { OVERLAYD_ETCD_PASSWORD_FILE: '/file' })).toBe('p');
  expect(etcd({ 'etcd-password': 'p', 'etcd-password-file': '/file' }, {})).toBe('/file');
  expect(etcd({}, { FLANNELD_ETCD_PASSWORD: 'p' })).toBe('p');
});

test('the socket follows the instance unless it is named', () => {
  expect(resolveSettings({}, {}).socketPath).toBe('/run/overlayd/default/overlayd.sock');
  expect(resolveSettings({ instance: 'blue' }, {}).socketPath).toBe('/run/overlayd/blue/overlayd.sock');
  expect(resolveSettings({ instance: 'blue', socket: '/s' }, {}).socketPath).toBe('/s');
});

test('only a flag that names etcd and none that names a daemon goes past the daemon', () => {
  expect(resolveSettings({ 'etcd-prefix': '/x' }, {}).etcdAsked).toBe(true);
  expect(resolveSettings({ 'etcd-prefix': '/x', instance: 'blue' }, {}).etcdAsked).toBe(false);
  expect(resolveSettings({}, ALL).etcdAsked).toBe(false);
});

test.each([
  [{ output: 'xml' }, {}, /--output: "xml" is none of table, wide, json, yaml/],
  [{ 'etcd-prefix': '///' }, {}, /--etcd-prefix is empty/],
  [{ 'etcd-certfile': '/c' }, {}, /go together/],
  [{ instance: '../x' }, {}, /--instance: "..\/x" is no instance name/],
  [{}, { OVERLAYD_INSTANCE: 'a b' }, /OVERLAYD_INSTANCE: "a b"/],
])('%j with %j is OVL_OPTION_INVALID and names what is wrong', (flags, env, message) => {
  let caught: unknown;
  try {
    resolveSettings(flags, env);
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject({
    code: 'OVL_OPTION_INVALID',
    message: expect.stringMatching(message) as string,
  });
});
