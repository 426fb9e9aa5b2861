import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import type { LeaseStore } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import { parseIpv4, parseIpv4Prefix } from '@overlay/cidr';
import { ctl, startEtcd, type Etcd, type Result, type Typed } from './support.js';

const CONFIG = '{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}';

let etcd: Etcd;
let store: LeaseStore;
let prefix: string;
let run = 0;

beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd.stop());
beforeEach(() => {
  prefix = `/ovl-ctl/${++run}`;
  store = openLeaseStore({ endpoints: [etcd.endpoint], prefix });
});
afterEach(() => store.close());

/** Without a daemon: nothing is at the socket. */
function typed(line: string, options: Typed = {}): Promise<Result> {
  const env = {
    FLANNEL_ETCD_ENDPOINTS: etcd.endpoint,
    FLANNEL_ETCD_PREFIX: prefix,
    OVERLAYD_SOCKET: join(etcd.directory, 'none.sock'),
  };
  return ctl(line.split(' '), { ...options, env: { ...env, ...options.env } });
}

const json = (result: Result): unknown => JSON.parse(result.stdout);

/** A lease as a node makes it, with a time to live. */
async function lease(subnet: string, publicIp: string): Promise<string> {
  const etcdLease = await store.grant(600);
  const { revision } = await store.list();
  const value = { publicIp: parseIpv4(publicIp), backendType: 'host-gw' };
  const made = await store.create({ subnet: parseIpv4Prefix(subnet) }, value, {
    listedAt: revision,
    etcdLease,
  });
  expect(made.ok).toBe(true);
  return etcdLease;
}

test('config set, get: absent is 3, what was set is given back, the same again changes nothing', async () => {
  expect(await typed('config get')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('OVL_NOT_FOUND') as string,
  });
  expect(await typed('config set -', { stdin: CONFIG })).toMatchObject({ code: 0, stderr: '' });
  expect(await typed('config get')).toEqual({ code: 0, stdout: `${CONFIG}\n`, stderr: '' });
  expect((await typed('config set -', { stdin: `${CONFIG}\n` })).stdout).toBe('Nothing changed.\n');
  expect(json(await typed('config get -o json'))).toMatchObject({
    text: CONFIG,
    normalised: { SubnetLen: 24 },
  });
});

test('config set refuses a broken config with 2 and writes nothing', async () => {
  expect(await typed('config set {"Network":"10.5.0.0/31"}')).toMatchObject({ code: 2 });
  expect(await store.config()).toBeUndefined();
});

const MOVED = '{"Network":"10.6.0.0/16","Backend":{"Type":"vxlan"}}';

test('config set keeps the network that leases are still in, and drops it when they are gone', async () => {
  await typed('config set -', { stdin: CONFIG });
  const etcdLease = await lease('10.5.34.0/24', '172.31.0.1');
  const moved = await typed('config set -', { stdin: MOVED });
  expect(moved).toMatchObject({ code: 0, stderr: '' });
  expect(moved.stdout).toContain('10.5.34.0/24 is outside 10.6.0.0/16');
  expect(moved.stdout).toMatch(
    /FormerNetworks keeps 10\.5\.0\.0\/16 usable [^\n]*\nWritten\.\nThen: overlayctl node renumber --all --one-by-one\n$/,
  );
  expect((await store.config())?.text).toBe(`${MOVED.slice(0, -1)},"FormerNetworks":["10.5.0.0/16"]}`);
  expect((await typed('lease list')).stdout).toMatch(/^10\.5\.34\.0\/24 .* valid$/m);
  expect((await typed('config set -', { stdin: MOVED })).stdout).toBe('Nothing changed.\n');
  await store.revoke(etcdLease);
  expect(json(await typed('config set - -o json', { stdin: MOVED }))).toMatchObject({
    written: true,
    formerNetworks: [],
  });
  expect((await store.config())?.text).toBe(MOVED);
});

test('config set refuses with 4 what would cut leases off, names them, and --force writes it', async () => {
  await typed('config set -', { stdin: CONFIG });
  await lease('10.5.34.0/24', '172.31.0.1');
  const next = `${MOVED.slice(0, -1)},"FormerNetworks":[]}`;
  const refused = await typed('config set -', { stdin: next });
  expect(refused.code).toBe(4);
  expect(refused.stderr).toMatch(/CUT OFF\n10\.5\.34\.0-24 +10\.5\.34\.0\/24 does not lie inside/);
  expect((await store.config())?.text).toBe(CONFIG);
  const forced = await typed('config set - --force -o json', { stdin: next });
  expect(json(forced)).toMatchObject({ written: true, misfits: [{ name: '10.5.34.0-24' }] });
  expect((await store.config())?.text).toBe(next);
});

test('config set --plan says what happens on which node, and writes nothing', async () => {
  await typed('config set -', { stdin: CONFIG });
  await lease('10.5.34.0/24', '172.31.0.1');
  const { code, stdout, stderr } = await typed('config set - --plan', {
    stdin: MOVED.replace('vxlan', 'gre'),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^172\.31\.0\.1 +10\.5\.34\.0\/24 +host-gw +host-gw +when flanneld restarts +by restarting flanneld$/m,
  );
  expect(stdout).toMatch(/^1 node, 172\.31\.0\.1:\n {2}1\. flanneld has no gre/m);
  expect(stdout).toMatch(/- FormerNetworks keeps 10\.5\.0\.0\/16 .*\n- then: .*\nNothing is written\.\n$/);
  expect((await store.config())?.text).toBe(CONFIG);
  expect((await typed('config set --plan -', { stdin: CONFIG })).stdout).toBe('Nothing to change.\n');
  expect(json(await typed('config set - --plan -o json', { stdin: MOVED }))).toMatchObject({
    different: true,
    formerNetworks: ['10.5.0.0/16'],
    backends: { nodes: [{ node: '172.31.0.1', kind: 'stays' }] },
  });
  expect((await typed('config set - --plan', { stdin: CONFIG.replace('vxlan', 'tin') })).stderr).toMatch(
    /OVL_BACKEND_UNKNOWN: no overlayd of this version has the backend "tin"; there is alloc, /,
  );
});

test('config set from a file that is not there is 2', async () => {
  expect(await typed('config set /nonexistent/x')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('OVL_INPUT_UNREADABLE') as string,
  });
});

test('lease list shows expiry and state, and counts a bad key apart from the others', async () => {
  await typed('config set -', { stdin: CONFIG });
  await lease('10.5.34.0/24', '172.31.0.1');
  await lease('10.77.0.0/24', '172.31.0.2');
  const { code, stdout } = await typed('lease list');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^10\.5\.34\.0\/24 +172\.31\.0\.1 +172\.31\.0\.1 +host-gw +(10m|9m \d+s) +valid$/m);
  expect(stdout).toMatch(/^10\.77\.0\.0\/24 .* rejected$/m);
  expect((await typed('lease list -o wide')).stdout).toContain('does not lie inside the network');
});

test('lease list --output json is the documented contract', async () => {
  const etcdLease = await lease('10.5.34.0/24', '172.31.0.1');
  const { revision } = await store.list();
  const data = json(await typed('lease list --output json')) as { leases: { expiresInSeconds: number }[] };
  expect(data.leases[0]?.expiresInSeconds).toBeGreaterThan(500);
  expect(data).toEqual({
    source: 'etcd',
    revision,
    leases: [
      {
        name: '10.5.34.0-24',
        subnet: '10.5.34.0/24',
        ipv6Subnet: null,
        node: '172.31.0.1',
        nodeId: null,
        publicIp: '172.31.0.1',
        publicIpv6: null,
        backend: 'host-gw',
        backends: ['host-gw'],
        way: null,
        mustRenumber: false,
        version: null,
        backendData: null,
        own: false,
        reservation: false,
        state: 'valid',
        reason: null,
        expiresInSeconds: data.leases[0]?.expiresInSeconds,
        createRevision: revision,
        modRevision: revision,
        etcdLease,
      },
    ],
  });
});

test('lease reserve makes a key without an etcd lease that Flannel reads', async () => {
  await typed('config set -', { stdin: CONFIG });
  expect(await typed('lease reserve 10.5.9.0/24 --public-ip 172.31.0.9')).toEqual({
    code: 0,
    stdout: 'Reserved 10.5.9.0/24 for 172.31.0.9.\n',
    stderr: '',
  });
  expect(await store.get('10.5.9.0-24')).toMatchObject({
    etcdLease: '0',
    value: '{"PublicIP":"172.31.0.9","PublicIPv6":null}',
  });
  expect((await typed('lease show 10.5.9.0/24')).stdout).toMatch(/^expires: +never$/m);
});

test.each([
  ['10.5.9.0/24 --public-ip 172.31.0.9', 4, 'overlaps the lease 10.5.9.0-24'],
  ['10.5.8.0/24 --public-ip 172.31.0.1', 4, 'already has the lease 10.5.9.0-24'],
  ['10.5.8.0/25 --public-ip 172.31.0.2', 2, 'is no /24'],
  ['10.9.8.0/24 --public-ip 172.31.0.2', 2, 'is outside'],
  ['10.5.8.1/24 --public-ip 172.31.0.2', 2, 'OVL_CIDR_INVALID'],
  ['10.5.8.0/24 --public-ip nonsense', 2, 'OVL_CIDR_INVALID'],
  ['10.5.8.0/24', 2, '--public-ip is missing'],
])('lease reserve %s is refused with %i', async (line, code, message) => {
  await typed('config set -', { stdin: CONFIG });
  await lease('10.5.9.0/24', '172.31.0.1');
  expect(await typed(`lease reserve ${line}`)).toMatchObject({
    code,
    stderr: expect.stringContaining(message) as string,
  });
  expect((await store.list()).leases).toHaveLength(1);
});

test('B10 lease release takes a reservation back at once, a live lease only with --force, an unknown one never', async () => {
  await lease('10.5.9.0/24', '172.31.0.1');
  await typed('lease reserve 10.5.8.0/24 --public-ip 172.31.0.2');
  expect(await typed('lease release 10.5.8.0/24')).toMatchObject({ code: 0 });
  expect(await typed('lease release 10.5.9.0/24')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('live lease') as string,
  });
  expect(await typed('lease release 10.5.9.0-24 --force')).toMatchObject({
    code: 0,
    stdout: 'Released 10.5.9.0-24.\n',
  });
  expect(await typed('lease release 10.5.9.0/24')).toMatchObject({ code: 3 });
  expect((await store.list()).leases).toEqual([]);
});

test('lease watch tells each change once, in order, until Ctrl-C', async () => {
  await lease('10.5.9.0/24', '172.31.0.1');
  const steps = [
    (): Promise<unknown> => lease('10.5.7.0/24', '172.31.0.2'),
    (): Promise<unknown> => store.get('10.5.9.0-24').then((raw) => store.remove(raw!)),
  ];
  const failures: unknown[] = [];
  let lines = 0;
  const { code, stdout } = await typed('lease watch -o json', {
    onOutput: (text, stop) => {
      const seen = text.trim().split('\n').length;
      if (seen === lines) return;
      lines = seen;
      const step = steps.shift();
      if (step === undefined) stop();
      else step().catch((error: unknown) => failures.push(error));
    },
  });
  const changes = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; lease: { name: string } });
  expect(failures).toEqual([]);
  expect(code).toBe(0);
  expect(changes.map(({ type, lease: { name } }) => `${type} ${name}`)).toEqual([
    'added 10.5.9.0-24',
    'added 10.5.7.0-24',
    'removed 10.5.9.0-24',
  ]);
});

test('lease list --watch prints the table again after a change', async () => {
  let changed: Promise<unknown> | undefined;
  const { stdout } = await typed('lease list --watch', {
    onOutput: (text, stop) => {
      changed ??= lease('10.5.7.0/24', '172.31.0.2');
      if (text.includes('10.5.7.0/24')) stop();
    },
  });
  await changed;
  expect(stdout).toMatch(/^No leases\.\n\nSUBNET .*\n10\.5\.7\.0\/24 /);
});

test('node list and show work straight on etcd; an unknown node is 3', async () => {
  await lease('10.5.9.0/24', '172.31.0.1');
  expect((await typed('node list')).stdout).toMatch(
    /^172\.31\.0\.1 +172\.31\.0\.1 +10\.5\.9\.0\/24 +host-gw +valid$/m,
  );
  expect(json(await typed('node show 172.31.0.1 -o json'))).toMatchObject({
    node: '172.31.0.1',
    leases: [{ name: '10.5.9.0-24' }],
  });
  expect(await typed('node show host9')).toMatchObject({ code: 3 });
});

test('doctor without a daemon says so and checks what is in etcd', async () => {
  const { code, stdout } = await typed('doctor');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^fail {2}daemon: overlayd is not running/m);
  expect(stdout).toMatch(/^ok {4}etcd: http/m);
  expect(stdout).toMatch(/^fail {2}config: there is none/m);
});

test.each(['lease list', 'config get', 'node list'])('%s without etcd is 5 and one line', async (line) => {
  const result = await typed(line, { env: { FLANNEL_ETCD_ENDPOINTS: 'http://127.0.0.1:1' } });
  expect(result).toMatchObject({ code: 5, stdout: '' });
  expect(result.stderr).toMatch(/^overlayctl: OVL_ETCD_UNREACHABLE: .*\n$/);
});

test.each(['lease list --etcd-endpoints ftp://x', 'lease list --etcd-password-file /nonexistent'])(
  '%s is 2',
  async (line) => {
    expect(await typed(line)).toMatchObject({ code: 2 });
  },
);

test('a TLS file that is missing is 5 and names the file', async () => {
  const result = await typed(
    'lease list --etcd-endpoints https://127.0.0.1:1 --etcd-cafile /nonexistent.pem',
  );
  expect(result).toMatchObject({ code: 5, stderr: expect.stringContaining('/nonexistent.pem') as string });
});

test('G01 user and password file open an etcd with authentication; without them it is 1 and no secret is shown', async () => {
  const guarded = await startEtcd();
  try {
    const etcdctl = (line: string): unknown =>
      execFileSync('etcdctl', ['--endpoints', guarded.endpoint, ...line.split(' ')], {
        stdio: 'pipe',
        env: { ...process.env, ETCDCTL_API: '3' },
      });
    etcdctl('user add root:hunter2');
    etcdctl('user grant-role root root');
    etcdctl('auth enable');
    const file = join(etcd.directory, 'password');
    writeFileSync(file, 'hunter2\n');
    const login = `lease list --etcd-endpoints ${guarded.endpoint} --etcd-username root --etcd-password-file ${file}`;
    expect(await typed(login)).toEqual({ code: 0, stdout: 'No leases.\n', stderr: '' });
    writeFileSync(file, 'wrongsecret\n');
    const refused = await typed(login);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('OVL_ETCD_AUTH') as string });
    expect(refused.stderr).not.toContain('wrongsecret');
  } finally {
    await guarded.stop();
  }
});
