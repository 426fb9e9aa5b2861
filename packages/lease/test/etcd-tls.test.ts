import { readFileSync, writeFileSync } from 'node:fs';
import type { LeaseStore, StoreOptions } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import { Authority } from './rig/certificates.js';
import { Etcd } from './rig/etcd.js';
import { until } from './rig/processes.js';
import { Recorder } from './rig/recorder.js';

// Starting, stopping and freezing servers takes seconds on a busy machine.
jest.setTimeout(40_000);

let authority: Authority;
let other: Authority;
let plain: Etcd;
/** Wants TLS. */
let secure: Etcd;
/** Wants TLS and a client certificate. */
let mutual: Etcd;
let client: { certfile: string; keyfile: string };

beforeAll(async () => {
  [authority, other] = await Promise.all([Authority.make(), Authority.make()]);
  const server = await authority.issue('server', 'IP:127.0.0.1');
  client = await authority.issue('client', 'DNS:client');
  const flags = ['--cert-file', server.certfile, '--key-file', server.keyfile];
  const ctlFlags = ['--cacert', authority.ca, '--cert', client.certfile, '--key', client.keyfile];
  const tls = { scheme: 'https', ctlFlags } as const;
  plain = await Etcd.start();
  secure = await Etcd.start({ ...tls, flags });
  mutual = await Etcd.start({
    ...tls,
    flags: [...flags, '--client-cert-auth', '--trusted-ca-file', authority.ca],
  });
}, 30_000);
afterAll(async () => {
  await Promise.all([plain, secure, mutual].map((etcd) => etcd.dispose()));
  authority.dispose();
  other.dispose();
});

const open = (options: Partial<StoreOptions>): LeaseStore =>
  openLeaseStore({ endpoints: [secure.url], prefix: '/atomic.io/network', ...options });

async function failure(options: Partial<StoreOptions>): Promise<unknown> {
  const store = open(options);
  const error: unknown = await store.list().then(
    () => 'listed',
    (reason: unknown) => reason,
  );
  await store.close();
  return error;
}

test('A15 a CA alone is enough for a server with TLS', async () => {
  const store = open({ cafile: authority.ca });
  expect((await store.list()).leases).toEqual([]);
  await store.close();
});

test('a client certificate opens a server that wants one, for calls and for the watch', async () => {
  const store = open({ endpoints: [mutual.url], cafile: authority.ca, ...client });
  const recorder = new Recorder();
  store.follow(recorder);
  await until('the watch stands', () => recorder.connected);
  expect((await store.list()).leases).toEqual([]);
  await store.close();
});

test('a client certificate opens a server that wants one from a file that holds its key as well, before or after it', async () => {
  const file = authority.path('both.pem');
  const parts = [client.keyfile, client.certfile].map((one) => readFileSync(one, 'utf8'));
  for (const content of [parts, parts.toReversed()]) {
    writeFileSync(file, content.join(''));
    const store = open({ endpoints: [mutual.url], cafile: authority.ca, certfile: file, keyfile: file });
    expect((await store.list()).leases).toEqual([]);
    await store.close();
  }
});

test('A15 no client certificate, or one of another CA, is a TLS error in one line within 3 seconds', async () => {
  const stranger = await other.issue('stranger', 'DNS:stranger');
  for (const files of [{}, stranger]) {
    const start = Date.now();
    const error = await failure({ endpoints: [mutual.url], cafile: authority.ca, ...files });
    expect(error).toMatchObject({
      code: 'OVL_ETCD_TLS',
      message: expect.stringMatching(/^etcd at https:[^\n]+$/) as unknown,
    });
    expect(Date.now() - start).toBeLessThan(3000);
  }
});

test('A15 an unknown CA, a missing CA and a wrong name each say OVL_ETCD_TLS with the reason', async () => {
  expect(await failure({ cafile: other.ca })).toMatchObject({ code: 'OVL_ETCD_TLS' });
  expect(await failure({})).toMatchObject({ code: 'OVL_ETCD_TLS' });
  const wrongName = { endpoints: [secure.url.replace('127.0.0.1', 'localhost')], cafile: authority.ca };
  expect(await failure(wrongName)).toMatchObject({
    code: 'OVL_ETCD_TLS',
    message: expect.stringContaining('localhost') as unknown,
  });
});

test('A15 https to a plain server and http to a TLS server are told apart from a dead one', async () => {
  const httpsToPlain = { endpoints: [plain.url.replace('http:', 'https:')], cafile: authority.ca };
  expect(await failure(httpsToPlain)).toMatchObject({ code: 'OVL_ETCD_TLS' });
  expect(await failure({ endpoints: [secure.url.replace('https:', 'http:')] })).toMatchObject({
    code: 'OVL_ETCD_TLS',
    message: expect.stringContaining('https') as unknown,
  });
});

test('A15 files that are missing, half written or of two pairs are refused at once, by name', async () => {
  writeFileSync(authority.path('half.crt'), '-----BEGIN CERTIFICATE-----\nMIIB');
  const second = await authority.issue('second', 'DNS:second');
  const cases: [Partial<StoreOptions>, string][] = [
    [{ cafile: '/nonexistent/ca.crt' }, '/nonexistent/ca.crt'],
    [{ cafile: authority.path('half.crt') }, 'half.crt'],
    [{ cafile: authority.ca, certfile: client.certfile }, 'client.crt'],
    [{ cafile: authority.ca, certfile: client.certfile, keyfile: second.keyfile }, 'second.key'],
    [{ cafile: authority.ca, certfile: client.certfile, keyfile: authority.path('half.crt') }, 'half.crt'],
    [{ endpoints: ['http://127.0.0.1:1', 'https://127.0.0.1:2'] }, 'mix'],
    [{ endpoints: ['http://127.0.0.1:1'], cafile: authority.ca }, 'ca.crt'],
  ];
  for (const [options, named] of cases) {
    const expected = { code: 'OVL_ETCD_TLS', message: expect.stringContaining(named) as unknown };
    expect(() => open(options)).toThrow(expect.objectContaining(expected) as Error);
  }
});
