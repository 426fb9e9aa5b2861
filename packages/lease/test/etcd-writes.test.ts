import { ipv4, ipv4Prefix } from '@overlay/cidr';
import type { LeaseAttributes, LeaseStore, LeaseSubnets } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import { Etcd } from './rig/etcd.js';
import { run } from './rig/processes.js';
import { Proxy } from './rig/proxy.js';

// Starting, stopping and freezing servers takes seconds on a busy machine.
jest.setTimeout(40_000);

const PREFIX = '/atomic.io/network';
const subnets = (third: number, length = 24): LeaseSubnets => ({
  subnet: ipv4Prefix(0x0a050000 + third * 256, length),
});
const attributes = (host: number): LeaseAttributes => ({
  publicIp: ipv4(0xac1f0000 + host),
  backendType: 'host-gw',
});

let etcd: Etcd;
let store: LeaseStore;
beforeAll(async () => {
  etcd = await Etcd.start();
});
beforeEach(async () => {
  await etcd.ctl('del', '--prefix', '/');
  store = openLeaseStore({ endpoints: [etcd.url], prefix: PREFIX });
});
afterEach(() => store.close());
afterAll(() => etcd.dispose());

const created = async (third: number, etcdLease = '0'): ReturnType<LeaseStore['create']> => {
  const { revision } = await store.list();
  return store.create(subnets(third), attributes(third), { listedAt: revision, etcdLease });
};

test('create writes the key and value of Flannel with the etcd lease, and says what it wrote', async () => {
  const etcdLease = await store.grant(60);
  const result = await created(1, etcdLease);
  const raw = await etcd.ctl('get', '--prefix', '/');
  expect(raw).toBe(
    '/atomic.io/network/subnets/10.5.1.0-24\n{"PublicIP":"172.31.0.1","PublicIPv6":null,"BackendType":"host-gw"}\n',
  );
  expect(result).toEqual({ ok: true, lease: await store.get('10.5.1.0-24') });
  expect((await store.get('10.5.1.0-24'))?.etcdLease).toBe(etcdLease);
});

test('B01 of 8 racers for one subnet exactly one wins, the others learn that it exists', async () => {
  const racers = Array.from({ length: 8 }, () => openLeaseStore({ endpoints: [etcd.url], prefix: PREFIX }));
  const { revision } = await store.list();
  const results = await Promise.all(
    racers.map((racer, index) =>
      racer.create(subnets(2), attributes(index), { listedAt: revision, etcdLease: '0' }),
    ),
  );
  await Promise.all(racers.map((racer) => racer.close()));
  expect(results.filter((result) => result.ok)).toHaveLength(1);
  expect(results.filter((result) => !result.ok && result.reason === 'exists')).toHaveLength(7);
});

test('B02 a put under subnets/ after the list refuses the create, a delete does not', async () => {
  await etcd.ctl('put', `${PREFIX}/subnets/10.5.9.0-24`, '{}');
  const { revision } = await store.list();
  await etcd.ctl('put', `${PREFIX}/subnets/10.5.0.0-22`, '{}');
  const options = { listedAt: revision, etcdLease: '0' };
  expect(await store.create(subnets(3), attributes(3), options)).toEqual({ ok: false, reason: 'changed' });
  const again = await store.list();
  await etcd.ctl('del', `${PREFIX}/subnets/10.5.9.0-24`);
  const result = await store.create(subnets(3), attributes(3), { ...options, listedAt: again.revision });
  expect(result.ok).toBe(true);
});

test('B04 update and remove touch only our own last write', async () => {
  const result = await created(4);
  if (!result.ok) throw new Error(result.reason);
  await etcd.ctl('put', `${PREFIX}/subnets/10.5.4.0-24`, 'of another');
  expect(await store.update(result.lease, attributes(44))).toEqual({ ok: false, reason: 'changed' });
  expect(await store.remove(result.lease)).toBe(false);
  expect((await store.get('10.5.4.0-24'))?.value).toBe('of another');
});

test('update keeps the etcd lease and the create revision, and can be removed after', async () => {
  const etcdLease = await store.grant(60);
  const first = await created(5, etcdLease);
  if (!first.ok) throw new Error(first.reason);
  const second = await store.update(first.lease, attributes(55));
  if (!second.ok) throw new Error(second.reason);
  expect(second.lease).toEqual(await store.get('10.5.5.0-24'));
  expect(second.lease).toMatchObject({ etcdLease, createRevision: first.lease.createRevision });
  expect(await store.remove(second.lease)).toBe(true);
  expect(await store.get('10.5.5.0-24')).toBeUndefined();
});

test('B12 a reservation has no etcd lease, keeps none when updated, and can be bound to one', async () => {
  const result = await created(6);
  if (!result.ok) throw new Error(result.reason);
  expect(result.lease.etcdLease).toBe('0');
  expect(await store.timeToLive('0')).toBeUndefined();
  const updated = await store.update(result.lease, attributes(66));
  if (!updated.ok) throw new Error(updated.reason);
  expect((await store.get('10.5.6.0-24'))?.etcdLease).toBe('0');
  const etcdLease = await store.grant(60);
  await store.update(updated.lease, attributes(66), etcdLease);
  expect((await store.get('10.5.6.0-24'))?.etcdLease).toBe(etcdLease);
});

test('the config is written only over the revision that was read', async () => {
  expect(await store.config()).toBeUndefined();
  expect(await store.putConfig('{"Network":"10.5.0.0/16"}', '0')).toBe(true);
  expect(await store.putConfig('{"Network":"10.6.0.0/16"}', '0')).toBe(false);
  const config = await store.config();
  expect(config?.text).toBe('{"Network":"10.5.0.0/16"}');
  expect(await store.putConfig('{"Network":"10.6.0.0/16"}', config?.modRevision ?? '')).toBe(true);
});

test('more than 2,000 keys are listed completely, at one revision, foreign keys with their whole rest', async () => {
  const puts = Array.from(
    { length: 4100 },
    (_, index) => `put ${PREFIX}/subnets/10.${index >> 8}.${index & 255}.0-24 v`,
  );
  for (let at = 0; at < puts.length; at += 100) {
    await run('sh', [
      '-c',
      `printf '%b' "$0" | ETCDCTL_API=3 etcdctl --endpoints ${etcd.url} txn`,
      `\\n${puts.slice(at, at + 100).join('\\n')}\\n\\n\\n`,
    ]);
  }
  await etcd.ctl('put', `${PREFIX}/subnets/a/b`, 'deeper');
  await etcd.ctl('put', `${PREFIX}/subnets-backup/note`, 'not ours');
  const { leases, revision } = await store.list();
  expect(leases).toHaveLength(4101);
  expect(new Set(leases.map((lease) => lease.name)).size).toBe(4101);
  expect(leases.at(-1)?.name).toBe('a/b');
  expect(BigInt(revision)).toBeGreaterThanOrEqual(BigInt(leases.at(-1)?.modRevision ?? 0));
});

test('A27 a create whose answer is lost is found out to be ours, and only once in etcd', async () => {
  const proxy = await Proxy.before(etcd.port);
  const far = openLeaseStore({ endpoints: [proxy.url], prefix: PREFIX, timeoutMs: 1500 });
  try {
    const { revision } = await far.list();
    proxy.swallow('down');
    setTimeout(() => proxy.release(), 1600);
    const result = await far.create(subnets(7), attributes(7), { listedAt: revision, etcdLease: '0' });
    expect(result).toEqual({ ok: true, lease: await store.get('10.5.7.0-24') });
    expect(result.ok && result.lease.createRevision).toBe((await store.get('10.5.7.0-24'))?.modRevision);
  } finally {
    await far.close();
    await proxy.close();
  }
});

test('a prefix with repeated and trailing slashes is the same network', async () => {
  const sloppy = openLeaseStore({ endpoints: [etcd.url], prefix: '//atomic.io//network//' });
  await etcd.ctl('put', `${PREFIX}/subnets/10.5.8.0-24`, '{}');
  expect((await sloppy.list()).leases.map((lease) => lease.name)).toEqual(['10.5.8.0-24']);
  await sloppy.close();
});
