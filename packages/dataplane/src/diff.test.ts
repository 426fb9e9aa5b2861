import fc from 'fast-check';
import { parsePrefix } from '@overlay/cidr';
import { diff } from './diff.js';
import { FakeKernel } from './fake-kernel.js';
import { byKey, objectKey } from './identity.js';
import { spreadMetric } from './metric.js';
import type { ActualState, Change, KernelObject, Ownership, VxlanLink } from './model.js';

const ALIAS = 'overlayd:default';
const ownership: Ownership = {
  ...{
    alias: ALIAS,
    links: ['flannel.1', 'flannel.7'],
    networks: [parsePrefix('10.70.0.0/16')],
    adopt: false,
  },
};

const vxlan = (vni: number, rest: Partial<VxlanLink> = {}): VxlanLink => ({
  ...{
    type: 'link',
    kind: 'vxlan',
    name: `flannel.${vni}`,
    vni,
    port: 8472,
    mac: '0e:00:00:00:00:01',
    mtu: 1450,
  },
  ...{ local: { family: 4, bits: 0xac1f0001 }, learning: false, gbp: false, alias: ALIAS },
  ...rest,
});

interface Peer {
  readonly n: number;
  readonly mac: number;
  readonly host: number;
}

function peerObjects({ n, mac, host }: Peer, link: string): KernelObject[] {
  const gateway = { family: 4, bits: 0x0a460000 + n * 256 } as const;
  const destination = { ...gateway, length: 24 };
  const hardware = `0e:00:00:00:01:${mac.toString(16).padStart(2, '0')}`;
  return [
    {
      type: 'route',
      destination,
      gateway,
      link,
      onlink: true,
      metric: spreadMetric(destination),
      kind: 'unicast',
    },
    { type: 'neighbour', link, address: gateway, mac: hardware },
    { type: 'fdb', link, mac: hardware, destination: { family: 4, bits: 0xac1f0000 + host } },
  ];
}

const small = fc.integer({ min: 1, max: 9 });
const peers = fc.uniqueArray(fc.record({ n: small, mac: small, host: small }), {
  selector: ({ n }) => n,
  maxLength: 6,
});
const links = fc.record({
  vni: fc.constantFrom(1, 7),
  port: fc.constantFrom(8472, 4789),
  mac: fc.constantFrom('0e:00:00:00:00:01', '0e:00:00:00:00:02'),
  mtu: fc.constantFrom(1400, 1450),
  gbp: fc.boolean(),
});
const states = fc
  .tuple(links, peers)
  .map(([{ vni, ...rest }, list]) =>
    byKey([vxlan(vni, rest), ...list.flatMap((peer) => peerObjects(peer, `flannel.${vni}`))]),
  );

const plain = (state: ActualState): [string, KernelObject][] =>
  [...state.objects].sort(([a], [b]) => (a < b ? -1 : 1));
const empty: ActualState = { objects: new Map(), foreign: new Map() };
const names = (changes: readonly Change[]) => changes.map(({ op, object }) => `${op} ${object.type}`);

describe('diff', () => {
  it('I11 leads to the same kernel from any state, in one pass, and then is empty', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(states, { minLength: 1, maxLength: 4 }), async (sequence) => {
        const kernel = new FakeKernel();
        for (const desired of sequence) {
          const { changes, conflicts } = diff(desired, await kernel.read(ownership, desired));
          expect(conflicts).toEqual([]);
          for (const outcome of await kernel.apply(changes)) expect(outcome).toMatchObject({ ok: true });
          expect(diff(desired, await kernel.read(ownership, desired)).changes).toEqual([]);
        }
        const fresh = new FakeKernel();
        const last = sequence.at(-1)!;
        await fresh.read(ownership);
        await fresh.apply(diff(last, empty).changes);
        expect(plain(await kernel.read(ownership))).toEqual(plain(await fresh.read(ownership)));
      }),
    );
  });

  it('makes what is referred to first and removes it last', () => {
    const objects = byKey([...peerObjects({ n: 1, mac: 1, host: 1 }, 'flannel.1'), vxlan(1)]);
    expect(names(diff(objects, empty).changes)).toEqual([
      'add link',
      'add fdb',
      'add neighbour',
      'add route',
    ]);
    const link = byKey([vxlan(1)]);
    const removals = diff(link, { objects, foreign: new Map() }).changes;
    expect(names(removals)).toEqual(['remove route', 'remove neighbour', 'remove fdb']);
  });

  it('a removed link takes what is on it along', () => {
    const objects = byKey([...peerObjects({ n: 1, mac: 1, host: 1 }, 'flannel.1'), vxlan(1)]);
    expect(names(diff(new Map(), { objects, foreign: new Map() }).changes)).toEqual(['remove link']);
  });

  it('moves a route to another device before the old device goes', () => {
    const peer = { n: 1, mac: 1, host: 1 };
    const actual = { objects: byKey([vxlan(1), ...peerObjects(peer, 'flannel.1')]), foreign: new Map() };
    const { changes } = diff(byKey([vxlan(7), ...peerObjects(peer, 'flannel.7')]), actual);
    expect(names(changes)).toEqual(['add link', 'add fdb', 'add neighbour', 'replace route', 'remove link']);
  });

  it('D14 another MTU is given to the device that is there, and what is on it stays', () => {
    const peer = peerObjects({ n: 1, mac: 1, host: 1 }, 'flannel.1');
    const actual = { objects: byKey([vxlan(1, { mtu: 1450 }), ...peer]), foreign: new Map<string, string>() };
    const smaller = vxlan(1, { mtu: 1400 });
    expect(diff(byKey([smaller, ...peer]), actual).changes).toMatchObject([
      { op: 'replace', object: smaller },
    ]);
  });

  it('looks only at the kinds it is asked about', () => {
    const objects = byKey([vxlan(1), ...peerObjects({ n: 1, mac: 1, host: 1 }, 'flannel.1')]);
    expect(names(diff(objects, empty, { kinds: new Set(['route']) }).changes)).toEqual(['add route']);
  });

  it('D12 what hangs on a foreign device is a conflict too', () => {
    const objects = byKey([
      vxlan(1),
      { type: 'sysctl', key: 'net/ipv6/conf/flannel.1/accept_ra', value: '0' },
      ...peerObjects({ n: 1, mac: 1, host: 1 }, 'flannel.1'),
    ]);
    const { changes, conflicts } = diff(objects, {
      objects: new Map(),
      foreign: new Map([['link:flannel.1', 'a bridge']]),
    });
    expect(changes).toEqual([]);
    expect(conflicts.map(({ key }) => key).sort()).toEqual([...objects.values()].map(objectKey).sort());
  });

  test('B03 an own address that a peer has now is removed before the route by it, and after the new one came', () => {
    const own = (n: number): KernelObject => ({
      ...{
        type: 'address',
        link: 'flannel.1',
        address: { family: 4, bits: 0x0a460000 + n * 256 },
        length: 32,
      },
    });
    const before = byKey([vxlan(1), own(1), ...peerObjects({ n: 2, mac: 2, host: 2 }, 'flannel.1')]);
    const wanted = byKey([vxlan(1), own(3), ...peerObjects({ n: 1, mac: 4, host: 4 }, 'flannel.1')]);
    const { changes } = diff(wanted, { objects: before, foreign: new Map() });
    expect(names(changes)).toEqual([
      ...['add address', 'remove address', 'add fdb', 'add neighbour', 'add route'],
      ...['remove route', 'remove neighbour', 'remove fdb'],
    ]);
  });
});
