import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanFiles } from './cleanup-files.js';

let folder: string;
let runDir: string;
let stateDir: string;
let subnetFile: string;
const recordOf = (content: string) => ({
  path: subnetFile,
  sha256: createHash('sha256').update(content).digest('hex'),
  networks: [],
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tb-clean-'));
  runDir = join(folder, 'run');
  stateDir = join(folder, 'state');
  subnetFile = join(folder, 'subnet.env');
  mkdirSync(runDir);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A socket that stays when its server is gone, as after a crash. */
async function withSocket(work: () => Promise<void>): Promise<void> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(join(runDir, 'overlayd.sock'), resolve));
  try {
    await work();
  } finally {
    server.close();
  }
}

test('the socket, the empty run folder and our subnet.env go', async () => {
  writeFileSync(subnetFile, 'A=1\n');
  await withSocket(async () => {
    const report = await cleanFiles({ runDir, stateDir, subnetFile }, recordOf('A=1\n'));
    expect(report).toEqual({ removed: [join(runDir, 'overlayd.sock'), runDir, subnetFile], left: [] });
  });
  expect(existsSync(runDir) || existsSync(subnetFile)).toBe(false);
});

test('the lists of backends that ran and of leases that were held go, what else is in the state folder stays', async () => {
  mkdirSync(stateDir);
  const gone = ['backends.json', 'held-leases.json'];
  for (const name of [...gone, 'node.json']) writeFileSync(join(stateDir, name), '{}');
  const report = await cleanFiles({ runDir, stateDir, subnetFile }, undefined);
  expect(report.removed).toEqual(expect.arrayContaining(gone.map((name) => join(stateDir, name))));
  for (const name of gone) expect(existsSync(join(stateDir, name))).toBe(false);
  expect(existsSync(join(stateDir, 'node.json'))).toBe(true);
});

test('a run folder with another file in it stays, and so does the file', async () => {
  writeFileSync(join(runDir, 'other'), '');
  await withSocket(async () => {
    const report = await cleanFiles({ runDir, stateDir, subnetFile }, undefined);
    expect(report).toEqual({ removed: [join(runDir, 'overlayd.sock')], left: [] });
  });
  expect(existsSync(join(runDir, 'other'))).toBe(true);
});

test.each([
  ['changed since', () => recordOf('A=2\n')],
  ['not known to be ours', () => undefined],
])('a subnet.env that is %s is left, and that is said', async (_, record) => {
  writeFileSync(subnetFile, 'A=1\n');
  const report = await cleanFiles({ runDir, stateDir, subnetFile }, record());
  expect(report.left).toEqual([
    { what: subnetFile, why: expect.stringContaining('did not write') as string, ours: false },
  ]);
  expect(existsSync(subnetFile)).toBe(true);
});

test('a folder given as subnet file, and a plain file in the place of the socket, stay', async () => {
  mkdirSync(subnetFile);
  writeFileSync(join(subnetFile, 'precious'), '');
  writeFileSync(join(runDir, 'overlayd.sock'), '');
  const report = await cleanFiles({ runDir, stateDir, subnetFile }, undefined);
  expect(report.removed).toEqual([]);
  expect(report.left.map(({ ours }) => ours)).toEqual([false, false]);
  expect(existsSync(join(subnetFile, 'precious'))).toBe(true);
});

test('nothing there is nothing to do', async () => {
  rmSync(runDir, { recursive: true });
  expect(await cleanFiles({ runDir, stateDir, subnetFile }, undefined)).toEqual({ removed: [], left: [] });
});
