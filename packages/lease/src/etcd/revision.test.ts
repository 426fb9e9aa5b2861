import { observe, raise } from './revision.js';

const header = (revision: string, clusterId = '7', term = '2') => ({
  cluster_id: clusterId,
  member_id: '1',
  revision,
  raft_term: term,
});
const { epoch } = observe(undefined, header('9007199254740993'));

test('A28 revisions beyond 2^53 are compared exactly', () => {
  expect(observe(epoch, header('9007199254740992')).restored).toContain('went back');
  expect(observe(epoch, header('9007199254740993')).restored).toBeUndefined();
  expect(observe(epoch, header('9007199254740994')).epoch.revision).toBe(9007199254740994n);
});

test('A17 a revision, a term or a cluster that is not what it was begins a new epoch', () => {
  expect(observe(epoch, header('6'))).toMatchObject({
    epoch: { revision: 6n },
    restored: expect.stringContaining('revision') as unknown,
  });
  expect(observe(epoch, header('9007199254740999', '8')).restored).toContain('cluster id');
  expect(observe(epoch, header('9007199254740999', '7', '1')).restored).toContain('term');
});

test('what a watch delivered raises the highest revision, and never lowers it', () => {
  expect(raise(epoch, 9007199254740999n).revision).toBe(9007199254740999n);
  expect(raise(epoch, 1n)).toBe(epoch);
});
