import { createHash } from 'node:crypto';
import { formatPrefix } from '@overlay/cidr';
import { isRecorded, parseSubnetRecord } from './subnet-record.js';

const sha256 = createHash('sha256').update('A=1\n').digest('hex');

test('a record says which file is ours, by path and content', () => {
  const record = parseSubnetRecord(
    JSON.stringify({ path: '/f', sha256, networks: ['10.5.0.0/16', 'fc00:5::/48'] }),
  );
  expect(record?.networks.map(formatPrefix)).toEqual(['10.5.0.0/16', 'fc00:5::/48']);
  expect(record?.docker).toBeUndefined();
  expect(isRecorded(record, '/f', 'A=1\n')).toBe(true);
  expect(isRecorded(record, '/f', 'A=2\n')).toBe(false);
  expect(isRecorded(record, '/g', 'A=1\n')).toBe(false);
  expect(isRecorded(undefined, '/f', 'A=1\n')).toBe(false);
});

test.each([undefined, '', '{', 'null', '[]', '3'])('%p is no record', (text) => {
  expect(parseSubnetRecord(text)).toBeUndefined();
});

test('parts that make no sense are left out', () => {
  const text = '{"path": 3, "networks": ["10.5.0.1/16", 7, "10.6.0.0/16"], "docker": {"mode": "off"}}';
  expect(parseSubnetRecord(text)).toMatchObject({ path: '', sha256: '', networks: [{ length: 16 }] });
  expect(parseSubnetRecord(text)?.docker).toBeUndefined();
  expect(parseSubnetRecord('{"docker": {"mode": "network"}}')?.docker).toEqual({ mode: 'network' });
});
