import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OverlayError } from '@overlay/cidr';
import { readIfThere, tryRemove, writeFileAtomic } from './files.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ovl-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (...names: string[]): string => join(folder, ...names);
const modeOf = (name: string): string => (statSync(name).mode & 0o777).toString(8);

function withUmask(mask: number, act: () => void): void {
  const before = process.umask(mask);
  try {
    act();
  } finally {
    process.umask(before);
  }
}

test.each([0o000, 0o022, 0o077])(
  'the file has the mode that was asked for, whatever the umask (%d)',
  (mask) => {
    withUmask(mask, () => {
      writeFileAtomic(path('open'), 'x', 0o644);
      writeFileAtomic(path('secret'), 'x', 0o600);
    });
    expect([modeOf(path('open')), modeOf(path('secret'))]).toEqual(['644', '600']);
  },
);

test('missing folders are made, content is replaced whole, nothing else is left behind', () => {
  writeFileAtomic(path('a', 'b', 'file'), 'a longer first content', 0o644);
  writeFileAtomic(path('a', 'b', 'file'), 'short \u00e9', 0o644);
  expect(readFileSync(path('a', 'b', 'file'), 'utf8')).toBe('short \u00e9');
  expect(readdirSync(path('a', 'b'))).toEqual(['file']);
});

test('F01 F02 a reader that has the old file open keeps the old content: the new one is another file', () => {
  writeFileAtomic(path('file'), 'old', 0o644);
  const before = statSync(path('file')).ino;
  writeFileAtomic(path('file'), 'new', 0o644);
  expect(statSync(path('file')).ino).not.toBe(before);
});

test('F03 a write that fails is OVL_FILE_WRITE with the path; the old file is intact and nothing is left', () => {
  mkdirSync(path('taken'));
  writeFileSync(path('taken', 'old'), 'old');
  const attempt = (): void => writeFileAtomic(path('taken'), 'x', 0o644);
  expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_FILE_WRITE' }) as OverlayError);
  expect(attempt).toThrow(path('taken'));
  expect(readdirSync(folder)).toEqual(['taken']);
  expect(readFileSync(path('taken', 'old'), 'utf8')).toBe('old');
});

test('F03 a folder that cannot be made is OVL_FILE_WRITE with the path', () => {
  writeFileSync(path('not-a-folder'), 'old');
  const attempt = (): void => writeFileAtomic(path('not-a-folder', 'file'), 'x', 0o644);
  expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_FILE_WRITE' }) as OverlayError);
  expect(readFileSync(path('not-a-folder'), 'utf8')).toBe('old');
});

test('F04 what cannot be removed is said and not thrown; what is not there is removed', () => {
  writeFileSync(path('file'), 'x');
  expect([tryRemove(path('file')), tryRemove(path('file')), readdirSync(folder)]).toEqual([
    undefined,
    undefined,
    [],
  ]);
  mkdirSync(path('folder'));
  expect(tryRemove(path('folder'))).toMatchObject({
    code: 'OVL_FILE_WRITE',
    message: expect.stringContaining(path('folder')) as string,
  });
});

test('a file that is not there, or is none, reads as undefined', () => {
  expect(readIfThere(path('nope'))).toBeUndefined();
  expect(readIfThere(folder)).toBeUndefined();
  writeFileSync(path('there'), 'x');
  expect(readIfThere(path('there'))).toBe('x');
});
