import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { ipv4, ipv4Prefix } from '@overlay/cidr';
import type { LeaseStore } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import { Etcd } from './rig/etcd.js';
import { freePort, sleep, until } from './rig/processes.js';
import { Proxy } from './rig/proxy.js';
import { Recorder } from './rig/recorder.js';
import { bulkPut } from './rig/writer.js';

// Starting, stopping and freezing servers takes seconds on a busy machine.
jest.setTimeout(40_000);

const PREFIX = '/atomic.io/network';
const PASSWORD = 'correct horse';
const key = (name: string): string => `${PREFIX}/subnets/${name}`;
const subnets = { subnet: ipv4Prefix(0x0a050100, 24) };
const value = { publicIp: ipv4(0xac1f0001), backendType: 'host-gw' };

const opened: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.dispose();
});

async function start(...flags: string[]): Promise<Etcd> {
  const etcd = await Etcd.start({ flags });
  opened.push(etcd);
  return etcd;
}

function open(
  url: string | readonly string[],
  login: { username?: string; password?: string } = {},
): LeaseStore {
  const store = openLeaseStore({ endpoints: [url].flat(), prefix: PREFIX, ...login });
  opened.push({ dispose: () => store.close() });
  return store;
}

/** Turns authentication on, with a user `node` whose role may do all under the prefix when `granted`. */
async function protect(etcd: Etcd, granted: boolean, password = PASSWORD): Promise<void> {
  await etcd.ctl('user', 'add', 'root:root');
  await etcd.ctl('user', 'add', `node:${password}`);
  await etcd.ctl('role', 'add', 'node');
  if (granted) await etcd.ctl('role', 'grant-permission', '--prefix=true', 'node', 'readwrite', `${PREFIX}/`);
  await etcd.ctl('user', 'grant-role', 'root', 'root');
  await etcd.ctl('user', 'grant-role', 'node', 'node');
  await etcd.ctl('auth', 'enable');
}

test('A11 A12 an expired token and an etcd that forgot it are replaced, for calls and for the watch', async () => {
  const etcd = await start('--auth-token-ttl', '2');
  const proxy = await Proxy.before(etcd.port);
  opened.push({ dispose: () => proxy.close() });
  await protect(etcd, true);
  const store = open(proxy.url, { username: 'node', password: PASSWORD });
  const recorder = new Recorder();
  store.follow(recorder);
  await until('the watch stands', () => recorder.connected);
  await store.list();
  await sleep(4500);
  const { revision } = await store.list();
  proxy.cut();
  const result = await store.create(subnets, value, { listedAt: revision, etcdLease: await store.grant(60) });
  await until('the put is seen after the cut', () => recorder.leases.has('10.5.1.0-24'));
  await etcd.kill();
  await etcd.up();
  if (!result.ok) throw new Error(result.reason);
  await store.keepAlive(result.lease.etcdLease);
  await store.update(result.lease, { ...value, backendType: 'vxlan' });
  await until(
    'the update is seen',
    () => recorder.leases.get('10.5.1.0-24')?.value.includes('vxlan') ?? false,
  );
  expect(recorder.snapshots).toHaveLength(1);
});

test('G01 a wrong password, no password and a missing right each have their own code, and no message holds the password', async () => {
  const etcd = await start();
  await protect(etcd, false);
  const codes = [];
  for (const login of [
    { username: 'node', password: 'wrong secret' },
    {},
    { username: 'node', password: PASSWORD },
  ]) {
    const error: unknown = await open(etcd.url, login)
      .list()
      .catch((reason: unknown) => reason);
    codes.push((error as { code: string }).code);
    expect((error as Error).message).not.toMatch(/wrong secret|correct horse|\n/);
  }
  expect(codes).toEqual(['OVL_ETCD_AUTH', 'OVL_ETCD_AUTH', 'OVL_ETCD_PERMISSION']);
});

async function proxyOf(etcd: Etcd): Promise<Proxy> {
  const proxy = await Proxy.before(etcd.port);
  opened.push({ dispose: () => proxy.close() });
  return proxy;
}

test('A18 G01 with a login, an endpoint of another cluster is named, not used, and never told the password', async () => {
  const [ours, strict, lax] = [await start(), await start(), await start()];
  await Promise.all([protect(ours, true), protect(strict, true, 'another one')]);
  for (const stranger of [strict, lax]) {
    const [first, ...rest] = [await proxyOf(stranger), await proxyOf(ours), await proxyOf(ours)];
    let told = false;
    first.onData = (direction, chunk) => {
      if (direction === 'up' && chunk.includes(PASSWORD)) told = true;
    };
    const urls = [first, ...rest].map(({ url }) => url);
    const store = open(urls, { username: 'node', password: PASSWORD });
    const recorder = new Recorder();
    store.follow(recorder);
    await until('the watch stands', () => recorder.connected);
    expect((await store.list()).leases).toEqual([]);
    await until('it is named', () => recorder.standing.length > 0);
    expect(recorder.standing[0]?.message).toContain(`etcd at ${urls[0]!} is not used: it is a member`);
    expect(recorder.states.map(({ code }) => code)).not.toContain('OVL_ETCD_AUTH');
    expect(told).toBe(false);
  }
});

test('A13 A24 a forbidden watch is told, takes nothing away, and works as soon as the right is granted', async () => {
  const etcd = await start();
  await protect(etcd, false);
  const recorder = new Recorder();
  open(etcd.url, { username: 'node', password: PASSWORD }).follow(recorder);
  await until('the refusal is told', () => recorder.states.length === 1);
  expect(recorder.states[0]).toMatchObject({
    connected: false,
    detail: expect.stringContaining('permission denied') as unknown,
  });
  expect(recorder.snapshots).toEqual([]);
  const root = ['--user', 'root:root'];
  await etcd.ctl(...root, 'role', 'grant-permission', '--prefix=true', 'node', 'readwrite', `${PREFIX}/`);
  await until('the watch stands', () => recorder.connected, 8000);
  await etcd.ctl(...root, 'put', key('10.5.2.0-24'), 'v');
  await until('the put is seen', () => recorder.leases.has('10.5.2.0-24'));
});

test('A13 a right that is taken away under a watch takes nothing away, and what happened meanwhile is told when it is back', async () => {
  const etcd = await start();
  const proxy = await Proxy.before(etcd.port);
  opened.push({ dispose: () => proxy.close() });
  await protect(etcd, true);
  const asRoot = (...args: string[]): Promise<string> => etcd.ctl('--user', 'root:root', ...args);
  const recorder = new Recorder();
  await asRoot('put', key('10.5.1.0-24'), 'before');
  open(proxy.url, { username: 'node', password: PASSWORD }).follow(recorder);
  await until('the watch stands', () => recorder.connected);
  await asRoot('role', 'revoke-permission', '--prefix=true', 'node', `${PREFIX}/`);
  proxy.cut();
  await until('the refusal is told', () => recorder.states.at(-1)?.code === 'OVL_ETCD_PERMISSION');
  await asRoot('put', key('10.5.2.0-24'), 'meanwhile');
  expect([[...recorder.leases.keys()], recorder.snapshots.length]).toEqual([['10.5.1.0-24'], 1]);
  await asRoot('role', 'grant-permission', '--prefix=true', 'node', 'readwrite', `${PREFIX}/`);
  await until('the put is told', () => recorder.leases.has('10.5.2.0-24'), 8000);
  expect([recorder.leases.size, recorder.snapshots.length, recorder.connected]).toEqual([2, 1, true]);
});

test('a login is ignored by an etcd without authentication', async () => {
  const etcd = await start();
  expect((await open(etcd.url, { username: 'node', password: PASSWORD }).list()).leases).toEqual([]);
});

test('A20 A28 a revoked or unknown lease renews to 0, a live one to its seconds; ids are exact', async () => {
  const etcd = await start();
  const store = open(etcd.url);
  const id = await store.grant(30);
  expect(BigInt(id)).toBeGreaterThan(0n);
  expect(await etcd.ctl('lease', 'list')).toContain(BigInt(id).toString(16));
  expect(await store.keepAlive(id)).toBe(30);
  expect(await store.timeToLive(id)).toBeGreaterThan(28);
  await store.revoke(id);
  expect(await store.keepAlive(id)).toBe(0);
  expect(await store.keepAlive('9223372036854775807')).toBe(0);
  expect(await store.timeToLive(id)).toBeUndefined();
  await store.revoke(id);
  const { revision } = await store.list();
  const late = store.create(subnets, value, { listedAt: revision, etcdLease: id });
  await expect(late).rejects.toMatchObject({ code: 'OVL_ETCD_LEASE_GONE' });
});

test('B10 a key is gone when its lease expires, and the sink hears it', async () => {
  const etcd = await start();
  const store = open(etcd.url);
  const recorder = new Recorder();
  store.follow(recorder);
  await until('the watch stands', () => recorder.connected);
  const { revision } = await store.list();
  await store.create(subnets, value, { listedAt: revision, etcdLease: await store.grant(1) });
  await until('the delete is heard', () => recorder.heard.some((event) => event.type === 'delete'), 10_000);
  expect(recorder.leases.size).toBe(0);
});

test('A16 a full etcd refuses writes with OVL_ETCD_NOSPACE, shows its alarm, and still renews and deletes', async () => {
  const etcd = await start('--quota-backend-bytes', '4194304');
  const store = open(etcd.url);
  const id = await store.grant(30);
  const created = await store.create(subnets, value, {
    listedAt: (await store.list()).revision,
    etcdLease: id,
  });
  if (!created.ok) throw new Error(created.reason);
  await bulkPut(etcd, (name) => `/fill/${name}`, 3000, 'x', 'v'.repeat(5000)).catch(() => undefined);
  await expect(store.update(created.lease, value)).rejects.toMatchObject({ code: 'OVL_ETCD_NOSPACE' });
  await expect(store.grant(30)).rejects.toMatchObject({ code: 'OVL_ETCD_NOSPACE' });
  expect(await store.keepAlive(id)).toBe(30);
  expect(await store.health()).toMatchObject({ endpoint: etcd.url, alarms: ['NOSPACE'], version: '3.4.23' });
  expect(await store.remove(created.lease)).toBe(true);
});

test('A05 an etcd that is not there is unreachable within 3 seconds, one that says nothing within 6', async () => {
  const dead = open(`http://127.0.0.1:${await freePort()}`);
  const start = Date.now();
  await expect(dead.list()).rejects.toMatchObject({ code: 'OVL_ETCD_UNREACHABLE' });
  expect(Date.now() - start).toBeLessThan(3000);
  const silent = await Proxy.before(1);
  opened.push({ dispose: () => silent.close() });
  silent.swallow('up', 'down');
  await expect(open(silent.url).list()).rejects.toMatchObject({ code: 'OVL_ETCD_UNREACHABLE' });
  expect(Date.now() - start).toBeLessThan(9000);
});

test('F18 a wall clock that goes back while a call waits makes it wait no longer', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  opened.push({ dispose: () => silent.close() });
  const { port } = silent.address() as AddressInfo;
  const store = openLeaseStore({ endpoints: [`http://127.0.0.1:${port}`], prefix: PREFIX, timeoutMs: 1000 });
  opened.push({ dispose: () => store.close() });
  const real = Date.now;
  const failed = store.list().then(
    () => 'an answer',
    (error: unknown) => (error as { code: string }).code,
  );
  await sleep(300);
  const back = jest.spyOn(Date, 'now').mockImplementation(() => real() - 3_600_000);
  try {
    expect(await Promise.race([failed, sleep(8000)])).toMatch(/^OVL_ETCD_(?:UNREACHABLE|TIMEOUT)$/);
  } finally {
    back.mockRestore();
  }
}, 20_000);
