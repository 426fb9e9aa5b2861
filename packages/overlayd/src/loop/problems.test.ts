import { OverlayError } from '@overlay/cidr';
import { MemoryLogger } from '../../test/support/memory-logger.js';
import { Problems } from './problems.js';

const create = () => {
  const log = new MemoryLogger();
  return { log, problems: new Problems(log) };
};

test('F13 a problem is logged when it appears and when it is over, not each time it is seen', () => {
  const { log, problems } = create();
  for (let n = 0; n < 100; n += 1) problems.set('etcd', { code: 'OVL_X', message: 'etcd is away' });
  problems.clear('etcd');
  problems.clear('etcd');
  expect(log.lines).toEqual(['warn: etcd is away', 'info: over: etcd is away']);
});

test('F13 the same problem in other words takes its place and is not logged again; another one is', () => {
  const { log, problems } = create();
  problems.set('etcd', { code: 'OVL_X', message: 'a' });
  problems.set('etcd', { code: 'OVL_X', message: 'b' });
  expect(log.lines).toEqual(['warn: a']);
  expect(problems.list()).toEqual([{ code: 'OVL_X', message: 'b' }]);
  problems.set('etcd', { code: 'OVL_Y', message: 'c' });
  problems.set('etcd', { code: 'OVL_X', message: 'a again' });
  expect(log.lines).toEqual(['warn: a', 'warn: c']);
  expect(problems.get('etcd')).toEqual({ code: 'OVL_X', message: 'a again' });
});

test('a problem that comes back is logged again', () => {
  const { log, problems } = create();
  problems.set('etcd', { code: 'OVL_X', message: 'a' });
  problems.clear('etcd');
  problems.set('etcd', { code: 'OVL_X', message: 'a' });
  expect(log.lines).toHaveLength(3);
});

test('sources are independent', () => {
  const { problems } = create();
  problems.set('a', { code: 'OVL_A', message: 'a' });
  problems.set('b', { code: 'OVL_B', message: 'b' });
  problems.clear('a');
  expect([problems.has('a'), problems.has('b')]).toEqual([false, true]);
  expect(problems.list()).toEqual([{ code: 'OVL_B', message: 'b' }]);
});

test('an error of ours keeps its code, any other is OVL_INTERNAL', () => {
  const { problems } = create();
  problems.setError('a', new OverlayError('OVL_A', 'a'));
  problems.setError('b', new TypeError('b'));
  problems.setError('c', 'c');
  expect(problems.list().map(({ code, message }) => `${code} ${message}`)).toEqual([
    'OVL_A a',
    'OVL_INTERNAL b',
    'OVL_INTERNAL c',
  ]);
});
