import fc from 'fast-check';
import { observe } from '../../../lease/src/etcd/revision.js';
import { pauseBefore } from '../../../lease/src/etcd/watch-loop.js';
import { isRestored, pauseMs, type Epoch } from './watch-rules.js';

const CLUSTER = '14841639068965178418';
const header = ({ revision, term }: Epoch) => ({
  ...{ cluster_id: CLUSTER, member_id: '1' },
  ...{ revision: String(revision), raft_term: String(term) },
});

test('the model waits between two sessions as the real watch loop does', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
      expect(pauseMs(failures, random)).toBe(pauseBefore(failures, random));
    }),
  );
});

test('A17 the model takes a store for restored when the real watch session does', () => {
  const epoch = fc.record({ revision: fc.nat(3), term: fc.nat(3) });
  fc.assert(
    fc.property(fc.option(epoch, { nil: undefined }), epoch, (before, seen) => {
      const known = before && observe(undefined, header(before)).epoch;
      expect(isRestored(before, seen)).toBe(observe(known, header(seen)).restored !== undefined);
    }),
  );
});
