import { comparePrefix, OverlayError } from '@overlay/cidr';
import {
  byKey,
  FakeKernel,
  joinKernel,
  objectKey,
  type Change,
  type KernelObject,
  type KernelPart,
} from '@overlay/dataplane';
import type { JsonObject } from '@overlay/lease';
import fc from 'fast-check';
import {
  addressText,
  announced,
  CASES,
  EVERY,
  factsOf,
  inputOf,
  make,
  PSK,
  registeredTypes,
  type BackendCase,
} from '../../test/support/backend-cases.js';
import type { Backend, HostFacts } from './model.js';

const RUNS = { numRuns: 25 };

/** Hosts as a cluster may have them: near or behind a router, each with or without IPv6. */
const CLUSTER = fc.record({
  dual: fc.boolean(),
  peers: fc.uniqueArray(
    fc.record({ n: fc.integer({ min: 2, max: 99 }), remote: fc.boolean(), dual: fc.boolean() }),
    { maxLength: 5, selector: ({ n }) => n },
  ),
});
type Cluster = typeof CLUSTER extends fc.Arbitrary<infer T> ? T : never;

/** What host 1 would program in a cluster of this configuration. */
function planned(kase: BackendCase, options: JsonObject, cluster: Cluster): readonly KernelObject[] {
  const backend = make(kase, options);
  const input = inputOf(1, cluster.dual);
  const peers = cluster.peers.map(({ n, remote, dual }) => {
    const facts = factsOf(n, remote && kase.nearOnly === undefined);
    return backend.planPeer(input, announced(backend, n, dual, facts)).objects;
  });
  return [...backend.planNode(input), ...peers.flat()];
}

const everyFamily = (backend: Backend, dual: boolean): readonly KernelObject[] => [
  ...backend.planNode(inputOf(1, dual)),
  ...backend.planPeer(inputOf(1, dual), announced(backend, 9, dual)).objects,
];

/** Takes all that is not rtnetlink's, as the parts of the real data plane would. */
const TAKES_ALL: KernelPart = {
  claims: () => true,
  read: async () => ({ objects: new Map(), foreign: new Map() }),
  apply: async (changes) => changes.map((change) => ({ change, ok: true })),
};

async function refusals(backend: Backend, objects: readonly KernelObject[]): Promise<readonly string[]> {
  const kernel = joinKernel(new FakeKernel(), [TAKES_ALL]);
  const { config, alias } = inputOf(1, true);
  const networks = [config.ipv4!.network, config.ipv6!.network];
  await kernel.read({ alias, links: backend.links, networks, adopt: false }, new Map());
  const changes = objects.map((object): Change => ({ op: 'add', object }));
  return (await kernel.apply(changes)).flatMap((outcome) => (outcome.ok ? [] : [outcome.message]));
}

/** Name of the device an object is on, where it has one. */
function deviceOf(object: KernelObject): string | undefined {
  if (object.type === 'link') return object.name;
  if (object.type === 'sysctl') return /^net\/ipv[46]\/conf\/(.+)\/\w+$/.exec(object.key)?.[1];
  if (object.type === 'ovs-port') return object.bridge;
  return 'link' in object ? object.link : undefined;
}

/** What the kernel allows only one of, beside names: tunnels by what they are tied to, UDP ports. */
function kernelIdentities(object: KernelObject): readonly string[] {
  if (object.type === 'fou') return [`udp ${object.port}`];
  if (object.type !== 'link') return [];
  switch (object.kind) {
    case 'vxlan':
      return [`vxlan ${object.vni} ${object.port} ${object.local.family}`];
    case 'wireguard':
      return [`udp ${object.listenPort}`];
    case 'udp-proxy':
      return [`udp ${object.port}`];
    case 'gre':
    case 'ipip':
    case 'sit': {
      const { kind, local, underlay, key } = object;
      return [`${kind} ${addressText(local)} ${underlay ?? 'any'} ${key ?? 'none'}`];
    }
    default:
      return [];
  }
}

const namesOf = (objects: readonly KernelObject[]): readonly string[] =>
  objects.flatMap((object) => (object.type === 'link' ? [object.name] : []));
const clashes = (a: readonly KernelObject[], b: readonly KernelObject[]): readonly string[] => {
  const taken = new Set([...namesOf(a), ...a.flatMap(kernelIdentities)]);
  return [...namesOf(b), ...b.flatMap(kernelIdentities)].filter((identity) => taken.has(identity));
};

/** A key makes a GRE header 4 bytes longer; that of ovs always has one. */
function overheadOf(
  { type, overhead = { 4: 0, 6: 0 } }: BackendCase,
  options: JsonObject,
): Record<4 | 6, number> {
  const key = type === 'gre' && options['Key'] !== undefined ? 4 : 0;
  return { 4: overhead[4] + key, 6: overhead[6] + key };
}

const underlay = (mtu: number): HostFacts => ({ ...factsOf(1), iface: { name: 'eth0', mtu } });

test('every backend of the registry is under this contract', () => {
  expect([...new Set(CASES.map(({ type }) => type))].toSorted()).toEqual(registeredTypes().toSorted());
});

describe.each(EVERY)('%s', (_title, kase, options) => {
  test('the same hosts give the same plan, each object once', () => {
    fc.assert(
      fc.property(CLUSTER, (cluster) => {
        const objects = planned(kase, options, cluster);
        expect(planned(kase, options, cluster)).toEqual(objects);
        expect([...byKey(objects).keys()]).toEqual(objects.map(objectKey));
        for (const object of objects)
          if (object.type === 'wireguard-peer')
            expect(object.allowedIps.toSorted(comparePrefix)).toEqual(object.allowedIps);
      }),
      RUNS,
    );
  });

  test('I6 every object is on a device of its own, a route of a named direct peer, or a UDP port', () => {
    fc.assert(
      fc.property(CLUSTER, (cluster) => {
        const backend = make(kase, options);
        for (const object of planned(kase, options, cluster)) {
          if (object.type === 'fou' || object.type === 'hook') continue;
          const direct = backend.direct && object.type === 'route' && object.link === 'eth0';
          if (!direct) expect(backend.links).toContain(deviceOf(object));
        }
      }),
      RUNS,
    );
  });

  test('I6 the last check before a write passes everything', async () => {
    await fc.assert(
      fc.asyncProperty(CLUSTER, async (cluster) => {
        expect(await refusals(make(kase, options), planned(kase, options, cluster))).toEqual([]);
      }),
      RUNS,
    );
  });

  test('both slots have devices, ports and kernel identities of their own', () => {
    const first = make(kase, options, 0);
    expect(first.links.filter((name) => name.length > 15)).toEqual([]);
    if (kase.other === undefined) return;
    const second = make(kase, kase.other, 1);
    expect(second.links.filter((name) => name.length > 15 || first.links.includes(name))).toEqual([]);
    expect(clashes(everyFamily(first, true), everyFamily(second, true))).toEqual([]);
  });

  test('dual stack adds IPv6 to the same IPv4, and only there', () => {
    const backend = make(kase, options);
    const [single, dual] = [everyFamily(backend, false), everyFamily(backend, true)];
    const routes = (objects: readonly KernelObject[], family: 4 | 6): readonly KernelObject[] =>
      objects.filter((object) => object.type === 'route' && object.destination.family === family);
    expect(routes(dual, 4)).toEqual(routes(single, 4));
    expect(routes(single, 6)).toEqual([]);
    expect(routes(dual, 6)).toHaveLength(kase.empty === true ? 0 : 1);
  });

  test('C17 a host with one family and a host with two reach each other by IPv4', () => {
    const backend = make(kase, options);
    for (const [own, peer] of [
      [true, false],
      [false, true],
    ] as const) {
      const { objects } = backend.planPeer(inputOf(1, own), announced(backend, 9, peer));
      const families = objects.flatMap((object) =>
        object.type === 'route' ? [object.destination.family] : [],
      );
      expect(families).toEqual(kase.empty === true ? [] : [4]);
    }
  });

  test('the MTU is the underlay’s without the overhead, and the device of a family has it', () => {
    const backend = make(kase, options);
    const overhead = overheadOf(kase, options);
    for (const mtu of [1500, 9000]) {
      expect(backend.mtu(underlay(mtu))).toBe(mtu - overhead[4]);
      const objects = backend.planNode(inputOf(1, true, underlay(mtu)));
      for (const family of [4, 6] as const) {
        const device = objects.find(
          (object) => object.type === 'link' && object.name === backend.tunnel(family),
        );
        if (kase.overhead !== undefined) expect(device).toMatchObject({ mtu: mtu - overhead[family] });
      }
    }
  });

  test('D14 an underlay too small for a family is refused with the MTU it needs', () => {
    if (kase.overhead === undefined) return;
    const backend = make(kase, options);
    const overhead = overheadOf(kase, options);
    const [least4, least6] = [68 + overhead[4], 1280 + overhead[6]];
    expect(backend.refuse(underlay(least4), false)).toBeUndefined();
    expect(backend.refuse(underlay(least4 - 1), false)).toMatch(new RegExp(`IPv4.* ${least4}$`));
    expect(backend.refuse(underlay(least6), true)).toBeUndefined();
    expect(backend.refuse(underlay(least6 - 1), true)).toMatch(new RegExp(`IPv6.* ${least6}$`));
  });

  test('D23 each kernel feature it lacks is named with its module, or warned of', () => {
    const backend = make(kase, options);
    for (const feature of backend.features.filter((name) => name !== 'tun')) {
      const facts = { ...factsOf(1), missing: new Set([feature]) };
      const said = backend.refuse(facts, true) ?? backend.warning?.(facts, true)?.message;
      expect(said).toMatch(new RegExp(`modprobe (-a )?(ip_)?${feature}`));
    }
    expect(backend.refuse(factsOf(1), true)).toBeUndefined();
    expect(backend.warning?.(factsOf(1), true)).toBeUndefined();
  });

  test('bad data is OVL_PEER_INVALID and names the lease', () => {
    const backend = make(kase, options);
    const { lease, offer } = announced(backend, 9, false);
    for (const data of kase.badData) {
      const attempt = (): unknown =>
        backend.planPeer(inputOf(1, false), { lease, offer: { ...offer, data } });
      expect(attempt).toThrow(OverlayError);
      expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_PEER_INVALID' }) as OverlayError);
      expect(attempt).toThrow('10.5.9.0-24');
    }
  });

  test('the options a host announces make a backend of the same id, given the secrets', () => {
    const backend = make(kase, options);
    const secret = Object.fromEntries(
      Object.entries(kase.secrets ?? {}).filter(([key]) => options[key] !== undefined),
    );
    expect(make(kase, { ...backend.shared, ...secret }).id).toBe(backend.id);
    expect(make(kase, options, 1).id).toBe(backend.id);
    expect(backend.id.split(' ')[0]).toBe(kase.type);
  });

  test('G01 no secret is in what a host announces', () => {
    const backend = make(kase, options);
    const told = JSON.stringify([backend.id, backend.shared, announced(backend, 1, true).offer]);
    expect(told).not.toContain(PSK.slice(0, 20));
    expect(backend.encrypts || kase.secrets === undefined).toBe(true);
  });

  test('unknown options are listed, not refused', () => {
    expect(make(kase, { ...options, Colour: 'red' }).unknownOptions).toEqual(['Colour']);
    expect(make(kase, options).unknownOptions).toEqual([]);
  });
});

const others = CASES.filter(({ other }) => other !== undefined);

test.each(others.map((kase) => [kase.type, kase] as const))(
  '%s: options that must agree make another id',
  (_type, kase) => {
    const ids = [...kase.configurations, kase.other!].map((options) => make(kase, options).id);
    expect(make(kase, kase.other!).id).not.toBe(make(kase, kase.configurations[0]).id);
    expect(new Set(ids).size).toBeGreaterThan(1);
  },
);

/** Slot 0 of each, and slot 1 of those that can have an old configuration beside a new one. */
const SLOTS = CASES.flatMap((kase) => {
  const first = [`${kase.type} 0`, make(kase, kase.configurations[0], 0)] as const;
  return kase.other === undefined ? [first] : [first, [`${kase.type} 1`, make(kase, kase.other, 1)] as const];
});

test('all backends, in all the slots that are used, stand on one host together', () => {
  const found = SLOTS.flatMap(([a, left], index) =>
    SLOTS.slice(index + 1).flatMap(([b, right]) =>
      clashes(everyFamily(left, true), everyFamily(right, true)).map((what) => `${a} and ${b}: ${what}`),
    ),
  );
  expect(found).toEqual([]);
});

test('no tunnel is tied to nothing: that place is the kernel’s own (tunl0, gre0, sit0)', () => {
  const free = SLOTS.flatMap(([, backend]) => everyFamily(backend, true)).filter(
    (object) => object.type === 'link' && 'ttl' in object && !object.local && object.underlay === undefined,
  );
  expect(free).toEqual([]);
});
