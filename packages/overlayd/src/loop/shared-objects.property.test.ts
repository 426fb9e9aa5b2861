import { objectKey, type KernelObject } from '@overlay/dataplane';
import { parseLeaseName, type JsonObject, type Lease } from '@overlay/lease';
import { parseIpv4 } from '@overlay/cidr';
import fc from 'fast-check';
import { hostFacts, mac, network, nodePlan } from '../../test/support/hosts.js';
import type { HostFacts } from '../backends/model.js';
import { createBackend } from '../backends/registry.js';
import { leaseAttributes } from '../lease/attributes.js';
import { plan } from '../plan/plan.js';
import { KernelState } from './kernel-state.js';
import type { NodePlan } from './node-plan.js';

const OPTIONS: readonly JsonObject[] = [
  { Type: 'vxlan' },
  { Type: 'vxlan', DirectRouting: true },
  { Type: 'wireguard' },
  { Type: 'ovs' },
  { Type: 'gre' },
];

const factsOf = (host: number): HostFacts =>
  hostFacts({
    nodeId: `node-${host}`,
    address: parseIpv4(`192.0.2.${host}`),
    publicIp: parseIpv4(`192.0.2.${host}`),
    vtepMac: mac(host),
    wireguardKeys: new Map(
      ['wgkey'].map((name) => [
        name,
        { publicKey: Buffer.alloc(32, `${name} of ${host}`).toString('base64'), file: '/nowhere' },
      ]),
    ),
  });

const announce = (options: JsonObject, host: number): Lease['attributes'] =>
  leaseAttributes({
    facts: factsOf(host),
    backends: [createBackend(network(options))],
    dualStack: false,
    version: '1',
    mustRenumber: false,
  });

/** A lease of a host that may have others: all of them share MAC, public address and key. */
function leaseOf(options: JsonObject, n: number, host: number): Lease {
  const name = `10.5.${n}.0-24`;
  const [createRevision, modRevision, etcdLease] = ['1', '1', '7'];
  const attributes = announce(options, host);
  return { ...parseLeaseName(name), name, attributes, createRevision, modRevision, etcdLease };
}

const step = fc.record({
  n: fc.integer({ min: 2, max: 7 }),
  host: fc.integer({ min: 2, max: 4 }),
  gone: fc.boolean(),
});

/** Kernel and loop, where every change succeeds. */
class Bench {
  readonly kernel = new Map<string, KernelObject>();
  readonly state = new KernelState();
  readonly leases = new Map<string, Lease>();

  constructor(readonly node: NodePlan) {
    const wanted = plan(node, []);
    for (const [key, object] of wanted.desired) this.kernel.set(key, object);
    this.state.replace(wanted, this.kernel, []);
  }

  apply(names: ReadonlySet<string>): void {
    const some = new Map([...names].map((name) => [name, this.leases.get(name)]));
    const { changes, peers } = this.state.incremental(this.node, some);
    for (const { op, object } of changes) {
      if (op === 'remove') this.kernel.delete(objectKey(object));
      else this.kernel.set(objectKey(object), object);
    }
    this.state.commit(
      peers,
      changes.map((change) => ({ ok: true, change })),
    );
  }

  /** As the leases come by subnet. */
  wanted(): ReadonlyMap<string, KernelObject> {
    const sorted = [...this.leases.values()].sort((a, b) => (a.subnet.bits < b.subnet.bits ? -1 : 1));
    return plan(this.node, sorted).desired;
  }
}

const plain = (objects: ReadonlyMap<string, KernelObject>): unknown =>
  Object.fromEntries([...objects].sort(([a], [b]) => (a < b ? -1 : 1)));

function bench(options: JsonObject): Bench {
  const node = nodePlan(network(options));
  return new Bench({ ...node, input: { ...node.input, facts: { ...factsOf(1), nodeId: 'node-1' } } });
}

test.each(OPTIONS)(
  'I11 C03 leases that share what they need: one at a time is what a full pass makes, %j',
  (options) => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 20 }), (batches) => {
        const here = bench(options);
        for (const batch of batches) {
          const names = new Set<string>();
          for (const { n, host, gone } of batch) {
            const lease = leaseOf(options, n, host);
            names.add(lease.name);
            if (gone) here.leases.delete(lease.name);
            else here.leases.set(lease.name, lease);
          }
          here.apply(names);
          expect(plain(here.kernel)).toEqual(plain(here.wanted()));
        }
      }),
      { numRuns: 60 },
    );
  },
);

test('C03 a WireGuard peer with two leases keeps the key and the other subnet when one lease goes', () => {
  const options = { Type: 'wireguard' };
  const here = bench(options);
  for (const n of [2, 3]) here.leases.set(`10.5.${n}.0-24`, leaseOf(options, n, 2));
  here.apply(new Set(here.leases.keys()));
  const peers = (): number[] =>
    [...here.kernel.values()].flatMap((object) =>
      object.type === 'wireguard-peer' ? object.allowedIps.length : [],
    );
  expect(peers()).toEqual([2]);
  here.leases.delete('10.5.2.0-24');
  here.apply(new Set(['10.5.2.0-24']));
  expect(peers()).toEqual([1]);
});
