import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { Random } from '../random.js';
import type { Unsynced } from './disk.js';
import { HostFiles } from './host-files.js';
import { onHost } from './mount.js';

const FOLDER = '/overlay-host-files-test';
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

function within<T>(act: (files: HostFiles) => T, without?: Unsynced): T {
  const files = new HostFiles(FOLDER, without);
  try {
    return act(files);
  } finally {
    files.close();
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

function writeText(path: string, text: string): void {
  const handle = openSync(path, 'w');
  for (let done = 0; done < text.length;) done += writeSync(handle, Buffer.from(text), done);
  fsyncSync(handle);
  closeSync(handle);
}

function replaceFile(folder: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeText(`${folder}/held.tmp`, text);
  renameSync(`${folder}/held.tmp`, `${folder}/held`);
  syncFolder(folder);
}

/** What is said of power cuts, whatever they leave. */
function judged(act: (files: HostFiles) => void, without?: Unsynced): readonly string[] {
  const said = Array.from({ length: 100 }, (_, seed) =>
    within((files) => {
      syncFolder(`${FOLDER}/disk`);
      act(files);
      return files.cutPower(new Random(seed))();
    }, without),
  );
  return [...new Set(said.filter((text) => text !== undefined))];
}

test('I9 a file that was removed may come back until its folder is synced', () => {
  const found = judged((files) => {
    replaceFile(files.stateDir, 'X');
    syncFolder(`${FOLDER}/disk`);
    files.settle();
    rmSync(`${files.stateDir}/held`);
    files.settle();
  });
  expect(found).toEqual([]);
});

test('I9 what was removed long ago may not come back in place of what was written since', () => {
  const act = (files: HostFiles): void => {
    replaceFile(files.stateDir, 'X');
    files.settle();
    rmSync(`${files.stateDir}/held`);
    files.settle();
    replaceFile(files.stateDir, 'Y');
    files.settle();
  };
  const lost = `${FOLDER}/disk/state/held was "Y" and is "X" after a power cut`;
  expect(judged(act, 'folders')).toContain(lost);
});

test('I9 a process that was killed in the midst of writing promised nothing new, and goes no further', () => {
  const left = Array.from({ length: 12 }, (_, calls) =>
    within((files) => {
      const cut = jest.fn(() => files.killed());
      replaceFile(files.stateDir, 'old');
      syncFolder(`${FOLDER}/disk`);
      files.settle();
      files.cutAfter(calls + 1, cut);
      replaceFile(files.stateDir, 'a longer text');
      files.settle();
      expect(files.cutPower(new Random(calls))()).toBeUndefined();
      return [cut.mock.calls.length, readFileSync(`${files.stateDir}/held`, 'utf8')] as const;
    }),
  );
  expect(left.some(([cuts]) => cuts === 0)).toBe(true);
  expect(left.filter(([cuts, text]) => cuts === 1 && text === 'old').length).toBeGreaterThan(1);
});

test('a write may take a part only, and the next one takes the rest', () => {
  within((files) => {
    const texts = Array.from({ length: 6 }, (_, n) => `${n}: ü is two bytes`);
    mkdirSync(files.stateDir, { recursive: true });
    const taken = texts.map((text) => {
      const handle = openSync(`${files.stateDir}/held`, 'w');
      const bytes = Buffer.from(text);
      const first = writeSync(handle, bytes, 0);
      for (let done = first; done < bytes.length;) done += writeSync(handle, bytes, done);
      expect(readFileSync(`${files.stateDir}/held`, 'utf8')).toBe(text);
      return first === bytes.length;
    });
    expect(new Set(taken)).toEqual(new Set([true, false]));
  });
});

test('the ids of machine and boot are of the model, and the boot id of the host that starts a process', () => {
  within(() => {
    expect(readFileSync('/etc/machine-id', 'utf8')).toBe('simulated');
    const seen: string[] = [];
    for (const boot of ['n1, boot 1', 'n1, boot 2'])
      onHost(boot, () => void seen.push(readFileSync(BOOT_ID, 'utf8')));
    expect(seen).toEqual(['n1, boot 1', 'n1, boot 2']);
  });
});

test('two hosts have no disk in common', () => {
  within(() => {
    expect(() => new HostFiles(FOLDER, undefined)).toThrow('already');
  });
});
