import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OverlayError } from '@overlay/cidr';
import { writeFileAtomic } from '../src/host/files.js';
import { loadIdentity } from '../src/host/identity.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ovl-read-only-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
});

afterEach(() => {
  execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
});

const remount = (option: 'ro' | 'rw'): unknown => execFileSync('mount', ['-o', `remount,${option}`, folder]);

test('F04 on a file system that became read-only the old file stays, and writing goes on when it is right again', () => {
  const path = join(folder, 'subnet.env');
  const write = (content: string): void => writeFileAtomic(path, content, 0o644);
  write('old');
  remount('ro');
  expect(() => write('new')).toThrow(expect.objectContaining({ code: 'OVL_FILE_WRITE' }) as OverlayError);
  expect(() => write('new')).toThrow(/read-only/);
  expect(readFileSync(path, 'utf8')).toBe('old');
  remount('rw');
  write('new');
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(readdirSync(folder)).toEqual(['subnet.env']);
});

test('F04 a start on a read-only folder has the identity that is there; without one it is refused with the reason', () => {
  remount('ro');
  expect(() => loadIdentity(folder, {})).toThrow(
    expect.objectContaining({
      code: 'OVL_STATE_UNWRITABLE',
      message: expect.stringContaining('EROFS') as string,
    }) as OverlayError,
  );
  remount('rw');
  const first = loadIdentity(folder, {});
  remount('ro');
  expect(loadIdentity(folder, {})).toEqual(first);
});

test('F03 on a full file system the old file stays, and nothing is left of the new one', () => {
  const path = join(folder, 'subnet.env');
  writeFileAtomic(path, 'old', 0o644);
  const fill = (): void => writeFileAtomic(path, 'x'.repeat(100_000), 0o644);
  expect(fill).toThrow(expect.objectContaining({ code: 'OVL_FILE_WRITE' }) as OverlayError);
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['subnet.env']);
});
