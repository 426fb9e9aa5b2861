import { Scheduler } from '../scheduler.js';
import { ModelEtcd, type EtcdWrite } from './etcd.js';

function create() {
  const scheduler = new Scheduler();
  const writes: EtcdWrite[] = [];
  const expired: string[] = [];
  const etcd = new ModelEtcd(scheduler, {
    written: (write) => void writes.push(write),
    expired: (owner) => void expired.push(owner),
  });
  const pass = (ms: number): Promise<void> => scheduler.runFor(ms, () => undefined);
  return { etcd, writes, expired, pass };
}

test('a key goes with its lease, which lives as long as it is renewed', async () => {
  const { etcd, expired, pass } = create();
  const id = etcd.grant(10, 'a');
  etcd.put('10.5.1.0-24', '{}', id, 'a');
  await pass(9000);
  expect(etcd.keepAlive(id)).toBe(10);
  await pass(9000);
  expect(etcd.get('10.5.1.0-24')).toBeDefined();
  await pass(1001);
  expect([etcd.get('10.5.1.0-24'), expired, etcd.keepAlive(id)]).toEqual([undefined, ['a'], 0]);
});

test('A16 with NOSPACE puts and grants fail; a renewal and a delete work', () => {
  const { etcd } = create();
  const id = etcd.grant(10, 'a');
  etcd.put('k', '{}', id, 'a');
  etcd.full = true;
  expect(() => etcd.put('k', '{}', id, 'a')).toThrow('space exceeded');
  expect(() => etcd.grant(10, 'a')).toThrow('space exceeded');
  expect(etcd.keepAlive(id)).toBe(10);
  etcd.delete(['k'], 'a');
  expect(etcd.get('k')).toBeUndefined();
});

test('A17 a restored store has the keys, the revision and a lower term, and its leases begin anew', async () => {
  const { etcd, pass } = create();
  const id = etcd.grant(10, 'a');
  etcd.put('old', '{}', id, 'a');
  const saved = etcd.save();
  etcd.put('new', '{}', '0', 'a');
  const { term } = etcd;
  await pass(8000);
  etcd.restore(saved);
  expect([etcd.all().map(({ name }) => name), etcd.revision]).toEqual([['old'], saved.kv.revision]);
  expect(etcd.term).toBeLessThan(term);
  await pass(9000);
  expect(etcd.get('old')).toBeDefined();
  await pass(1001);
  expect(etcd.get('old')).toBeUndefined();
});

test('A22 while there is no quorum no lease expires, and each has its whole time after', async () => {
  const { etcd, pass } = create();
  etcd.put('k', '{}', etcd.grant(10, 'a'), 'a');
  etcd.stop();
  await pass(60_000);
  etcd.start();
  await pass(9000);
  expect(etcd.get('k')).toBeDefined();
  await pass(1001);
  expect(etcd.get('k')).toBeUndefined();
});

test('history before a compaction is gone', () => {
  const { etcd } = create();
  etcd.put('a', '{}', '0', 'x');
  etcd.put('b', '{}', '0', 'x');
  etcd.kv.compact();
  etcd.put('c', '{}', '0', 'x');
  const { revision } = etcd;
  expect(() => etcd.kv.since(revision - 2)).toThrow('compacted');
  expect(() => etcd.list(revision - 2)).toThrow('compacted');
  expect(etcd.kv.since(revision - 1).map((commit) => commit.revision)).toEqual([revision - 1, revision]);
  expect(etcd.list(revision - 1).leases.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('a watch from the compacted revision on is not told of what that revision deleted (etcd#19179)', () => {
  const { etcd } = create();
  etcd.put('a', '{}', '0', 'x');
  etcd.delete(['a'], 'x');
  etcd.kv.compact();
  expect(etcd.kv.since(etcd.revision)).toEqual([{ revision: etcd.revision, events: [] }]);
});
