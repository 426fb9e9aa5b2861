import { formatPrefix, parseIpv4 } from '@overlay/cidr';
import {
  formatLeaseValue,
  parseLeaseName,
  parseNetworkConfig,
  type LeaseAttributes,
  type NetworkConfig,
} from '@overlay/lease';
import { FakeLeaseStore } from '../../test/support/fake-lease-store.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { acquireLease, type Acquired, type AcquireRequest } from './acquire.js';

const config = (changes: object = {}): NetworkConfig =>
  parseNetworkConfig(JSON.stringify({ Network: '10.5.0.0/16', Backend: { Type: 'host-gw' }, ...changes }));

function attributes(publicIp: string, nodeId?: string): LeaseAttributes {
  const overlay = { nodeId: nodeId ?? '', hostname: 'h', version: '1', backends: [{ type: 'host-gw' }] };
  return {
    publicIp: parseIpv4(publicIp),
    backendType: 'host-gw',
    ...(nodeId === undefined ? {} : { overlay }),
  };
}

const request = (changes: Partial<AcquireRequest> = {}): AcquireRequest => ({
  config: config(),
  ttlSeconds: 60,
  nodeId: 'node-a',
  attributes: attributes('172.31.0.1', 'node-a'),
  ...changes,
});

/** A node of its own: number `n` with its address. */
const nodeRequest = (n: number, changes: Partial<AcquireRequest> = {}): AcquireRequest =>
  request({ nodeId: `node-${n}`, attributes: attributes(`172.31.1.${n}`, `node-${n}`), ...changes });

const acquire = (store: FakeLeaseStore, changes: Partial<AcquireRequest> = {}): Promise<Acquired> =>
  acquireLease({ store, clock: new VirtualClock('auto') }, request(changes));

/** etcd leases that no key hangs on. */
const orphans = (store: FakeLeaseStore): string[] =>
  [...store.leases.keys()].filter(
    (id) => ![...store.keys.values()].some(({ etcdLease }) => etcdLease === id),
  );

const code = (name: string): unknown => expect.objectContaining({ code: name });

test('B10 a first lease is one key on one etcd lease of the wanted TTL', async () => {
  const store = new FakeLeaseStore();
  const acquired = await acquire(store);
  expect([...store.keys.values()]).toEqual([acquired.raw]);
  expect([...store.leases]).toEqual([[acquired.etcdLease, 60]]);
  expect(acquired).toMatchObject({ ttlSeconds: 60, lease: { name: acquired.raw.name } });
  expect(acquired.raw.value).toBe(formatLeaseValue(request().attributes));
});

test('I1 the deadline counts from before the etcd lease was granted or renewed', async () => {
  const store = new FakeLeaseStore();
  const clock = new VirtualClock('auto');
  const [grant, keepAlive] = [store.grant.bind(store), store.keepAlive.bind(store)];
  store.grant = async (ttlSeconds) => {
    await clock.sleep(3000);
    return grant(ttlSeconds);
  };
  store.keepAlive = async (id) => {
    await clock.sleep(2000);
    return keepAlive(id);
  };
  const first = await acquireLease({ store, clock }, request());
  expect(first.deadlineMs - clock.bootMs()).toBe(54_000);
  const again = await acquireLease({ store, clock }, request());
  expect(again.deadlineMs - clock.bootMs()).toBe(55_000);
});

test('B08 the subnet of the last run is taken when it is free: a wish only', async () => {
  const store = new FakeLeaseStore();
  const previous = parseLeaseName('10.5.77.0-24');
  const first = await acquire(store, { previous });
  expect(first.raw.name).toBe('10.5.77.0-24');
  const second = await acquireLease({ store, clock: new VirtualClock('auto') }, nodeRequest(2, { previous }));
  expect(second.raw.name).not.toBe('10.5.77.0-24');
});

test('B14 a restart finds its lease by the public address: same etcd lease, no write at all', async () => {
  const store = new FakeLeaseStore();
  const first = await acquire(store);
  const writes = store.history.length;
  for (let restart = 0; restart < 20; restart += 1) {
    const again = await acquire(store);
    expect(again).toMatchObject({ raw: first.raw, etcdLease: first.etcdLease });
  }
  expect(store.history).toHaveLength(writes);
  expect(store.leases.size).toBe(1);
});

test('changed attributes are written in place, on the same etcd lease', async () => {
  const store = new FakeLeaseStore();
  const first = await acquire(store);
  const changed = { ...attributes('172.31.0.1', 'node-a'), backendType: 'vxlan', backendData: { VNI: 1 } };
  const again = await acquire(store, { attributes: changed });
  expect(again.raw).toMatchObject({ name: first.raw.name, etcdLease: first.etcdLease });
  expect(again.raw.modRevision).not.toBe(first.raw.modRevision);
});

test('a lease that flanneld wrote is taken over in place: same subnet, its etcd lease kept when the TTL is ours', async () => {
  const store = new FakeLeaseStore();
  const flannels = store.newLease(60);
  const value = formatLeaseValue(attributes('172.31.0.1'));
  store.put('10.5.34.0-24', value, flannels);
  const acquired = await acquire(store);
  expect(acquired).toMatchObject({ etcdLease: flannels, raw: { name: '10.5.34.0-24' } });
  expect(store.keys.get('10.5.34.0-24')?.value).toContain('"NodeID":"node-a"');
});

test('B10 another TTL is granted anew, and the old etcd lease goes after the key moved off it', async () => {
  const store = new FakeLeaseStore();
  const old = store.newLease(86_400);
  store.put('10.5.34.0-24', formatLeaseValue(attributes('172.31.0.1', 'node-a')), old);
  const acquired = await acquire(store);
  expect(acquired.ttlSeconds).toBe(60);
  expect([...store.leases]).toEqual([[acquired.etcdLease, 60]]);
  expect(store.history.filter(({ type }) => type === 'delete')).toEqual([]);
});

test('B12 a reservation is kept without an etcd lease', async () => {
  const store = new FakeLeaseStore();
  store.put('10.5.34.0-24', formatLeaseValue(attributes('172.31.0.1')));
  const acquired = await acquire(store);
  expect(acquired).toMatchObject({ etcdLease: '0', deadlineMs: Infinity, raw: { etcdLease: '0' } });
  expect(store.leases.size).toBe(0);
});

test('B01 50 hosts that race for 50 subnets all win a different one and leave no orphan', async () => {
  const store = new FakeLeaseStore();
  const small = config({ SubnetMin: '10.5.1.0', SubnetMax: '10.5.50.0' });
  const clock = new VirtualClock('auto');
  const racer = async (n: number): Promise<Acquired> => {
    for (;;) {
      try {
        return await acquireLease({ store, clock }, nodeRequest(n, { config: small }));
      } catch (error) {
        expect(error).toEqual(code('OVL_LEASE_RACE'));
      }
    }
  };
  const won = await Promise.all(Array.from({ length: 50 }, (_, index) => racer(index + 1)));
  expect(new Set(won.map(({ lease }) => formatPrefix(lease.subnet))).size).toBe(50);
  expect(orphans(store)).toEqual([]);
  expect(store.leases.size).toBe(50);
});

test('B09 no free subnet is OVL_SUBNETS_EXHAUSTED and leaves nothing in etcd', async () => {
  const store = new FakeLeaseStore();
  const small = config({ SubnetMin: '10.5.1.0', SubnetMax: '10.5.1.0' });
  await acquireLease({ store, clock: new VirtualClock('auto') }, nodeRequest(9, { config: small }));
  await expect(acquire(store, { config: small })).rejects.toEqual(code('OVL_SUBNETS_EXHAUSTED'));
  expect(store.leases.size).toBe(1);
});

test('B06 a public address that another node holds is OVL_PUBLIC_IP_CONFLICT, and nothing is written', async () => {
  const store = new FakeLeaseStore();
  store.put('10.5.9.0-24', formatLeaseValue(attributes('172.31.0.1', 'node-b')), store.newLease(60));
  const writes = store.history.length;
  await expect(acquire(store)).rejects.toEqual(code('OVL_PUBLIC_IP_CONFLICT'));
  expect(store.history).toHaveLength(writes);
  expect(store.leases.size).toBe(1);
});

/** A network that nobody honours the old lease in. */
const MOVED = { config: config({ Network: '10.6.0.0/16' }) };

test('C03 a lease that no longer fits is replaced: the new one is there before the old one goes', async () => {
  const store = new FakeLeaseStore();
  const old = await acquire(store, { previous: parseLeaseName('10.5.1.0-24') });
  const next = await acquire(store, MOVED);
  const steps = store.history.map((event) => [
    event.type,
    event.type === 'put' ? event.lease.name : event.name,
  ]);
  expect(steps).toEqual([
    ['put', old.raw.name],
    ['put', next.raw.name],
    ['delete', old.raw.name],
  ]);
  expect([...store.leases.keys()]).toEqual([next.etcdLease]);
});

test('C03 a replaced lease whose removal failed is removed by the next try', async () => {
  const store = new FakeLeaseStore();
  await acquire(store, { previous: parseLeaseName('10.5.1.0-24') });
  store.break('remove', 'unreachable');
  await acquire(store, MOVED).catch(() => undefined);
  const next = await acquire(store, MOVED);
  expect([...store.keys.keys()]).toEqual([next.raw.name]);
  expect([...store.leases.keys()]).toEqual([next.etcdLease]);
});

test('I2 other keys stay: a reservation, another node’s, a Flannel host’s', async () => {
  const store = new FakeLeaseStore();
  const acquired = await acquire(store);
  store.put('10.5.200.0-24', formatLeaseValue(attributes('172.31.0.1')));
  store.put('10.5.201.0-24', formatLeaseValue(attributes('172.31.1.9', 'node-9')), store.newLease(60));
  store.put('10.5.202.0-24', formatLeaseValue(attributes('172.31.0.1')), store.newLease(60));
  await acquire(store);
  expect([...store.keys.keys()]).toEqual([
    acquired.raw.name,
    '10.5.200.0-24',
    '10.5.201.0-24',
    '10.5.202.0-24',
  ]);
});

test('B14 an etcd lease that was granted in vain is revoked', async () => {
  const store = new FakeLeaseStore();
  store.break('create', 'refused');
  await expect(acquire(store)).rejects.toEqual(code('OVL_ETCD_PERMISSION'));
  expect(store.count('grant')).toBe(1);
  expect(store.leases.size).toBe(0);
});

test('A27 a create whose answer was lost is found again: no second key, no orphan', async () => {
  const store = new FakeLeaseStore();
  store.break('create', 'answer-lost');
  const acquired = await acquire(store).catch(() => acquire(store));
  expect([...store.keys.keys()]).toEqual([acquired.raw.name]);
  expect(orphans(store)).toEqual([]);
});

test('I1 a create that may still arrive keeps its etcd lease: a revocation could come after it', async () => {
  const store = new FakeLeaseStore();
  store.break('create', 'unreachable');
  await expect(acquire(store)).rejects.toEqual(code('OVL_ETCD_UNREACHABLE'));
  expect([store.count('revoke'), store.leases.size]).toEqual([0, 1]);
});

test('I1 A21 a listed key that goes before its etcd lease is renewed is not taken up', async () => {
  const store = new FakeLeaseStore();
  const { raw } = await acquire(store);
  const keepAlive = store.keepAlive.bind(store);
  store.keepAlive = (id) => {
    store.keys.delete(raw.name);
    return keepAlive(id);
  };
  const again = await acquire(store);
  expect(store.keys.get(again.raw.name)).toEqual(again.raw);
});

test('A27 a takeover whose answer was lost does not delete the key that peers use', async () => {
  const store = new FakeLeaseStore();
  store.put('10.5.34.0-24', formatLeaseValue(attributes('172.31.0.1')), store.newLease(86_400));
  store.break('update', 'answer-lost');
  const acquired = await acquire(store).catch(() => acquire(store));
  expect(acquired.raw.name).toBe('10.5.34.0-24');
  expect(store.history.filter(({ type }) => type === 'delete')).toEqual([]);
  expect(orphans(store)).toEqual([]);
});

test('B14 an etcd lease granted for a race that was lost to our own earlier write is given back', async () => {
  const store = new FakeLeaseStore();
  const create = store.create.bind(store);
  store.create = (subnets, value, options) => {
    store.create = create;
    store.put('10.5.34.0-24', formatLeaseValue(attributes('172.31.0.1', 'node-a')), store.newLease(60));
    return create(subnets, value, options);
  };
  const acquired = await acquire(store);
  expect(acquired.raw.name).toBe('10.5.34.0-24');
  expect(orphans(store)).toEqual([]);
});

test('the key expires between the list and the takeover: the subnet is taken anew', async () => {
  const store = new FakeLeaseStore();
  const id = store.newLease(60);
  store.put('10.5.34.0-24', formatLeaseValue(attributes('172.31.0.1', 'node-a')), id);
  const keepAlive = store.keepAlive.bind(store);
  store.keepAlive = (etcdLease) => {
    store.expire(id);
    return keepAlive(etcdLease);
  };
  const acquired = await acquire(store, { previous: parseLeaseName('10.5.34.0-24') });
  expect(acquired.raw.name).toBe('10.5.34.0-24');
  expect([...store.leases.keys()]).toEqual([acquired.etcdLease]);
});

test('an unreachable etcd is the error of the call, and grants nothing', async () => {
  const store = new FakeLeaseStore();
  store.break('list', 'unreachable');
  await expect(acquire(store)).rejects.toEqual(code('OVL_ETCD_UNREACHABLE'));
  expect(store.leases.size).toBe(0);
});

test('B11 after a reboot with another public address the previous subnet, written by this node, is kept', async () => {
  const store = new FakeLeaseStore();
  const first = await acquire(store);
  const again = await acquire(store, {
    attributes: attributes('172.31.0.99', 'node-a'),
    previous: parseLeaseName(first.raw.name),
  });
  expect(again.raw).toMatchObject({ name: first.raw.name, etcdLease: first.etcdLease });
  expect([...store.keys.values()].map(({ value }) => value)).toEqual([
    expect.stringContaining('"PublicIP":"172.31.0.99"'),
  ]);
});

test('B01 races that are lost are run again with a fresh list: the caller hears of none, and nothing is left behind', async () => {
  const store = new FakeLeaseStore();
  const create = store.create.bind(store);
  store.create = (subnets, value, options) => {
    const rival = store.keys.size + 1;
    const theirs = formatLeaseValue(attributes(`172.31.1.${rival}`, `node-${rival}`));
    if (rival <= 5) store.put(`10.5.${200 + rival}.0-24`, theirs, store.newLease(60));
    return create(subnets, value, options);
  };
  const acquired = await acquire(store);
  expect(store.count('create')).toBe(6);
  expect(store.keys.get(acquired.raw.name)).toEqual(acquired.raw);
  expect([orphans(store), store.leases.size]).toEqual([[], 6]);
});
