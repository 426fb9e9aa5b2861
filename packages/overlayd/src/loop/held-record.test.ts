import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryLogger } from '../../test/support/memory-logger.js';
import { network, NODE_ID, nodePlan, peer, rawOf } from '../../test/support/hosts.js';
import { HeldRecord, readHeld } from './held-record.js';
import { LeaseBook } from './lease-book.js';
import { Problems } from './problems.js';
import type { HeldLeases } from './removal-hold.js';

const PREFIX = '/atomic.io/network';
const HOLD_MS = 600_000;
const PEERS = [2, 3, 4, 5].map((n) => rawOf(peer(n)));

let stateDir: string;
let nowMs: number;
let timers: Map<() => void, number>;
let problems: Problems;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'overlay-held-'));
  nowMs = 5_000_000;
  timers = new Map();
  problems = new Problems(new MemoryLogger());
});
afterEach(() => rmSync(stateDir, { recursive: true }));

const file = (): string => join(stateDir, 'held-leases.json');
const clock = {
  bootMs: () => nowMs,
  timer: (ms: number, run: () => void) => {
    timers.set(run, nowMs + ms);
    return () => void timers.delete(run);
  },
};
/** Time goes on. */
function later(ms: number): void {
  nowMs += ms;
  for (const [run, due] of [...timers]) {
    if (due > nowMs) continue;
    timers.delete(run);
    run();
  }
}

const PLACE = { bootId: 'boot-1', etcdPrefix: PREFIX };
const record = (boot = 'boot-1', etcdPrefix = PREFIX): HeldRecord =>
  new HeldRecord({ stateDir, etcdPrefix, clock, problems }, boot);
const held = (...numbers: readonly number[]): HeldLeases =>
  new Map(numbers.map((n) => [rawOf(peer(n)).name, { lease: rawOf(peer(n)), sinceMs: nowMs }]));
const names = (leases: HeldLeases): readonly string[] => [...leases.keys()];

test('A19 what is held is on disk at once, for root alone, and the end of it as well', () => {
  const one = record();
  one.save(held(2, 3, 4));
  expect([statSync(file()).mode & 0o777, names(record().read())]).toEqual([0o600, names(held(2, 3, 4))]);
  one.save(new Map());
  expect(existsSync(file())).toBe(false);
});

test('peers that come back one by one cost one write a second, and the last is not forgotten at the end', () => {
  const one = record();
  one.save(held(2, 3, 4, 5));
  const before = readFileSync(file(), 'utf8');
  one.save(held(2, 3, 4));
  one.save(held(2, 3));
  expect([readFileSync(file(), 'utf8'), timers.size]).toEqual([before, 1]);
  later(1000);
  expect(names(record().read())).toEqual(names(held(2, 3)));
  one.save(held(2));
  one.flush();
  expect([names(record().read()), timers.size]).toEqual([names(held(2)), 0]);
});

test('A19 peers that come back less than a second apart are written all the same, a second after the first', () => {
  const one = record();
  one.save(held(2, 3, 4, 5));
  const since = nowMs;
  one.save(held(3, 4, 5));
  later(600);
  one.save(held(4, 5));
  later(600);
  expect(names(readHeld(readFileSync(file(), 'utf8'), PLACE, nowMs))).toEqual(names(held(4, 5)));
  expect(nowMs - since).toBeLessThan(2000);
});

test('A19 what a file of another boot held delays nothing: the first of a hold is on disk at once', () => {
  record('boot-0').save(held(2, 3, 4));
  const one = record();
  expect(one.read().size).toBe(0);
  one.save(held(2, 3, 4, 5));
  expect(names(record().read())).toEqual(names(held(2, 3, 4, 5)));
});

test('F04 a record that cannot be removed is a problem, and is removed once it can be', () => {
  const one = record();
  one.save(held(2, 3, 4));
  // What cannot be removed like a file.
  rmSync(file());
  mkdirSync(file());
  one.save(new Map());
  expect(problems.get('held-file')?.code).toBe('OVL_FILE_WRITE');
  rmdirSync(file());
  writeFileSync(file(), '');
  later(30_000);
  expect([problems.get('held-file'), existsSync(file()), timers.size]).toEqual([undefined, false, 0]);
});

test('A19 F04 what was held before the disk filled up is not held again after the end of the hold', () => {
  const one = record();
  one.save(held(2, 3, 4));
  one.save(held(2, 3));
  mkdirSync(`${file()}.tmp`);
  later(1000);
  expect(problems.get('held-file')?.code).toBe('OVL_FILE_WRITE');
  one.save(new Map());
  expect([existsSync(file()), problems.get('held-file')]).toEqual([false, undefined]);
});

test('at the end of the process nothing waits any more, written or not', () => {
  const one = record();
  mkdirSync(`${file()}.tmp`);
  one.save(held(2, 3, 4));
  expect(timers.size).toBe(1);
  one.flush();
  expect([timers.size, problems.get('held-file')?.code]).toEqual([0, 'OVL_FILE_WRITE']);
});

test('a hold of another boot, of another etcd prefix, of the future, or that cannot be read is none', () => {
  record().save(held(2, 3, 4));
  expect(names(record('boot-2').read())).toEqual([]);
  expect(names(record('boot-1', '/other').read())).toEqual([]);
  nowMs -= 1;
  expect(names(record().read())).toEqual([]);
  for (const text of [
    '',
    '{"version":1',
    'null',
    '[]',
    '{"version":1,"bootId":"","etcdPrefix":"","leases":[]}',
  ])
    expect(readHeld(text, { bootId: '', etcdPrefix: '' }, nowMs).size).toBe(0);
  const place = { bootId: 'b', etcdPrefix: 'p' };
  const odd = {
    version: 1,
    ...place,
    leases: [null, 7, { sinceMs: 1 }, { sinceMs: 'x', lease: rawOf(peer(2)) }],
  };
  expect(readHeld(JSON.stringify(odd), place, nowMs).size).toBe(0);
});

test('what cannot be written is a problem until it can', () => {
  const one = record();
  writeFileSync(join(stateDir, 'in the way'), '');
  const blocked = new HeldRecord(
    { stateDir: join(stateDir, 'in the way'), etcdPrefix: PREFIX, clock, problems },
    'boot-1',
  );
  blocked.save(held(2, 3, 4));
  expect(problems.get('held-file')?.code).toBe('OVL_FILE_WRITE');
  one.save(held(2, 3, 4));
  expect(problems.get('held-file')).toBeUndefined();
});

/** A process of the daemon: its book and its record. */
function life() {
  const one = record();
  const config = network({ Type: 'vxlan' });
  const { subnets, facts } = nodePlan(config).input;
  const codes: (string | undefined)[] = [];
  const book = new LeaseBook(() => undefined, {
    nodeId: NODE_ID,
    nowMs: () => nowMs,
    holdMs: HOLD_MS,
    onHeld: (problem) => void codes.push(problem?.code),
    record: one,
  });
  const judge = (): void =>
    book.setPolicy({ config, own: { subnets, publicIp: facts.publicIp } }, '10.5.1.0-24');
  return { book, codes, judge, used: () => [...book.used()].map(({ name }) => name) };
}

/** The first process saw the wipe two minutes ago. */
function restarted(): ReturnType<typeof life> {
  const first = life();
  first.judge();
  first.book.snapshot({ leases: PEERS, revision: '110' });
  first.book.snapshot({ leases: [], revision: '3' });
  expect(first.used()).toHaveLength(4);
  nowMs += 120_000;
  return life();
}

test.each(['policy', 'list'])(
  'A19 I4 a restart within the hold keeps the peers for the rest of it, with the %s first',
  (first) => {
    const { book, judge, used, codes } = restarted();
    if (first === 'policy') judge();
    book.snapshot({ leases: [], revision: '4' });
    judge();
    expect([used().length, codes]).toEqual([4, ['OVL_LEASES_HELD']]);
    nowMs += HOLD_MS - 120_001;
    book.snapshot({ leases: [], revision: '5' });
    expect(used()).toHaveLength(4);
    nowMs += 1;
    book.snapshot({ leases: [], revision: '6' });
    expect([used(), existsSync(file())]).toEqual([[], false]);
  },
);

test('A19 peers that wrote their leases again while the process was away are held no more', () => {
  const { book, judge, used } = restarted();
  judge();
  const back = { ...PEERS[0]!, createRevision: '4', modRevision: '4' };
  book.snapshot({ leases: [back], revision: '4' });
  expect(used().sort()).toEqual(PEERS.map(({ name }) => name).sort());
  later(1000);
  expect(names(record().read())).toEqual(PEERS.slice(1).map(({ name }) => name));
});

test('A19 the word of an operator ends a hold of the run before, too', () => {
  const { book, judge, used } = restarted();
  judge();
  book.snapshot({ leases: [], revision: '4' });
  book.releaseHold();
  expect([used(), existsSync(file())]).toEqual([[], false]);
});
