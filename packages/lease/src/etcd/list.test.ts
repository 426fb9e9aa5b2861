import { FakeEtcd } from '../../test/rig/fake-etcd.js';
import { listAll, type Call } from './list.js';
import { pathsUnder } from './paths.js';

const PATHS = pathsUnder('/n');
const MANY = 4500;
const UNREACHABLE = new Error('14 UNAVAILABLE: read ECONNRESET');
const COMPACTED = new Error('11 OUT_OF_RANGE: etcdserver: mvcc: required revision has been compacted');

/** An etcd with more leases than two pages hold. */
function etcdWithMany() {
  const etcd = new FakeEtcd();
  for (let n = 0; n < MANY; n += 1) etcd.put(`${PATHS.subnets}key-${n}`);
  etcd.put('/n/subnets-backup/key');
  etcd.put('/n/config', '{}');
  const connection = etcd.connection();
  const call: Call = (run) => connection.call(1000, run);
  return { etcd, call };
}

test('all pages are one list, with the config, of one revision', async () => {
  const { etcd, call } = etcdWithMany();
  const { leases, config, revision } = await listAll(call, PATHS);
  expect(new Set(leases.map(({ name }) => name)).size).toBe(MANY);
  expect([leases.length, config, revision]).toEqual([MANY, '{}', String(etcd.revision)]);
});

test.each([
  ['the first page', 0],
  ['a later page', 1],
  ['the last page', 2],
  ['the config', 3],
])('A23 I4 when %s fails there is no list: a part of it is not the whole', async (_what, at) => {
  const { etcd, call } = etcdWithMany();
  etcd.faults[at] = UNREACHABLE;
  await expect(listAll(call, PATHS)).rejects.toMatchObject({ code: 'OVL_ETCD_UNREACHABLE' });
});

test('A07 a list whose revision is compacted away between two pages starts over, three times at most', async () => {
  const { etcd, call } = etcdWithMany();
  etcd.faults.push(undefined, COMPACTED);
  expect((await listAll(call, PATHS)).leases).toHaveLength(MANY);
  etcd.faults.push(undefined, COMPACTED, undefined, COMPACTED, undefined, COMPACTED);
  await expect(listAll(call, PATHS)).rejects.toThrow('compacted');
});
