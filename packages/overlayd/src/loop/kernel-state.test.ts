import { parseIpv4 } from '@overlay/cidr';
import { diff, FakeKernel, type KernelObject } from '@overlay/dataplane';
import type { JsonObject, LeaseEvent } from '@overlay/lease';
import fc from 'fast-check';
import { addressFact } from '../../test/support/host-view.js';
import { mac, network, nodePlan, peer, rawOf } from '../../test/support/hosts.js';
import { plan } from '../plan/plan.js';
import { KernelState } from './kernel-state.js';
import { LeaseBook } from './lease-book.js';
import type { NodePlan } from './node-plan.js';
import { ownershipOf } from './ownership.js';

/** A host with eth0, a kernel, and the two ways of the loop to bring leases into it. */
class Host {
  readonly kernel = new FakeKernel();
  readonly state = new KernelState();
  readonly book = new LeaseBook(
    (names) => {
      for (const name of names) this.dirty.add(name);
    },
    { nodeId: '', nowMs: () => 0, holdMs: 0, onHeld: () => undefined },
  );
  private readonly dirty = new Set<string>();

  constructor(readonly node: NodePlan) {
    const { tables } = this.kernel;
    const eth0 = { name: 'eth0', kind: '', mtu: 1500, mac: '02:ff:00:00:00:01', alias: '' };
    tables.putLink({ ...eth0, up: true, carrier: true, loopback: false });
    tables.putAddress(addressFact('eth0', '172.31.0.1/24'));
    tables.putAddress(addressFact('eth0', 'fd31::1/64'));
    for (const key of ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding']) tables.sysctls.set(key, '0');
    const { subnets, facts } = node.input;
    const own = {
      subnets,
      publicIp: facts.publicIp,
      ...(facts.publicIpv6 && { publicIpv6: facts.publicIpv6 }),
    };
    this.book.setPolicy({ config: node.input.config, own }, '10.5.1.0-24');
    this.book.snapshot({ leases: [], revision: '100' });
  }

  async full(): Promise<void> {
    const wanted = plan(this.node, this.book.used());
    const actual = await this.kernel.read(ownershipOf(this.node, false), wanted.desired);
    const outcomes = await this.kernel.apply(diff(wanted.desired, actual).changes);
    this.state.replace(wanted, actual.objects, outcomes);
    this.dirty.clear();
  }

  async incremental(): Promise<void> {
    const leases = new Map([...this.dirty].map((name) => [name, this.book.get(name)]));
    this.dirty.clear();
    const { changes, peers } = this.state.incremental(this.node, leases);
    this.state.commit(peers, await this.kernel.apply(changes));
  }

  async objects(): Promise<Record<string, KernelObject>> {
    const wanted = plan(this.node, this.book.used());
    const { objects } = await this.kernel.read(ownershipOf(this.node, false), wanted.desired);
    return Object.fromEntries([...objects].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** What a fresh host with an empty kernel makes of the same leases. */
async function freshHost(like: Host, events: readonly LeaseEvent[]): Promise<Host> {
  const host = new Host(like.node);
  host.book.events(events, '999');
  await host.full();
  return host;
}

/** One step: peer n gets this address and MAC, or goes. Small ranges, so that they collide. */
const step = fc.record({
  n: fc.integer({ min: 2, max: 9 }),
  gone: fc.boolean(),
  ip: fc.integer({ min: 2, max: 9 }),
  near: fc.boolean(),
  mac: fc.integer({ min: 2, max: 9 }),
  type: fc.constantFrom('vxlan', 'vxlan', 'vxlan', 'host-gw'),
  dual: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const BACKENDS: readonly { options: JsonObject; dual: boolean }[] = [
  { options: { Type: 'vxlan' }, dual: false },
  { options: { Type: 'vxlan', DirectRouting: true }, dual: true },
  { options: { Type: 'host-gw' }, dual: true },
];

/** Keeps create revisions as etcd does. */
function toEvents(steps: readonly Step[]): LeaseEvent[] {
  const created = new Map<string, string>();
  return steps.map(({ n, gone, ip, near, mac: number, type, dual }, index) => {
    const modRevision = String(101 + index);
    const lease = peer(
      n,
      {
        publicIp: parseIpv4(near ? `172.31.0.${ip}` : `192.0.2.${ip}`),
        backendType: type,
        ...(type === 'vxlan' ? { backendData: { VNI: 1, VtepMAC: mac(number) } } : {}),
      },
      dual,
    );
    if (gone) {
      created.delete(lease.name);
      return { type: 'delete', name: lease.name, modRevision };
    }
    const createRevision = created.get(lease.name) ?? modRevision;
    created.set(lease.name, createRevision);
    return { type: 'put', lease: rawOf(lease, { createRevision, modRevision }) };
  });
}

const scenario = fc.record({
  steps: fc.array(step, { maxLength: 30 }),
  batch: fc.integer({ min: 1, max: 5 }),
  backend: fc.constantFrom(...BACKENDS),
});

function* batches<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

test('I11 lease events applied one batch at a time lead to exactly what a full pass makes', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ steps, batch, backend }) => {
      const host = new Host(nodePlan(network(backend.options, backend.dual)));
      await host.full();
      const events = toEvents(steps);
      for (const some of batches(events, batch)) {
        host.book.events(some, '999');
        await host.incremental();
      }
      const fresh = await freshHost(host, events);
      expect(await host.objects()).toEqual(await fresh.objects());
      expect(Object.fromEntries(host.state.peers)).toEqual(Object.fromEntries(fresh.state.peers));
      const before = host.kernel.applied.length;
      await host.full();
      expect(host.kernel.applied.slice(before)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('I11 D21 changes that fail on the way leave no trace after a full pass', async () => {
  await fc.assert(
    fc.asyncProperty(
      scenario,
      fc.constantFrom('route', 'fdb', 'neighbour'),
      async ({ steps, batch, backend }, type) => {
        const host = new Host(nodePlan(network(backend.options, backend.dual)));
        await host.full();
        host.kernel.fail({ when: ({ object }) => object.type === type, code: 'ENOMEM' });
        const events = toEvents(steps);
        for (const some of batches(events, batch)) {
          host.book.events(some, '999');
          await host.incremental();
        }
        host.kernel.heal();
        await host.full();
        expect(await host.objects()).toEqual(await (await freshHost(host, events)).objects());
      },
    ),
    { numRuns: 75 },
  );
});

const put = (n: number, number: number, revision: number): LeaseEvent => ({
  type: 'put',
  lease: rawOf(peer(n, { backendData: { VNI: 1, VtepMAC: mac(number) } }), {
    createRevision: String(100 + n),
    modRevision: String(revision),
  }),
});

async function twoPeers(): Promise<Host> {
  const host = new Host(nodePlan(network({ Type: 'vxlan' })));
  host.book.events([put(2, 20, 110), put(3, 30, 111)], '111');
  await host.full();
  return host;
}

const fdb = async (host: Host): Promise<string[]> =>
  Object.keys(await host.objects()).filter((key) => key.startsWith('fdb:'));

test('D11 a MAC that moves from one lease to another in one batch ends on the new one alone', async () => {
  const host = await twoPeers();
  const events = [put(2, 21, 112), put(3, 20, 113)];
  host.book.events(events, '113');
  await host.incremental();
  const objects = await host.objects();
  expect(await fdb(host)).toEqual([`fdb:flannel.1:${mac(20)}`, `fdb:flannel.1:${mac(21)}`]);
  expect(objects[`fdb:flannel.1:${mac(20)}`]).toMatchObject({ destination: parseIpv4('172.31.0.3') });
});

test('D11 a rotated MAC leaves exactly one FDB entry', async () => {
  const host = await twoPeers();
  for (let turn = 0; turn < 10; turn += 1) {
    host.book.events([put(2, 40 + turn, 112 + turn)], '200');
    await host.incremental();
  }
  expect(await fdb(host)).toEqual([`fdb:flannel.1:${mac(30)}`, `fdb:flannel.1:${mac(49)}`]);
});

test('I10 an event that changes nothing that matters makes no change', async () => {
  const host = await twoPeers();
  const before = host.kernel.applied.length;
  host.book.events([put(2, 20, 112)], '112');
  await host.incremental();
  await host.full();
  expect(host.kernel.applied).toHaveLength(before);
});

test('I5 a key that is nobody’s lease changes nothing', async () => {
  const host = await twoPeers();
  const before = await host.objects();
  const junk = ['nonsense', '10.5.2.0-23', '10.9.9.0-24', '127.0.0.0-24'];
  host.book.events(
    junk.map((name, index) => ({
      type: 'put',
      lease: rawOf(peer(9), { name, modRevision: String(200 + index) }),
    })),
    '210',
  );
  await host.incremental();
  expect(await host.objects()).toEqual(before);
});

test('what somebody else removed counts as repaired, what is new does not', async () => {
  const host = await twoPeers();
  const wanted = plan(host.node, host.book.used());
  const route = [...wanted.desired.values()].find(({ type }) => type === 'route')!;
  expect(host.state.repairs([{ op: 'add', object: route }])).toBe(1);
  expect(host.state.repairs([{ op: 'remove', object: route }])).toBe(0);
  const fresh = new Host(host.node);
  expect(fresh.state.repairs([{ op: 'add', object: route }])).toBe(0);
  expect(host.state.size).toBe(wanted.desired.size);
});
