import { parseIpv4 } from '@overlay/cidr';
import { objectKey, type KernelObject } from '@overlay/dataplane';
import type { JsonObject, Lease } from '@overlay/lease';
import fc from 'fast-check';
import { mac, network, nodePlan, peer } from '../../test/support/hosts.js';
import { directPeers, plan, planNode, planPeer } from './plan.js';

const run = (options: JsonObject, leases: readonly Lease[]) => {
  const node = nodePlan(network(options));
  return { node, result: plan(node, leases) };
};

const BACKENDS: readonly JsonObject[] = [
  { Type: 'vxlan' },
  { Type: 'vxlan', DirectRouting: true },
  { Type: 'host-gw' },
  { Type: 'alloc' },
];

const anyLease: fc.Arbitrary<Lease> = fc
  .record({
    n: fc.integer({ min: 2, max: 60 }),
    backendType: fc.constantFrom('vxlan', 'host-gw', 'ipip', ''),
    near: fc.boolean(),
    data: fc.constantFrom<'good' | 'bad' | 'none'>('good', 'bad', 'none'),
  })
  .map(({ n, backendType, near, data }) => {
    const { backendData: _, ...rest } = peer(n).attributes;
    const attributes = {
      ...rest,
      backendType,
      publicIp: parseIpv4(near ? `172.31.0.${n}` : `192.0.2.${n}`),
      ...(data === 'none' ? {} : { backendData: { VtepMAC: data === 'good' ? mac(n) : 'bad' } }),
    };
    return { ...peer(n), attributes };
  });
const anyLeases = fc.uniqueArray(anyLease, { selector: ({ name }) => name, maxLength: 25 });

const asObject = (map: ReadonlyMap<string, KernelObject>): unknown => Object.fromEntries([...map].sort());

const shuffled = anyLeases.chain((leases) =>
  fc.tuple(fc.constant(leases), fc.shuffledSubarray(leases, { minLength: leases.length })),
);

test('the full plan is the node’s part and the sum of the peers’ parts, in any order', () => {
  fc.assert(
    fc.property(shuffled, fc.constantFrom(...BACKENDS), ([leases, others], options) => {
      const { node, result } = run(options, leases);
      const sum = new Map(planNode(node).map((object) => [objectKey(object), object]));
      for (const lease of leases) {
        const one = planPeer(node, lease);
        expect(result.peers.get(lease.name)).toEqual(one);
        if (one.state === 'used') for (const object of one.plan.objects) sum.set(objectKey(object), object);
      }
      expect(asObject(result.desired)).toEqual(asObject(sum));
      expect(asObject(run(options, others).result.desired)).toEqual(asObject(result.desired));
    }),
  );
});

test('I5 a bad peer changes nothing for the others', () => {
  fc.assert(
    fc.property(anyLeases, fc.constantFrom(...BACKENDS), (leases, options) => {
      const { result } = run(options, leases);
      const good = leases.filter(({ name }) => result.peers.get(name)?.state === 'used');
      expect(asObject(run(options, good).result.desired)).toEqual(asObject(result.desired));
    }),
  );
});

test('I5 a peer whose data cannot be used is rejected with the reason', () => {
  const { result } = run({ Type: 'vxlan' }, [peer(2), peer(3, { backendData: { VtepMAC: 'x' } })]);
  expect(result.peers.get('10.5.2.0-24')?.state).toBe('used');
  expect(result.peers.get('10.5.3.0-24')).toEqual({
    state: 'rejected',
    reason: expect.stringContaining('VtepMAC') as string,
  });
});

test('C05 peers of another backend are counted as such and get nothing', () => {
  const { result } = run({ Type: 'vxlan' }, [
    peer(2, { backendType: 'host-gw' }),
    peer(3, { backendType: '' }),
  ]);
  expect(result.peers.get('10.5.2.0-24')).toMatchObject({
    state: 'other-backend',
    reason: expect.stringContaining('host-gw') as string,
  });
  expect(result.peers.get('10.5.3.0-24')).toMatchObject({
    state: 'other-backend',
    reason: expect.stringContaining('receives by udp,') as string,
  });
  expect([...result.desired.values()].filter(({ type }) => type === 'route')).toEqual([]);
});

test('a peer of another type is used by an offer that both have', () => {
  const overlay = {
    nodeId: 'n',
    hostname: 'h',
    version: '1',
    backends: [{ type: 'vxlan', data: { VtepMAC: mac(77) } }],
  };
  const { result } = run({ Type: 'vxlan' }, [peer(2, { backendType: 'host-gw', overlay })]);
  expect(result.peers.get('10.5.2.0-24')?.state).toBe('used');
  expect(result.desired.has(`fdb:flannel.1:${mac(77)}`)).toBe(true);
});

test('forwarding is set when it is ours, for IPv6 in dual stack only, and never with alloc', () => {
  const keys = (options: JsonObject, dualStack: boolean, forwarding: boolean): string[] => {
    const node = nodePlan(network(options, dualStack), { forwarding });
    return planNode(node).flatMap((object) =>
      object.type === 'sysctl' && object.key.includes('forward') ? [object.key] : [],
    );
  };
  expect(keys({ Type: 'vxlan' }, false, true)).toEqual(['net/ipv4/ip_forward']);
  expect(keys({ Type: 'host-gw' }, true, true)).toEqual([
    'net/ipv4/ip_forward',
    'net/ipv6/conf/all/forwarding',
  ]);
  expect(keys({ Type: 'vxlan' }, false, false)).toEqual([]);
  expect(keys({ Type: 'alloc' }, false, true)).toEqual([]);
});

test('--ip-blackhole-route adds a route behind every other, one per family', () => {
  const node = nodePlan(network({ Type: 'host-gw' }, true), { blackhole: true, forwarding: false });
  const objects = planNode(node);
  expect(objects.map(objectKey)).toEqual(['route:10.5.1.0/24:65535', 'route:fc00:5:0:1::/64:65535']);
  expect(objects).toEqual([
    expect.objectContaining({ kind: 'blackhole' }),
    expect.objectContaining({ kind: 'blackhole' }),
  ]);
});

test('I17 where packets are encrypted, those for nobody who is reached end here instead of leaving in clear', () => {
  const blackholes = (options: JsonObject, more: object = {}, dualStack = false): readonly string[] =>
    planNode(nodePlan({ ...network(options, dualStack), ...more }, { blackhole: false, forwarding: false }))
      .filter((object) => object.type === 'route' && object.kind === 'blackhole')
      .map(objectKey);
  const whole = ['route:10.5.0.0/16:65535'];
  expect(blackholes({ Type: 'vxlan' })).toEqual([]);
  for (const encryptTo of ['all', 'untrusted'])
    expect(blackholes({ Type: 'vxlan' }, { encryptTo })).toEqual(whole);
  expect(blackholes({ Type: 'vxlan' }, { encryptTo: 'all' }, true)).toEqual([
    ...whole,
    'route:fc00:5::/48:65535',
  ]);
  expect(blackholes({ Type: 'alloc' }, { encryptTo: 'all' })).toEqual([]);
});

test('only peers in use send without encapsulation', () => {
  const { result } = run({ Type: 'host-gw' }, [
    peer(2, { backendType: 'host-gw' }),
    peer(3, { backendType: 'host-gw', publicIp: parseIpv4('192.0.2.3') }),
    peer(4),
  ]);
  expect(directPeers(result.peers.values())).toEqual([parseIpv4('172.31.0.2')]);
});
