import { parseAddress, parsePrefix, type Ipv4 } from '@overlay/cidr';
import { byKey, type Kernel, type KernelObject, type Ownership, type TunnelLink } from '../src/index.js';
import type { Rig } from './contract-hand.js';
import { ALIAS, ownership as common } from './contract-objects.js';
import { converge, difference, linkNamed, noDifference, refused } from './contract-steps.js';

const local = parseAddress('172.31.0.1') as Ipv4;
const remote = (last: number) => parseAddress(`172.31.0.${last}`) as Ipv4;
const names = ['overlay.gre', 'overlay.greb', 'flannel.ipip', 'overlay.udp', 'flannel-v6.ipip'];
const ownership: Ownership = { ...common, links: names };
const plain = { type: 'link', local, ttl: 64, pathMtuDiscovery: true, mtu: 1400, alias: ALIAS } as const;
const gre: TunnelLink = { ...plain, kind: 'gre', name: 'overlay.gre', key: 42 };
const ipip: TunnelLink = { ...plain, kind: 'ipip', name: 'flannel.ipip', ttl: 0 };
const sit: TunnelLink = { ...plain, kind: 'sit', name: 'flannel-v6.ipip', underlay: 'eth0' };

const way = (link: string, subnet: string, gateway: string): KernelObject => ({
  ...{ type: 'route', destination: parsePrefix(subnet), gateway: parseAddress(gateway), link },
  ...{ onlink: true, metric: 700, kind: 'unicast' },
});
const neighbour = (address: string, last: number): KernelObject => ({
  ...{ type: 'neighbour', link: gre.name, address: parseAddress(address), mac: remote(last) },
});

/** Each device with a peer, and other settings of it that change in place. */
const shapes: readonly (readonly [string, TunnelLink, readonly KernelObject[], TunnelLink])[] = [
  [
    'gre',
    gre,
    [
      way(gre.name, '10.70.2.0/24', '10.70.2.0'),
      neighbour('10.70.2.0', 2),
      way(gre.name, 'fc00:70:0:2::/64', 'fc00:70:0:2::'),
      neighbour('fc00:70:0:2::', 2),
    ],
    { ...plain, kind: 'gre', name: gre.name, underlay: 'eth0', ttl: 9, mtu: 1300, local: remote(77) },
  ],
  [
    'ipip',
    ipip,
    [way(ipip.name, '10.70.2.0/24', '172.31.0.2')],
    { ...ipip, underlay: 'eth0', ttl: 0, pathMtuDiscovery: false, mtu: 1300 },
  ],
  [
    'sit',
    sit,
    [way(sit.name, 'fc00:70:0:2::/64', '::172.31.0.2')],
    { ...plain, kind: 'sit', name: sit.name, ttl: 9 },
  ],
];

/** Devices of the kinds gre, ipip and sit; where the kernel lacks the kind, its refusal says what to do. */
export function ipTunnelContract(rigOf: () => Rig): void {
  let rig: Rig;
  let kernel: Kernel;
  beforeEach(() => {
    rig = rigOf();
    kernel = rig.kernel;
  });
  const put = (objects: readonly KernelObject[], owner = ownership) =>
    converge(kernel, byKey(objects), owner);
  const left = (objects: readonly KernelObject[], owner = ownership) =>
    difference(kernel, byKey(objects), owner);

  /** Whether the kernel has the kind; if not, checks what it says. */
  async function has(link: TunnelLink): Promise<boolean> {
    if (!(await rig.lacks(link.kind))) return true;
    expect(refused(await put([link]))).toMatchObject([
      {
        code: 'EOPNOTSUPP',
        message: expect.stringMatching(
          new RegExp(`no ${link.kind} devices: load the module \\w+, or choose another backend`),
        ) as string,
      },
    ]);
    return false;
  }

  describe.each(shapes)('%s device', (_kind, link, peer, changed) => {
    it('I10 holds what was wanted, and then wants nothing', async () => {
      if (!(await has(link))) return;
      expect(refused(await put([link, ...peer]))).toEqual([]);
      expect(await left([link, ...peer])).toEqual(noDifference);
      expect(await linkNamed(rig, link.name)).toMatchObject({ kind: link.kind, up: true, alias: ALIAS });
      expect(refused(await put([]))).toEqual([]);
      expect((await kernel.read(ownership)).objects.size).toBe(0);
    });

    it('changes in place, with its peers, and back', async () => {
      if (!(await has(link))) return;
      await put([link, ...peer]);
      const first = (await linkNamed(rig, link.name))?.index;
      for (const wanted of [changed, link]) {
        const outcomes = await put([wanted, ...peer]);
        expect(outcomes.map(({ change }) => `${change.op} ${change.object.type}`)).toEqual(['replace link']);
        expect(refused(outcomes)).toEqual([]);
        expect(await left([wanted, ...peer])).toEqual(noDifference);
      }
      expect((await linkNamed(rig, link.name))?.index).toBe(first);
    });

    it('D12 a foreign device with the same ends is named, and nothing of it changed', async () => {
      if (!(await has(link))) return;
      const before = await left([link]);
      rig.hand.addTunnel('decoy', link);
      const words = `decoy already is the ${link.kind} tunnel with local address`;
      const reason = expect.stringContaining(words) as string;
      expect((await left([link])).conflicts).toMatchObject([{ key: `link:${link.name}`, reason }]);
      expect(refused(await kernel.apply(before.changes))).toMatchObject([
        { code: 'EEXIST', message: reason },
      ]);
      expect(await linkNamed(rig, 'decoy')).toMatchObject({ alias: '', kind: link.kind });
    });

    it('a device it is bound to that is missing is named', async () => {
      if (!(await has(link))) return;
      expect(refused(await put([{ ...link, underlay: 'eth7' }]))).toMatchObject([
        { code: 'ENODEV', message: expect.stringContaining('eth7') as string },
      ]);
    });
  });

  it('a peer with a new underlay address has one neighbour entry', async () => {
    if (!(await has(gre))) return;
    for (const last of [2, 3, 4]) {
      const wanted = [gre, neighbour('10.70.2.0', last)];
      expect(refused(await put(wanted))).toEqual([]);
      expect(await left(wanted)).toEqual(noDifference);
    }
  });

  it('two gre devices stand side by side by their keys', async () => {
    if (!(await has(gre))) return;
    const wanted = [gre, { ...gre, name: 'overlay.greb', key: 43 }];
    expect(refused(await put(wanted))).toEqual([]);
    expect(await left(wanted)).toEqual(noDifference);
  });

  it('takes over the ipip device of a stopped flanneld in place', async () => {
    if (!(await has(ipip))) return;
    rig.hand.addTunnel(ipip.name, { ...ipip, pathMtuDiscovery: false });
    const first = (await linkNamed(rig, ipip.name))?.index;
    expect((await left([ipip])).conflicts.map(({ key }) => key)).toEqual([`link:${ipip.name}`]);
    expect(refused(await put([ipip], { ...ownership, adopt: true }))).toEqual([]);
    expect(await left([ipip])).toEqual(noDifference);
    expect(await linkNamed(rig, ipip.name)).toMatchObject({ index: first, alias: ALIAS });
  });
}
