import { formatPrefix } from '@overlay/cidr';
import { readFenced } from './fence.js';

const read = (value: unknown): readonly string[] =>
  readFenced(typeof value === 'string' ? value : JSON.stringify(value)).map(
    ({ prefix, owner }) => `${formatPrefix(prefix)} ${owner}`,
  );

test('B03 what an earlier run fenced is read back, of both families', () => {
  const fenced = [
    { prefix: '10.5.1.0/24', owner: 'node b' },
    { prefix: 'fc00:5:0:1::/64', owner: 'node b' },
  ];
  expect(read({ version: 1, fenced })).toEqual(['10.5.1.0/24 node b', 'fc00:5:0:1::/64 node b']);
});

test.each([
  ['no file', undefined],
  ['half a file', '{"version":1,"fenced":[{"prefix":"10.5'],
  ['another type', { fenced: 'all' }],
  ['no prefix', { fenced: [{ prefix: '10.5.1.0', owner: 'b' }, { prefix: 7, owner: 'b' }, null, 4] }],
  ['no owner', { fenced: [{ prefix: '10.5.1.0/24' }] }],
])('F02 of a broken record (%s) nothing is fenced', (_, content) => {
  expect(read(content ?? '')).toEqual([]);
});
