import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Random } from '../random.js';
import { ModelDisk } from './disk.js';
import { mount, unmount } from './mount.js';

const PATH = '/overlay-disk-test';

/** Everything that a power cut may leave after `act`, as the text of one file each. */
function leftOf(act: (disk: ModelDisk) => void, name = 'state'): readonly string[] {
  const disk = new ModelDisk(PATH);
  act(disk);
  const all = Array.from({ length: 200 }, (_, seed) => {
    const left = disk.afterPowerCut(new Random(seed));
    return left.exists(`${PATH}/${name}`) ? left.read(`${PATH}/${name}`) : 'nothing';
  });
  return [...new Set(all)].sort();
}

const written = (disk: ModelDisk, name: string, text: string) => {
  const file = disk.create(`${PATH}/${name}`);
  disk.append(file, text);
  return file;
};

function sync(disk: ModelDisk): void {
  disk.sync(disk.open(PATH));
}

test('what was not synced comes back whole, cut short, empty, or not at all', () => {
  const left = leftOf((disk) => void written(disk, 'state', 'ab'));
  expect(left).toEqual(['', 'a', 'ab', 'nothing']);
});

test('what was synced, with its folder, is there', () => {
  const left = leftOf((disk) => {
    disk.sync(written(disk, 'state', 'ab'));
    sync(disk);
  });
  expect(left).toEqual(['ab']);
});

function replaced(steps: readonly ('file' | 'folder')[]): readonly string[] {
  return leftOf((disk) => {
    disk.sync(written(disk, 'state', 'old'));
    sync(disk);
    const file = written(disk, 'state.tmp', 'new');
    if (steps.includes('file')) disk.sync(file);
    disk.rename(`${PATH}/state.tmp`, `${PATH}/state`);
    if (steps.includes('folder')) sync(disk);
  });
}

test('F02 a rename is lost until its folder is synced, and a file that was not synced may be empty after it', () => {
  expect(replaced(['file', 'folder'])).toEqual(['new']);
  expect(replaced(['file'])).toEqual(['new', 'old']);
  expect(replaced(['folder'])).toEqual(['', 'n', 'ne', 'new']);
  expect(replaced([])).toEqual(['', 'n', 'ne', 'new', 'old']);
});

test('F02 a new folder is lost with all that is in it until the one above is synced', () => {
  const act = (disk: ModelDisk): void => {
    disk.makeFolders(`${PATH}/a`);
    disk.sync(written(disk, 'a/state', 'x'));
    disk.sync(disk.open(`${PATH}/a`));
  };
  expect(leftOf(act, 'a/state')).toEqual(['nothing', 'x']);
  const both = (disk: ModelDisk): void => {
    act(disk);
    sync(disk);
  };
  expect(leftOf(both, 'a/state')).toEqual(['x']);
});

test('the cut comes before the call that it was set for', () => {
  const disk = new ModelDisk(PATH);
  const found: boolean[] = [];
  disk.cutAfter(2, () => found.push(disk.exists(`${PATH}/a`), disk.exists(`${PATH}/b`)));
  for (const name of ['a', 'b', 'c']) disk.create(`${PATH}/${name}`);
  expect(found).toEqual([true, false]);
});

test('a mounted disk answers the calls of this process below its path, and no other call finds the folder', () => {
  const disk = new ModelDisk(PATH);
  mount(disk);
  try {
    expect(mkdirSync(`${PATH}/a/b`, { recursive: true })).toBe(`${PATH}/a`);
    disk.append(disk.create(`${PATH}/a/b/f`), 'text');
    renameSync(`${PATH}/a/b/f`, `${PATH}/a/b/g`);
    expect(readFileSync(`${PATH}/a/b/g`, 'utf8')).toBe('text');
    expect(() => readFileSync(`${PATH}/a/b/f`, 'utf8')).toThrow('ENOENT');
    expect(() => writeFileSync(`${PATH}/a/b/h`, 'around it')).toThrow('ENOENT');
  } finally {
    unmount(disk);
  }
  expect([existsSync(PATH), existsSync(`${PATH}/a/b/g`)]).toEqual([false, false]);
});
