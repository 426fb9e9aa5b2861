import { spawnSync } from 'node:child_process';
import { packCpio } from './cpio.js';

const archive = packCpio([
  { path: 'bin', mode: 0o040755 },
  { path: 'bin/tool', mode: 0o100755, data: Buffer.from('#!/bin/sh\n') },
  { path: 'note', mode: 0o100644, data: Buffer.from('abcd') },
]);

test('an archive lists what was put in, in that order, in another program too', () => {
  const { stdout, status } = spawnSync('busybox', ['cpio', '-t'], { input: archive, encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout.split('\n').filter(Boolean)).toEqual(['bin', 'bin/tool', 'note']);
});

test('every header begins at a multiple of four bytes, and the length is one too', () => {
  expect(archive.length % 4).toBe(0);
  const text = archive.toString('latin1');
  const starts = [...text.matchAll(/070701/g)].map(({ index }) => index);
  expect(starts).toHaveLength(4);
  expect(starts.filter((start) => start % 4 !== 0)).toEqual([]);
});

test('mode, size and device numbers are where the kernel reads them', () => {
  const text = packCpio([{ path: 'c', mode: 0o020600, device: [5, 1] }]).toString('latin1');
  const field = (index: number) => parseInt(text.slice(6 + 8 * index, 14 + 8 * index), 16);
  expect([field(1), field(6), field(9), field(10), field(11)]).toEqual([0o020600, 0, 5, 1, 2]);
});
