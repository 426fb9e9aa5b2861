import type { JsonObject, Lease } from '@overlay/lease';
import fc from 'fast-check';
import { hostFacts, mac, network, nodePlan, peer } from '../../test/support/hosts.js';
import type { HostFacts } from '../backends/model.js';
import { leaseAttributes } from '../lease/attributes.js';
import { planPeer, type PlanBase } from './plan.js';
import { announced, nextRunning, type Running } from './running.js';

const LINGER_MS = 10_000;
/** News travel much faster than a backend lingers: that is what lingering is for. */
const NEWS_MS = LINGER_MS / 2;

const keyOf = (n: number, name: string) => ({
  publicKey: Buffer.alloc(32, `${name} of ${n}`).toString('base64'),
  file: '/nowhere',
});

function factsOf(n: number): HostFacts {
  const { publicIp } = peer(n).attributes;
  return hostFacts({
    nodeId: `node-${n}`,
    address: publicIp,
    publicIp,
    vtepMac: mac(n),
    wireguardKeys: new Map(['wgkey', 'wgkey-1', 'wgkey-2'].map((name) => [name, keyOf(n, name)])),
  });
}

/** One host of a cluster, in virtual time: it hears of config and leases when the test says so. */
class Host {
  running: readonly Running[] = [];
  lease: Lease;
  config: JsonObject;
  readonly seen = new Map<number, Lease>();
  stale = new Map<number, number>();

  constructor(
    readonly n: number,
    config: JsonObject,
  ) {
    this.config = config;
    this.lease = peer(n, { backendType: 'none' });
  }

  step(nowMs: number): void {
    const { running } = nextRunning(this.running, {
      network: network(this.config),
      leases: this.seen.values(),
      nowMs,
      lingerMs: LINGER_MS,
      refuse: () => undefined,
    });
    this.running = running;
  }

  announce(nowMs: number): void {
    const attributes = leaseAttributes({
      facts: factsOf(this.n),
      backends: announced(this.running, nowMs, LINGER_MS),
      dualStack: false,
      version: 'test',
      mustRenumber: false,
    });
    this.lease = { ...this.lease, attributes };
  }

  base(): PlanBase {
    const plan = nodePlan(network(this.config));
    return {
      ...plan,
      input: { ...plan.input, facts: factsOf(this.n) },
      backends: this.running.map(({ backend }) => backend),
    };
  }
}

class Cluster {
  nowMs = 0;
  readonly hosts: readonly Host[];

  constructor(size: number, config: JsonObject) {
    this.hosts = Array.from({ length: size }, (_, index) => new Host(index + 1, config));
    for (const host of this.hosts) this.refresh(host);
    this.meet();
  }

  refresh(host: Host): void {
    host.step(this.nowMs);
    host.announce(this.nowMs);
  }

  /** Everybody hears of everybody. */
  meet(): void {
    for (const host of this.hosts) for (const other of this.hosts) this.tell(host, other);
  }

  tell(host: Host, other: Host): void {
    if (host === other) return;
    host.seen.set(other.n, other.lease);
    host.stale.set(other.n, this.nowMs);
  }

  /** Nobody's news are older than news may be. */
  catchUp(): void {
    for (const host of this.hosts)
      for (const other of this.hosts)
        if (this.nowMs - (host.stale.get(other.n) ?? 0) >= NEWS_MS / 2) this.tell(host, other);
  }

  /** Packets that one host would send another now, and whether that one takes them. */
  broken(): readonly string[] {
    return this.hosts.flatMap((host) =>
      this.hosts.flatMap((other) => {
        const lease = host.seen.get(other.n);
        if (host === other || lease === undefined) return [];
        const result = planPeer(host.base(), lease);
        if (result.state !== 'used') return [`${host.n}->${other.n}: ${result.reason}`];
        const takes = other.running.some(({ backend }) => backend.id === result.way);
        return takes ? [] : [`${host.n}->${other.n}: sends by ${result.way}`];
      }),
    );
  }

  /** Which backends run where, when all has settled. */
  settle(): readonly (readonly string[])[] {
    for (let round = 0; round < 8; round += 1) {
      this.nowMs += LINGER_MS / 2;
      this.meet();
      for (const host of this.hosts) this.refresh(host);
      this.meet();
    }
    return this.hosts.map(({ running }) => running.map(({ backend }) => backend.id));
  }
}

const CONFIGS: readonly JsonObject[] = [
  { Type: 'host-gw' },
  { Type: 'vxlan' },
  { Type: 'vxlan', VNI: 2 },
  { Type: 'vxlan', Port: 4789 },
  { Type: 'vxlan', DirectRouting: true },
  { Type: 'gre' },
  { Type: 'gre', Key: 7 },
  { Type: 'ipip' },
  { Type: 'udp' },
  { Type: 'udp', Port: 9000 },
  { Type: 'wireguard' },
  { Type: 'wireguard', KeyGeneration: 1 },
];

type Action =
  | { readonly type: 'config'; readonly host: number }
  | { readonly type: 'step'; readonly host: number }
  | { readonly type: 'tell'; readonly host: number; readonly other: number }
  | { readonly type: 'wait'; readonly ms: number };

const host = fc.nat(2);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ type: fc.constant('config' as const), host }),
  fc.record({ type: fc.constant('step' as const), host }),
  fc.record({ type: fc.constant('tell' as const), host, other: host }),
  fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 100, max: NEWS_MS / 2 }) }),
);

function act(cluster: Cluster, target: JsonObject, one: Action): void {
  const at = (n: number): Host => cluster.hosts[n]!;
  if (one.type === 'config') at(one.host).config = target;
  else if (one.type === 'step') cluster.refresh(at(one.host));
  else if (one.type === 'tell') cluster.tell(at(one.host), at(one.other));
  else cluster.nowMs += one.ms;
  cluster.catchUp();
}

test('C05 whatever order hosts hear of a new backend in, every packet sent is one that its receiver takes', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CONFIGS),
      fc.constantFrom(...CONFIGS),
      fc.array(action, { maxLength: 60 }),
      (before, target, actions) => {
        const cluster = new Cluster(3, before);
        expect(cluster.broken()).toEqual([]);
        for (const one of actions) {
          act(cluster, target, one);
          expect(cluster.broken()).toEqual([]);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('C05 when all hosts have heard of it, only the new backend runs', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CONFIGS), fc.constantFrom(...CONFIGS), (before, target) => {
      const cluster = new Cluster(3, before);
      for (const one of cluster.hosts) one.config = target;
      const [first, ...others] = cluster.settle();
      expect(first).toHaveLength(1);
      for (const other of others) expect(other).toEqual(first);
      expect(cluster.broken()).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('C05 a host that was away meanwhile is reached by the old backend, and moves when it is back', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CONFIGS), fc.constantFrom(...CONFIGS), (before, target) => {
      const cluster = new Cluster(3, before);
      const away = cluster.hosts[2]!;
      for (const one of cluster.hosts.slice(0, 2)) one.config = target;
      for (let round = 0; round < 6; round += 1) {
        cluster.nowMs += LINGER_MS;
        for (const one of cluster.hosts.slice(0, 2)) cluster.refresh(one);
        cluster.tell(cluster.hosts[0]!, cluster.hosts[1]!);
        cluster.tell(cluster.hosts[1]!, cluster.hosts[0]!);
        expect(cluster.broken()).toEqual([]);
      }
      away.config = target;
      const running = cluster.settle();
      expect(new Set(running.map((ids) => ids.join())).size).toBe(1);
      expect(running[0]).toHaveLength(1);
    }),
    { numRuns: 100 },
  );
});

test('hosts that each prefer another backend reach each other', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...CONFIGS), { minLength: 3, maxLength: 3 }), (wishes) => {
      const cluster = new Cluster(3, { Type: 'vxlan' });
      wishes.forEach((wish, index) => (cluster.hosts[index]!.config = wish));
      cluster.settle();
      expect(cluster.broken()).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
