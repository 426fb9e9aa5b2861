import { parseAddress, parsePrefix } from '@overlay/cidr';
import { FakeKernel } from './fake-kernel.js';
import { byKey, objectKey } from './identity.js';
import { joinKernel } from './join-kernel.js';
import type { Change, KernelObject, KernelPart, Outcome, Ownership } from './model.js';

const ownership: Ownership = {
  ...{ alias: 'overlayd:default', links: ['flannel.1', 'flannel-wg', 'ovl-ovs-1'], adopt: false },
  networks: [parsePrefix('10.0.0.0/8')],
};

/** What a vxlan peer is, and what a WireGuard peer and an Open vSwitch peer are. */
function peer(n: number): readonly KernelObject[] {
  const address = parseAddress(`10.${n >> 8}.${n & 255}.0`);
  const destination = parsePrefix(`10.${n >> 8}.${n & 255}.0/24`);
  const mac = `02:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;
  const route = { type: 'route', destination, onlink: true, metric: 0, kind: 'unicast' } as const;
  return [
    { type: 'neighbour', link: 'flannel.1', address, mac },
    { type: 'fdb', link: 'flannel.1', mac, destination: address },
    { ...route, link: 'flannel.1', gateway: address },
    { type: 'fdb', link: 'ovl-ovs-1', mac, destination: address },
    { type: 'wireguard-peer', link: 'flannel-wg', publicKey: `${n}`, allowedIps: [], keepaliveSeconds: 0 },
  ];
}

const PEERS = 500;
const objects = Array.from({ length: PEERS }, (_, n) => peer(n)).flat();

/** A part that counts the questions whose an object is, and notes what it is given. */
function counting(claims: (object: KernelObject) => boolean) {
  const seen = { asked: 0, wanted: [] as string[], applied: 0 };
  const part: KernelPart = {
    claims: (object) => {
      seen.asked += 1;
      return claims(object);
    },
    read: (_ownership, desired) => {
      seen.wanted = [...desired.keys()];
      return Promise.resolve({ objects: new Map(), foreign: new Map() });
    },
    apply: (changes) => {
      seen.applied += changes.length;
      return Promise.resolve(changes.map((change): Outcome => ({ change, ok: true })));
    },
  };
  return { part, seen };
}

/** Seven, as the daemon has: most of them want nothing. */
const parts = () => [
  ...Array.from({ length: 4 }, () => counting(() => false)),
  counting(({ type }) => type === 'wireguard-peer'),
  counting((object) => object.type === 'fdb' && object.link.startsWith('ovl-ovs-')),
  counting(() => false),
];

describe('the work of joinKernel in a full pass', () => {
  it('does not grow with the number of parts: each is asked once per type and device whose its objects are', async () => {
    const counted = parts();
    const kernel = joinKernel(
      new FakeKernel(),
      counted.map(({ part }) => part),
    );
    await kernel.read(ownership, byKey(objects));
    await kernel.apply(objects.map((object): Change => ({ op: 'add', object })));
    const typesAndDevices = new Set(
      objects.map((object) => `${object.type} ${'link' in object && object.link}`),
    );
    const asked = counted.reduce((sum, { seen }) => sum + seen.asked, 0);
    expect(asked).toBeLessThanOrEqual(typesAndDevices.size * counted.length);
    expect(asked).toBeLessThan(objects.length);
  });

  it('still gives every part what is its own, by type and by device', async () => {
    const counted = parts();
    const kernel = joinKernel(
      new FakeKernel(),
      counted.map(({ part }) => part),
    );
    await kernel.read(ownership, byKey(objects));
    const keysOf = (isOne: (object: KernelObject) => boolean) => objects.filter(isOne).map(objectKey);
    expect(counted.map(({ seen }) => seen.wanted)).toEqual([
      ...[[], [], [], []],
      keysOf(({ type }) => type === 'wireguard-peer'),
      keysOf((object) => object.type === 'fdb' && object.link === 'ovl-ovs-1'),
      [],
    ]);
  });

  it('copies nothing where no part has anything to say', async () => {
    const base = new FakeKernel();
    const state = await base.read(ownership);
    jest.spyOn(base, 'read').mockResolvedValue(state);
    const kernel = joinKernel(
      base,
      parts().map(({ part }) => part),
    );
    expect(await kernel.read(ownership, byKey(objects))).toBe(state);
  });
});
