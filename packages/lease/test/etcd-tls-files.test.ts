import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { LeaseStore } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import { Authority } from './rig/certificates.js';
import { Etcd } from './rig/etcd.js';
import { until } from './rig/processes.js';
import { Proxy } from './rig/proxy.js';
import { Recorder } from './rig/recorder.js';

jest.setTimeout(60_000);

const LOOK_MS = 200;

let old: Authority;
let fresh: Authority;
let etcd: Etcd;
/** The files that etcd and the store are given; what is in them changes. */
let server: { certfile: string; keyfile: string };
let files: { cafile: string; certfile: string; keyfile: string };
let trusted: string;
let store: LeaseStore;
let recorder: Recorder;

const bundle = (...authorities: readonly Authority[]): string =>
  authorities.map(({ ca }) => readFileSync(ca, 'utf8')).join('');

/** Written over, not renamed: half of it can be read meanwhile. */
function put(into: { certfile: string; keyfile: string }, from: { certfile: string; keyfile: string }): void {
  copyFileSync(from.certfile, into.certfile);
  copyFileSync(from.keyfile, into.keyfile);
}

beforeEach(async () => {
  [old, fresh] = await Promise.all([Authority.make(), Authority.make(400)]);
  const admin = await fresh.issue('admin', 'DNS:admin');
  server = { certfile: old.path('used-server.crt'), keyfile: old.path('used-server.key') };
  put(server, await old.issue('server', 'IP:127.0.0.1'));
  files = { cafile: old.path('used-ca'), certfile: old.path('used.crt'), keyfile: old.path('used.key') };
  put(files, await old.issue('client', 'DNS:client'));
  copyFileSync(old.ca, files.cafile);
  trusted = old.path('trusted');
  writeFileSync(trusted, bundle(old, fresh));
  const both = old.path('both');
  writeFileSync(both, bundle(old, fresh));
  const flags = ['--cert-file', server.certfile, '--key-file', server.keyfile, '--client-cert-auth'];
  etcd = await Etcd.start({
    scheme: 'https',
    flags: [...flags, '--trusted-ca-file', trusted],
    ctlFlags: ['--cacert', both, '--cert', admin.certfile, '--key', admin.keyfile],
  });
  recorder = new Recorder();
  store = openLeaseStore({
    endpoints: [etcd.url],
    prefix: '/atomic.io/network',
    ...files,
    tlsLookMs: LOOK_MS,
  });
  store.follow(recorder);
  await until('the watch stands', () => recorder.connected);
}, 40_000);
afterEach(async () => {
  await store.close();
  await etcd.dispose();
  old.dispose();
  fresh.dispose();
});

const standing = (): readonly string[] => recorder.standing.map(({ code }) => code);
/** A look that found nothing new takes as long. */
const looked = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 4 * LOOK_MS));

/** Everything works, and nobody was told otherwise. */
async function undisturbed(): Promise<void> {
  expect((await store.list()).leases).toEqual([]);
  expect([recorder.states.length, recorder.snapshots.length]).toEqual([1, 1]);
}

/** etcd trusts this alone from now on, and shows this certificate. */
async function restart(
  clients: Authority,
  certificate?: { certfile: string; keyfile: string },
): Promise<void> {
  writeFileSync(trusted, bundle(clients));
  if (certificate !== undefined) put(server, certificate);
  await etcd.kill();
  await etcd.up();
}

test('A14 a certificate and key that are replaced one after the other are taken when both fit, and not before', async () => {
  const next = await fresh.issue('client', 'DNS:client');
  copyFileSync(next.certfile, files.certfile);
  await until('the misfit is told', () => standing().includes('OVL_ETCD_TLS'));
  expect(recorder.standing.at(-1)?.message).toMatch(
    /is not the key of .* the TLS files read before stay in use$/,
  );
  await undisturbed();
  copyFileSync(next.keyfile, files.keyfile);
  await until('it is over', () => !standing().includes('OVL_ETCD_TLS'));
  await undisturbed();
  // Only the new certificate can do this.
  await restart(fresh);
  await until('a list', () =>
    store.list().then(
      () => true,
      () => false,
    ),
  );
  await until('the watch stands again', () => recorder.connected);
});

test('A14 half-written files, a half-written bundle and missing files change nothing', async () => {
  const whole = readFileSync(files.certfile);
  const half = (file: string, content: string | Buffer): void =>
    writeFileSync(file, content.slice(0, content.length - 200));
  half(files.certfile, whole);
  await until('the half certificate is told', () => standing().includes('OVL_ETCD_TLS'));
  writeFileSync(files.certfile, whole);
  await until('it is over', () => !standing().includes('OVL_ETCD_TLS'));
  half(files.cafile, bundle(old, fresh));
  await until('the half bundle is told', () => standing().includes('OVL_ETCD_TLS'));
  writeFileSync(files.keyfile, '');
  writeFileSync(files.cafile, bundle(old));
  await looked();
  expect(standing()).toContain('OVL_ETCD_TLS');
  await undisturbed();
  // The connection is made anew with what was read before.
  await etcd.kill();
  await etcd.up();
  await until('a list', () =>
    store.list().then(
      () => true,
      () => false,
    ),
  );
});

test('A14 a CA is rolled by a bundle of the old and the new one, in both orders of steps', async () => {
  const certificate = await fresh.issue('server', 'IP:127.0.0.1');
  const next = await fresh.issue('client', 'DNS:client');
  // Too early: etcd still shows a certificate of the old one.
  writeFileSync(files.cafile, bundle(fresh));
  await until('the refusal is told', () => standing().includes('OVL_ETCD_TLS'));
  await undisturbed();
  writeFileSync(files.cafile, bundle(old, fresh));
  await until('the bundle is taken', () => !standing().includes('OVL_ETCD_TLS'));
  put(files, next);
  await looked();
  await undisturbed();
  await restart(fresh, certificate);
  await until('a list', () =>
    store.list().then(
      () => true,
      () => false,
    ),
  );
  writeFileSync(files.cafile, bundle(fresh));
  await looked();
  expect(standing()).not.toContain('OVL_ETCD_TLS');
  await until('the watch stands', () => recorder.connected);
});

const lists = (): Promise<boolean> =>
  store.list().then(
    () => true,
    () => false,
  );

test('A14 files that nobody answers are not taken, and the ones read before serve when etcd is back', async () => {
  await etcd.kill();
  // It shows a certificate of the old one.
  writeFileSync(files.cafile, bundle(fresh));
  await until('they wait', () => standing().includes('OVL_ETCD_TLS'));
  expect(recorder.standing.at(-1)?.message).toMatch(/etcd at https.* the TLS files read before stay in use$/);
  await looked();
  await etcd.up();
  await until('a list', lists);
  await until('the watch stands', () => recorder.connected);
  writeFileSync(files.cafile, bundle(old, fresh));
  await until('the right ones are taken', () => !standing().includes('OVL_ETCD_TLS'));
});

test('A14 files that nobody answered are taken when etcd is back and wants no others', async () => {
  const certificate = await fresh.issue('server', 'IP:127.0.0.1');
  await etcd.kill();
  writeFileSync(files.cafile, bundle(fresh));
  put(files, await fresh.issue('client', 'DNS:client'));
  await until('they wait', () => standing().includes('OVL_ETCD_TLS'));
  await restart(fresh, certificate);
  await until('a list', lists);
  await until('the watch stands', () => recorder.connected);
  expect(standing()).not.toContain('OVL_ETCD_TLS');
});

test('A14 after a lost connection new files are tried on the endpoint that is next', async () => {
  await store.close();
  const proxy = await Proxy.before(etcd.port);
  try {
    recorder = new Recorder();
    const endpoints = [proxy.url.replace('http:', 'https:'), etcd.url];
    // No look but after a lost connection.
    store = openLeaseStore({ endpoints, prefix: '/atomic.io/network', ...files, tlsLookMs: 3_600_000 });
    store.follow(recorder);
    await until('the watch stands', () => recorder.connected);
    const end = recorder.certificateEndMs!;
    writeFileSync(files.cafile, bundle(old, fresh));
    put(files, await fresh.issue('client', 'DNS:client', 300));
    proxy.block();
    await until('they are taken', () => recorder.certificateEndMs! > end);
    await until('the watch stands again', () => recorder.connected);
    expect(recorder.standing).toEqual([]);
  } finally {
    await proxy.close();
  }
});

test('A14 a certificate that ends within 30 days is told at the start, and no more when a longer one is taken', async () => {
  expect(standing()).toEqual(['OVL_ETCD_CERTIFICATE']);
  expect(recorder.standing[0]?.message).toMatch(/ends in 1 day .* taken without a restart$/);
  writeFileSync(files.cafile, bundle(old, fresh));
  put(files, await fresh.issue('client', 'DNS:client', 300));
  const end = recorder.certificateEndMs!;
  await until('it is over', () => standing().length === 0);
  await undisturbed();
  expect((recorder.certificateEndMs! - end) / 86_400_000).toBeCloseTo(298, 0);
});
