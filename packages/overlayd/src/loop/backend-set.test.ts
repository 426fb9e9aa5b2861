import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject, Lease } from '@overlay/lease';
import { network, peer } from '../../test/support/hosts.js';
import { WayHold } from './way-hold.js';
import { BackendSet, readRunning } from './backend-set.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overlayd-backends-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => join(folder, 'backends.json');
const nowMs = (): number => 0;
const open = (hold = new WayHold(nowMs, 1000)): BackendSet =>
  new BackendSet({ file: file(), lingerMs: 1000, hold, nowMs });
const free = { refuse: () => undefined, usable: () => true };
const take = (set: BackendSet, backend: JsonObject): number | undefined =>
  set.take(set.plan({ network: network(backend), leases: [peer(2)], ...free }));
const ids = ({ running }: BackendSet): readonly string[] =>
  running.map(({ backend, role }) => `${backend.id} ${backend.slot} ${role}`);

test('C06 a restart in the middle of a change goes on with both, in their slots', () => {
  const set = open();
  take(set, { Type: 'vxlan' });
  take(set, { Type: 'vxlan', VNI: 2 });
  const again = open();
  take(again, { Type: 'vxlan', VNI: 2 });
  expect(ids(again)).toEqual(ids(set));
  expect(ids(again)).toEqual(['vxlan vni 2 port 8472 1 wanted', 'vxlan vni 1 port 8472 0 leaving']);
});

test('C05 a restart knows which backends peers had not heard of', () => {
  const before = new WayHold(nowMs, 1000);
  before.recall(['vxlan vni 1 port 8472']);
  const set = open(before);
  take(set, { Type: 'vxlan' });
  take(set, { Type: 'vxlan', VNI: 2 });
  const hold = new WayHold(nowMs, 1000);
  const heard = [...open(hold).before].map((id) => [id, hold.isSettled(id)]);
  expect(heard).toEqual([
    ['vxlan vni 2 port 8472', false],
    ['vxlan vni 1 port 8472', true],
  ]);
});

test('only the peer that a backend stays for, or any while one lingers, makes a look at the backends worth it', () => {
  const set = open();
  const change = (vni: number, leases: readonly Lease[]) =>
    set.take(set.plan({ network: network({ Type: 'vxlan', VNI: vni }), leases, ...free }));
  const needing = peer(2, { backendData: { VNI: 1, VtepMAC: '02:00:00:00:00:09' } });
  change(1, [needing]);
  expect(set.concernedBy([needing.name])).toBe(false);
  change(2, [needing]);
  expect([set.concernedBy([needing.name]), set.concernedBy(['10.5.7.0-24'])]).toEqual([true, false]);
  change(2, []);
  expect(set.concernedBy(['10.5.7.0-24'])).toBe(true);
});

test('a lease taken at a restart says only what ran before; the first one of a host says all', () => {
  const set = open();
  take(set, { Type: 'vxlan' });
  const said = (one: BackendSet) => one.announcedBefore().map(({ type }) => type);
  expect(said(set)).toEqual(['vxlan']);
  const again = open();
  take(again, { Type: 'host-gw' });
  expect([said(again), again.announced().map(({ type }) => type)]).toEqual([['vxlan'], ['host-gw', 'vxlan']]);
});

test('the file may hold a secret: nobody else reads it', () => {
  take(open(), { Type: 'vxlan' });
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('F04 what cannot be written runs all the same, is said, and is written once it can be', () => {
  mkdirSync(`${file()}.tmp`);
  const set = open();
  take(set, { Type: 'vxlan' });
  expect(ids(set)).toEqual(['vxlan vni 1 port 8472 0 wanted']);
  expect(set.unsaved).toMatchObject({ code: 'OVL_FILE_WRITE' });
  rmSync(`${file()}.tmp`, { recursive: true });
  take(set, { Type: 'vxlan' });
  expect(set.unsaved).toBeUndefined();
  expect(readRunning(readFileSync(file(), 'utf8'))).toHaveLength(1);
});

test('a plan alone writes nothing', () => {
  open().plan({ network: network({ Type: 'vxlan' }), leases: [], ...free });
  expect(() => readFileSync(file())).toThrow('ENOENT');
});

test.each([
  '',
  '{',
  '[]',
  '{"backends":7}',
  '{"backends":[{"options":{"Type":"weave"},"slot":0,"role":"wanted"}]}',
])('a file that says nothing useful (%j) is as good as none', (content) => {
  writeFileSync(file(), content);
  expect(readRunning(readFileSync(file(), 'utf8'))).toEqual([]);
  const set = open();
  take(set, { Type: 'vxlan' });
  expect(ids(set)).toEqual(['vxlan vni 1 port 8472 0 wanted']);
});
