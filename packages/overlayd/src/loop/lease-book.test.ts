import { formatLeaseValue, type LeaseEvent, type RawLease } from '@overlay/lease';
import { parseIpv4 } from '@overlay/cidr';
import { network, nodePlan, peer, rawOf } from '../../test/support/hosts.js';
import { LeaseBook } from './lease-book.js';

const config = network({ Type: 'vxlan' });
const { subnets, facts } = nodePlan(config).input;
const OWN = '10.5.1.0-24';
const policy = { config, own: { subnets, publicIp: facts.publicIp } };
const own = (): RawLease => rawOf(peer(1));

function create() {
  const changes: string[][] = [];
  const book = new LeaseBook((names) => void changes.push([...names]));
  return { book, changes, names: () => [...book.used()].map(({ name }) => name) };
}

const put = (lease: RawLease): LeaseEvent => ({ type: 'put', lease });
const at = (n: number, modRevision: string): RawLease => rawOf(peer(n), { modRevision });

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
