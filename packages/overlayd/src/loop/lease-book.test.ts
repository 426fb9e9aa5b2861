import { formatLeaseValue, type LeaseEvent, type RawLease } from '@overlay/lease';
import { parseIpv4 } from '@overlay/cidr';
import { network, NODE_ID, nodePlan, peer, rawOf } from '../../test/support/hosts.js';
import { LeaseBook } from './lease-book.js';

const config = network({ Type: 'vxlan' });
const { subnets, facts } = nodePlan(config).input;
const OWN = '10.5.1.0-24';
const policy = { config, own: { subnets, publicIp: facts.publicIp } };
const own = (): RawLease => rawOf(peer(1));

const HOLD_MS = 600_000;

function create() {
  const changes: string[][] = [];
  const clock = { ms: 0 };
  const problems: (string | undefined)[] = [];
  const book = new LeaseBook((names) => void changes.push([...names]), {
    nodeId: NODE_ID,
    nowMs: () => clock.ms,
    holdMs: HOLD_MS,
    onHeld: (problem) => void problems.push(problem?.code),
  });
  return { book, changes, clock, problems, names: () => [...book.used()].map(({ name }) => name) };
}

const put = (lease: RawLease): LeaseEvent => ({ type: 'put', lease });
const at = (n: number, modRevision: string): RawLease => rawOf(peer(n), { modRevision });

test('F04 A19 a record that cannot be saved keeps nothing from counting: it is saved last', () => {
  const used: number[] = [];
  const record = {
    read: () => new Map(),
    save: () => void used.push([...book.used()].length),
    flush: () => undefined,
  };
  const options = { nodeId: NODE_ID, nowMs: () => 0, holdMs: HOLD_MS, onHeld: () => undefined, record };
  const book = new LeaseBook(() => undefined, options);
  book.setPolicy(policy, OWN);
  const leases = [2, 3, 4, 5].map((n) => at(n, `10${n}`));
  book.snapshot({ leases, revision: '110' });
  book.snapshot({ leases: [], revision: '3' });
  book.events([{ type: 'delete', name: '10.5.2.0-24', modRevision: '112' }], '112');
  book.releaseHold();
  expect(used).toEqual([4, 3, 0]);
});

test('nothing is used before a policy, and a list that came before it counts then', () => {
  const { book, names } = create();
  book.snapshot({ leases: [own(), at(2, '102')], revision: '110' });
  expect([book.complete, names()]).toEqual([true, []]);
  book.setPolicy(policy, OWN);
  expect(names()).toEqual(['10.5.2.0-24']);
});

test('events between the list and the policy count too', () => {
  const { book, names } = create();
  book.snapshot({ leases: [at(2, '102'), at(3, '103')], revision: '110' });
  book.events([put(at(4, '111')), { type: 'delete', name: '10.5.2.0-24', modRevision: '112' }], '112');
  book.setPolicy(policy, OWN);
  expect(names()).toEqual(['10.5.3.0-24', '10.5.4.0-24']);
});

test('the own lease is no peer, and is found all the same', () => {
  const { book, names } = create();
  book.setPolicy(policy, OWN);
  book.snapshot({ leases: [own(), at(2, '102')], revision: '110' });
  expect(names()).toEqual(['10.5.2.0-24']);
  expect(book.get(OWN)).toBeUndefined();
  expect(book.find(parseIpv4('10.5.1.7'))?.name).toBe(OWN);
  expect([...book.all()].map(({ name }) => name)).toEqual([OWN, '10.5.2.0-24']);
  expect(book.raw(OWN)).toEqual(own());
});

test('changed names are told, also for a lease that only loses its place', () => {
  const { book, changes } = create();
  book.setPolicy(policy, OWN);
  book.snapshot({ leases: [at(2, '102')], revision: '110' });
  book.events([put(at(3, '111'))], '111');
  book.events([{ type: 'delete', name: '10.5.2.0-24', modRevision: '112' }], '112');
  expect(changes).toEqual([['10.5.2.0-24'], ['10.5.3.0-24'], ['10.5.2.0-24']]);
  expect(book.highestRevision).toBe('112');
});

test('D10 a list after a gap tells what changed by value, came and went', () => {
  const { book, changes } = create();
  book.setPolicy(policy, OWN);
  book.snapshot({ leases: [at(2, '102'), at(3, '103'), at(4, '104')], revision: '110' });
  changes.length = 0;
  const value = formatLeaseValue({ ...peer(2).attributes, publicIp: parseIpv4('172.31.0.99') });
  const moved = rawOf(peer(2), { value, modRevision: '120' });
  book.snapshot({ leases: [moved, at(3, '103'), at(5, '121')], revision: '125' });
  expect(changes).toEqual([['10.5.2.0-24', '10.5.4.0-24', '10.5.5.0-24']]);
});

test('I10 what changes no lease in use tells nobody: the same list, a rewrite of the same value, the own key', () => {
  const { book, changes } = create();
  book.setPolicy(policy, OWN);
  const snapshot = { leases: [own(), at(2, '102')], revision: '110' };
  book.snapshot({ ...snapshot, leases: snapshot.leases.slice(1) });
  changes.length = 0;
  book.snapshot(snapshot);
  book.snapshot({ ...snapshot, revision: '140' });
  book.events([put(at(2, '150')), { type: 'delete', name: '10.5.99.0-24', modRevision: '151' }], '151');
  book.setPolicy({ config, own: { ...policy.own, publicIp: parseIpv4('172.31.0.1') } }, OWN);
  expect(changes).toEqual([]);
});

test('a bad lease is rejected with a reason and its raw key can be shown', () => {
  const { book, names } = create();
  book.setPolicy(policy, OWN);
  const bad = rawOf(peer(2), { value: '{' });
  book.snapshot({ leases: [bad, at(3, '103')], revision: '110' });
  expect(names()).toEqual(['10.5.3.0-24']);
  expect(book.rejected()).toEqual([expect.objectContaining({ name: '10.5.2.0-24' })]);
  expect(book.raw('10.5.2.0-24')).toEqual(bad);
});

test('another own lease judges every key again', () => {
  const { book, names } = create();
  book.setPolicy(policy, OWN);
  book.snapshot({ leases: [at(2, '102'), at(3, '103')], revision: '110' });
  const next = { subnets: { subnet: peer(3).subnet }, publicIp: parseIpv4('172.31.0.3') };
  book.setPolicy({ config, own: next }, '10.5.3.0-24');
  expect(names()).toEqual(['10.5.2.0-24']);
});

test('B03 a key that another host took becomes a peer as soon as we give it up, and is told', () => {
  const { book, names, changes } = create();
  book.setPolicy(policy, OWN);
  book.snapshot({ leases: [own(), at(2, '102')], revision: '110' });
  const value = formatLeaseValue({ ...peer(1).attributes, publicIp: parseIpv4('172.31.0.77') });
  book.events([put(rawOf(peer(1), { value, modRevision: '120' }))], '120');
  expect(names()).toEqual(['10.5.2.0-24']);
  changes.length = 0;
  book.clearOwn();
  expect(names()).toEqual([OWN, '10.5.2.0-24']);
  expect(changes).toEqual([[OWN]]);
  book.setPolicy(policy, OWN);
  expect(names()).toEqual(['10.5.2.0-24']);
});

test('B03 a key that another host took is told too when we move to another subnet at once', () => {
  const { book, names, changes } = create();
  book.setPolicy(policy, OWN);
  const value = formatLeaseValue({ ...peer(1).attributes, publicIp: parseIpv4('172.31.0.77') });
  book.snapshot({ leases: [rawOf(peer(1), { value }), at(2, '102')], revision: '110' });
  changes.length = 0;
  const moved = { ...policy.own, subnets: { subnet: peer(9).subnet } };
  book.setPolicy({ config, own: moved }, '10.5.9.0-24');
  expect([names(), changes]).toEqual([[OWN, '10.5.2.0-24'], [[OWN]]]);
});

/** A book with peers 2 to 5, and etcd as it is after it was wiped. */
function wiped() {
  const made = create();
  made.book.setPolicy(policy, OWN);
  made.book.snapshot({ leases: [own(), ...[2, 3, 4, 5].map((n) => at(n, '100'))], revision: '110' });
  made.changes.length = 0;
  made.book.snapshot({ leases: [], revision: '1' });
  return made;
}
const FOUR = ['10.5.2.0-24', '10.5.3.0-24', '10.5.4.0-24', '10.5.5.0-24'];

test('A19 I4 a wiped etcd takes no peer away before a second list a hold-down later agrees', () => {
  const { book, names, changes, clock, problems } = wiped();
  expect([names(), changes, problems]).toEqual([FOUR, [], ['OVL_LEASES_HELD']]);
  clock.ms = HOLD_MS - 1;
  book.snapshot({ leases: [], revision: '2' });
  expect([names(), changes]).toEqual([FOUR, []]);
  clock.ms = HOLD_MS;
  expect(names()).toEqual(FOUR);
  book.snapshot({ leases: [], revision: '3' });
  expect([names(), changes]).toEqual([[], [FOUR]]);
  expect(problems).toEqual(['OVL_LEASES_HELD', undefined]);
});

test('A19 peers that register again at lower revisions are peers as before, and their deletion counts at once', () => {
  const { book, names, problems, changes } = wiped();
  book.events([put(at(2, '2')), put(at(3, '3'))], '3');
  book.events([{ type: 'delete', name: '10.5.2.0-24', modRevision: '4' }], '4');
  expect(names()).toEqual(FOUR.slice(1));
  book.events([{ type: 'delete', name: '10.5.4.0-24', modRevision: '5' }, put(at(5, '6'))], '6');
  expect(names()).toEqual(['10.5.3.0-24', '10.5.5.0-24']);
  expect(changes).toEqual([['10.5.2.0-24'], ['10.5.4.0-24']]);
  expect(problems.at(-1)).toBeUndefined();
});

test('A19 new and changed leases of a list that is held are used, and win over a held one', () => {
  const { book, names } = wiped();
  const moved = rawOf(
    { ...peer(6), attributes: { ...peer(2).attributes } },
    { createRevision: '3', modRevision: '3' },
  );
  book.snapshot({ leases: [at(3, '2'), moved, at(7, '4')], revision: '4' });
  expect(names()).toEqual(['10.5.3.0-24', '10.5.4.0-24', '10.5.5.0-24', '10.5.6.0-24', '10.5.7.0-24']);
});

test('A19 an operator’s word ends the hold', () => {
  const { book, names, changes, problems } = wiped();
  book.releaseHold();
  expect([names(), changes, problems]).toEqual([[], [FOUR], ['OVL_LEASES_HELD', undefined]]);
  book.releaseHold();
  expect(changes).toHaveLength(1);
});

test('I4 a list that lacks half of the peers or less, or one of two, is believed at once', () => {
  const { book, names, problems } = create();
  book.setPolicy(policy, OWN);
  book.snapshot({ leases: [2, 3, 4, 5].map((n) => at(n, '100')), revision: '110' });
  book.snapshot({ leases: [at(2, '100'), at(3, '100')], revision: '120' });
  expect(names()).toEqual(['10.5.2.0-24', '10.5.3.0-24']);
  book.snapshot({ leases: [], revision: '130' });
  expect([names(), problems]).toEqual([[], []]);
});

test('C03 a lease that drains is no peer, also after the own subnet was taken', () => {
  const { book, names } = create();
  const draining = { ...policy.own, draining: [{ subnet: peer(2).subnet }] };
  book.setPolicy({ config, own: draining }, OWN);
  book.snapshot({ leases: [own(), at(2, '102'), at(3, '103')], revision: '110' });
  expect(names()).toEqual(['10.5.3.0-24']);
  expect([book.get('10.5.2.0-24'), [...book.all()].length]).toEqual([undefined, 3]);
  book.clearOwn();
  expect(names()).toEqual([OWN, '10.5.3.0-24']);
  book.setPolicy(policy, OWN);
  expect(names()).toEqual(['10.5.2.0-24', '10.5.3.0-24']);
});

test('I6 a lease that this host acquires is no peer’s, also before the host knows that it has it', () => {
  const { book, changes, names } = create();
  book.snapshot({ leases: [own(), at(2, '102')], revision: '110' });
  book.setPolicy(policy, OWN);
  book.clearOwn();
  const overlay = { nodeId: NODE_ID, hostname: 'h1', version: 'test', backends: [] };
  const next = rawOf(peer(9, { overlay }), { modRevision: '111' });
  changes.length = 0;
  book.events([put(next)], '111');
  expect([names(), changes, book.get('10.5.9.0-24')]).toEqual([
    ['10.5.1.0-24', '10.5.2.0-24'],
    [],
    undefined,
  ]);
});
