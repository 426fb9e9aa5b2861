import { parseIpv4 } from '@overlay/cidr';
import { formatLeaseValue, parseLeaseName, parseNetworkConfig, type LeaseAttributes } from '@overlay/lease';
import { FakeLeaseStore } from '../../test/support/fake-lease-store.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { acquireLease, type AcquiredAll, type AcquireRequest } from './acquire.js';
import { drains } from './draining.js';

const config = (changes: object = {}) =>
  parseNetworkConfig(JSON.stringify({ Network: '10.5.0.0/16', Backend: { Type: 'host-gw' }, ...changes }));
/** The network is another one, and leases of the old one are honoured. */
const MOVED = config({ Network: '10.6.0.0/16', FormerNetworks: ['10.5.0.0/16'] });

function attributes(changes: Partial<NonNullable<LeaseAttributes['overlay']>> = {}): LeaseAttributes {
  const overlay = { nodeId: 'node-a', hostname: 'h', version: '1', backends: [], ...changes };
  return { publicIp: parseIpv4('172.31.0.1'), backendType: 'host-gw', overlay };
}

const acquire = (store: FakeLeaseStore, changes: Partial<AcquireRequest> = {}): Promise<AcquiredAll> =>
  acquireLease(
    { store, clock: new VirtualClock('auto') },
    { config: config(), ttlSeconds: 60, nodeId: 'node-a', attributes: attributes(), ...changes },
  );

const OLD = '10.5.1.0-24';

async function moved(store: FakeLeaseStore) {
  await acquire(store, { previous: parseLeaseName(OLD) });
  return acquire(store, { config: MOVED, attributes: attributes({ mustRenumber: true }) });
}

test.each([
  [
    'another Network, the old one honoured',
    { Network: '10.6.0.0/16', FormerNetworks: ['10.5.0.0/16'] },
    true,
  ],
  ['another Network, the old one given up', { Network: '10.6.0.0/16' }, false],
  ['another SubnetLen', { SubnetLen: 26 }, true],
  ['another range of subnets', { SubnetMin: '10.5.100.0' }, true],
  ['the same subnets', {}, false],
  ['IPv6 beside the same IPv4 subnet', { EnableIPv6: true, IPv6Network: 'fc00:5::/48' }, false],
])(
  'C03 a lease stays beside its successor exactly where its subnet is honoured: %s',
  (_, changes, expected) => {
    expect(drains(OLD, config(changes))).toBe(expected);
  },
);

test('C03 the new lease stands first, then the old key moves onto its etcd lease: one etcd lease for both', async () => {
  const store = new FakeLeaseStore();
  const next = await moved(store);
  expect(next.draining.map(({ raw }) => raw)).toEqual([store.keys.get(OLD)]);
  expect([...store.keys.values()].map(({ etcdLease }) => etcdLease)).toEqual([
    next.etcdLease,
    next.etcdLease,
  ]);
  expect([...store.leases.keys()]).toEqual([next.etcdLease]);
  expect(store.history.map(({ type }) => type)).toEqual(['put', 'put', 'put']);
});

test('a draining lease does not say that its node must renumber', async () => {
  const store = new FakeLeaseStore();
  const next = await moved(store);
  expect(next.raw.value).toContain('"MustRenumber":true');
  expect(store.keys.get(OLD)?.value).toBe(formatLeaseValue(attributes()));
});

test('C03 a restart while it drains finds both leases in etcd and writes nothing', async () => {
  const store = new FakeLeaseStore();
  const next = await moved(store);
  const request = { config: MOVED, attributes: attributes({ mustRenumber: true }) };
  const writes = store.history.length;
  const again = await acquire(store, request);
  expect([again.raw, again.draining]).toEqual([next.raw, next.draining]);
  expect(store.history).toHaveLength(writes);
});

test('C03 a draining lease goes with the network that is given up', async () => {
  const store = new FakeLeaseStore();
  const next = await moved(store);
  const again = await acquire(store, { config: config({ Network: '10.6.0.0/16' }) });
  expect(again.draining).toEqual([]);
  expect([...store.keys.keys()]).toEqual([next.raw.name]);
});

test('A27 an answer lost while the old key is moved is made good by the next try', async () => {
  const store = new FakeLeaseStore();
  await acquire(store, { previous: parseLeaseName(OLD) });
  store.break('update', 'answer-lost');
  await expect(acquire(store, { config: MOVED })).rejects.toThrow();
  const next = await acquire(store, { config: MOVED });
  expect(next.draining.map(({ lease }) => lease.name)).toEqual([OLD]);
  expect(new Set([...store.keys.values()].map(({ etcdLease }) => etcdLease))).toEqual(
    new Set([next.etcdLease]),
  );
});

test('A22 both leases are written again after an outage that took their etcd lease', async () => {
  const store = new FakeLeaseStore();
  const next = await moved(store);
  store.expire(next.etcdLease);
  const wishes = { previous: next.lease, draining: next.draining.map(({ lease }) => lease) };
  const again = await acquire(store, { config: MOVED, ...wishes });
  expect([...store.keys.keys()].sort()).toEqual([OLD, next.raw.name].sort());
  expect(again.draining.map(({ raw }) => raw.etcdLease)).toEqual([again.etcdLease]);
});

test('I2 a draining subnet that another host has taken meanwhile is not written again', async () => {
  const store = new FakeLeaseStore();
  const next = await moved(store);
  store.expire(next.etcdLease);
  const theirs = { ...attributes({ nodeId: 'node-b' }), publicIp: parseIpv4('172.31.0.2') };
  store.put('10.5.0.0-23', formatLeaseValue(theirs), store.newLease(60));
  const again = await acquire(store, { config: MOVED, draining: [parseLeaseName(OLD)] });
  expect(again.draining).toEqual([]);
  expect(store.keys.has(OLD)).toBe(false);
});

test('B12 a reservation that no longer fits drains too, and stays a reservation', async () => {
  const store = new FakeLeaseStore();
  store.put(OLD, formatLeaseValue(attributes()));
  const next = await acquire(store, { config: MOVED });
  expect(next.draining.map(({ raw }) => [raw.name, raw.etcdLease])).toEqual([[OLD, '0']]);
  expect(next.etcdLease).not.toBe('0');
});

test('a second renumbering keeps both earlier subnets', async () => {
  const store = new FakeLeaseStore();
  const next = await moved(store);
  const third = config({ Network: '10.7.0.0/16', FormerNetworks: ['10.5.0.0/16', '10.6.0.0/16'] });
  const again = await acquire(store, { config: third });
  expect(again.draining.map(({ lease }) => lease.name).sort()).toEqual([OLD, next.raw.name].sort());
  expect(store.leases.size).toBe(1);
});

test('C03 another TTL while it drains moves both keys before their etcd lease is given back', async () => {
  const store = new FakeLeaseStore();
  const next = await moved(store);
  const again = await acquire(store, { config: MOVED, ttlSeconds: 90 });
  expect([...store.keys.keys()].sort()).toEqual([OLD, next.raw.name].sort());
  expect([...store.leases]).toEqual([[again.etcdLease, 90]]);
});

test('B12 C03 what is given back beside a reservation takes no draining lease with it, though they share an etcd lease', async () => {
  const store = new FakeLeaseStore();
  const second = await moved(store);
  const { overlay: _, ...reserved } = attributes();
  store.put('10.7.1.0-24', formatLeaseValue(reserved));
  const third = config({ Network: '10.7.0.0/16', FormerNetworks: ['10.6.0.0/16'] });
  const acquired = await acquire(store, { config: third });
  expect([acquired.etcdLease, acquired.raw.name]).toEqual(['0', '10.7.1.0-24']);
  expect([...store.keys.keys()].sort()).toEqual([second.raw.name, '10.7.1.0-24'].sort());
  expect([...store.leases.keys()]).toEqual([second.etcdLease]);
  expect(acquired.draining.map(({ raw }) => raw.name)).toEqual([second.raw.name]);
});
