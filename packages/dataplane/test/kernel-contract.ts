import { formatPrefix, parseAddress, parsePrefix } from '@overlay/cidr';
import {
  byKey,
  diff,
  type DesiredState,
  type Difference,
  type Kernel,
  type KernelObject,
  type Outcome,
  type Ownership,
} from '../src/index.js';
import { ALIAS, desiredOf, directRoute, ownership, tunnels, vxlan, type Tunnel } from './contract-objects.js';
import type { Rig } from './contract-hand.js';

/** Reads, plans and applies once, as the daemon does. */
async function converge(
  kernel: Kernel,
  desired: DesiredState,
  owner: Ownership = ownership,
): Promise<readonly Outcome[]> {
  return kernel.apply(diff(desired, await kernel.read(owner, desired)).changes);
}

async function difference(
  kernel: Kernel,
  desired: DesiredState,
  owner: Ownership = ownership,
): Promise<Difference> {
  return diff(desired, await kernel.read(owner, desired));
}

const refused = (outcomes: readonly Outcome[]) => outcomes.filter((outcome) => !outcome.ok);
const without = (desired: DesiredState, gone: readonly KernelObject[]): DesiredState => {
  const keys = byKey(gone);
  return new Map([...desired].filter(([key]) => !keys.has(key)));
};

/** What every `Kernel` must do; run on the fake and on a real network namespace. */
export function kernelContract(name: string, open: () => Rig): void {
  describe(`kernel contract: ${name}`, () => {
    let rig: Rig;
    let kernel: Kernel;
    beforeEach(() => {
      rig = open();
      kernel = rig.kernel;
    });
    afterEach(() => rig.close());

    describe.each(tunnels)('%s tunnel', (_family, tunnel) => {
      tunnelContract(tunnel, () => rig);
    });

    it('refuses to change anything before it was read', async () => {
      await expect(kernel.apply([{ op: 'add', object: vxlan }])).rejects.toMatchObject({
        code: 'OVL_DATAPLANE_UNREAD',
      });
    });

    it('D12 a foreign device of our name is left alone, and so is everything that would go on it', async () => {
      rig.hand.addBridge('flannel.1');
      const [, tunnel] = tunnels[0]!;
      const { changes, conflicts } = await difference(kernel, desiredOf(tunnel));
      expect(changes).toEqual([]);
      expect(conflicts[0]).toMatchObject({
        key: 'link:flannel.1',
        reason: expect.stringContaining('bridge') as string,
      });
      const outcomes = await kernel.apply([{ op: 'add', object: tunnel.link }]);
      expect(refused(outcomes)).toMatchObject([{ code: 'EEXIST' }]);
      expect((await rig.hand.links()).find((link) => link.name === 'flannel.1')).toMatchObject({
        kind: 'bridge',
        alias: '',
      });
    });

    it('D13 a foreign route to a peer is left alone and reported; the other peers are reached', async () => {
      rig.hand.addRoute({
        destination: '10.70.3.0/24',
        gateway: '172.31.0.9',
        link: 'eth0',
        metric: 0,
        protocol: 4,
      });
      const desired = byKey([
        directRoute('10.70.2.0/24', '172.31.0.2'),
        directRoute('10.70.3.0/24', '172.31.0.3'),
      ]);
      expect(refused(await converge(kernel, desired))).toEqual([]);
      const { changes, conflicts } = await difference(kernel, desired);
      expect(changes).toEqual([]);
      expect(conflicts.map((conflict) => conflict.key)).toEqual(['route:10.70.3.0/24:615']);
      const routes = (await rig.hand.routes()).filter(
        (route) => formatPrefix(route.destination) === '10.70.3.0/24',
      );
      expect(routes).toMatchObject([{ protocol: 4, gateway: parseAddress('172.31.0.9') }]);
    });

    it('a foreign route of the very same identity that came after the read is not overwritten', async () => {
      const desired = byKey([directRoute('10.70.3.0/24', '172.31.0.3')]);
      const { changes } = await difference(kernel, desired);
      rig.hand.addRoute({
        destination: '10.70.3.0/24',
        gateway: '172.31.0.9',
        link: 'eth0',
        metric: 615,
        protocol: 4,
      });
      expect(refused(await kernel.apply(changes))).toMatchObject([{ code: 'EEXIST' }]);
    });

    it('a route with our protocol outside our networks belongs to another instance', async () => {
      rig.hand.addRoute({
        destination: '10.99.0.0/24',
        gateway: '172.31.0.9',
        link: 'eth0',
        metric: 0,
        protocol: 76,
      });
      expect((await difference(kernel, new Map())).changes).toEqual([]);
    });

    it('D21 a change that fails says why and does not stop the others', async () => {
      const desired = byKey([
        directRoute('10.70.2.0/24', '192.168.7.7'),
        directRoute('10.70.3.0/24', '172.31.0.3'),
      ]);
      const outcomes = await converge(kernel, desired);
      expect(refused(outcomes)).toMatchObject([
        { code: 'ENETUNREACH', message: expect.stringContaining('invalid gateway') as string },
      ]);
      const left = await difference(kernel, desired);
      expect(left.changes.map((change) => change.object)).toEqual([
        directRoute('10.70.2.0/24', '192.168.7.7'),
      ]);
    });

    it('I6 what lies outside our networks or devices is not written', async () => {
      await kernel.read(ownership);
      const outcomes = await kernel.apply([
        { op: 'add', object: directRoute('8.8.8.0/24', '172.31.0.2') },
        {
          op: 'add',
          object: {
            type: 'neighbour',
            link: 'eth0',
            address: parseAddress('10.70.2.0'),
            mac: '76:70:95:51:7d:02',
          },
        },
        { op: 'remove', object: { type: 'link', kind: 'dummy', name: 'eth0', mtu: 1500, alias: ALIAS } },
      ]);
      expect(outcomes.map((outcome) => !outcome.ok && outcome.code)).toEqual(
        Array(3).fill('OVL_DATAPLANE_UNSAFE'),
      );
      expect((await rig.hand.links()).map((link) => link.name)).toContain('eth0');
    });

    it('a metric that changes leaves one route, not two', async () => {
      const route = directRoute('10.70.2.0/24', '172.31.0.2');
      await converge(kernel, byKey([route]));
      const moved = byKey([{ ...route, metric: 200 }]);
      expect(refused(await converge(kernel, moved))).toEqual([]);
      const routes = (await rig.hand.routes()).filter(
        (found) => formatPrefix(found.destination) === '10.70.2.0/24',
      );
      expect(routes.map((found) => found.metric)).toEqual([200]);
    });

    it('blackholes, route MTUs, rules and sysctls are made, kept and removed', async () => {
      const key = 'net/ipv6/conf/flannel.1/accept_ra';
      const source = parsePrefix('10.70.0.0/16');
      const desired = byKey([
        vxlan,
        { type: 'sysctl', key, value: '0' },
        {
          type: 'route',
          destination: parsePrefix('10.70.9.0/24'),
          onlink: false,
          metric: 109,
          kind: 'blackhole',
        },
        { ...directRoute('10.70.2.0/24', '172.31.0.2'), mtu: 1400 },
        { type: 'rule', family: 4, priority: 1000, table: 100, source },
      ]);
      expect(refused(await converge(kernel, desired))).toEqual([]);
      expect(await difference(kernel, desired)).toEqual({ changes: [], conflicts: [] });
      expect(rig.hand.sysctl(key)).toBe('0');
      const changed = byKey([
        ...desired.values(),
        { type: 'rule', family: 4, priority: 1000, table: 101, source },
      ]);
      expect(refused(await converge(kernel, changed))).toEqual([]);
      expect((await difference(kernel, changed)).changes).toEqual([]);
      expect(refused(await converge(kernel, new Map()))).toEqual([]);
      expect((await kernel.read(ownership)).objects.size).toBe(0);
    });

    it('bridges and veth pairs are made, with the port on its bridge', async () => {
      const bridge = { type: 'link', kind: 'bridge', name: 'ovl-br-1', mtu: 1450, alias: ALIAS } as const;
      const veth = {
        type: 'link',
        kind: 'veth',
        name: 'ovl-br-veth',
        peer: 'ovl-peer',
        mtu: 1450,
        master: 'ovl-br-1',
        alias: ALIAS,
      } as const;
      const desired = byKey([bridge, veth]);
      expect(refused(await converge(kernel, desired))).toEqual([]);
      expect((await difference(kernel, desired)).changes).toEqual([]);
      const free = {
        type: 'link',
        kind: 'veth',
        name: veth.name,
        peer: veth.peer,
        mtu: veth.mtu,
        alias: ALIAS,
      } as const;
      expect(refused(await converge(kernel, byKey([bridge, free])))).toEqual([]);
      expect((await rig.hand.links()).find((link) => link.name === 'ovl-br-veth')?.master).toBeUndefined();
    });

    it('takes over what a stopped flanneld left, with its MAC, and never leaves a peer without a route', async () => {
      const [, tunnel] = tunnels[0]!;
      const mac = 'fa:4e:e0:ec:0a:01';
      rig.hand.leaveFlannel(mac);
      const desired = byKey([{ ...tunnel.link, mac }, tunnel.own, ...tunnel.peer(2)]);
      expect((await difference(kernel, desired)).conflicts.map((conflict) => conflict.key)).toContain(
        'link:flannel.1',
      );
      const adopting = { ...ownership, adopt: true };
      const { changes } = await difference(kernel, desired, adopting);
      expect(changes.map((change) => `${change.op} ${change.object.type}`)).toEqual([
        'replace link',
        'add route',
        'remove route',
      ]);
      const before = (await rig.hand.links()).find((link) => link.name === 'flannel.1')?.index;
      expect(refused(await kernel.apply(changes))).toEqual([]);
      expect(await difference(kernel, desired)).toEqual({ changes: [], conflicts: [] });
      expect((await rig.hand.links()).find((link) => link.name === 'flannel.1')).toMatchObject({
        index: before,
        mac,
        alias: ALIAS,
      });
    });

    it("takes over flanneld's direct route without a gap, and only the one that forwards as wanted", async () => {
      rig.hand.addRoute({
        destination: '10.70.2.0/24',
        gateway: '172.31.0.2',
        link: 'eth0',
        metric: 0,
        protocol: 3,
      });
      rig.hand.addRoute({
        destination: '10.70.3.0/24',
        gateway: '172.31.0.9',
        link: 'eth0',
        metric: 0,
        protocol: 3,
      });
      const desired = byKey([
        directRoute('10.70.2.0/24', '172.31.0.2'),
        directRoute('10.70.3.0/24', '172.31.0.3'),
      ]);
      const { changes, conflicts } = await difference(kernel, desired, { ...ownership, adopt: true });
      expect(changes.map((change) => change.op)).toEqual(['add', 'remove']);
      expect(conflicts.map((conflict) => conflict.key)).toEqual(['route:10.70.3.0/24:615']);
      expect(refused(await kernel.apply(changes))).toEqual([]);
      const routes = (await rig.hand.routes()).filter((route) =>
        formatPrefix(route.destination).startsWith('10.70.'),
      );
      expect(
        routes.map((route) => `${formatPrefix(route.destination)} ${route.protocol} ${route.metric}`).sort(),
      ).toEqual(['10.70.2.0/24 76 614', '10.70.3.0/24 3 0']);
    });
  });
}

function tunnelContract(tunnel: Tunnel, rigOf: () => Rig): void {
  const desired = desiredOf(tunnel);

  it('I10 holds what was wanted, and then wants nothing', async () => {
    const { kernel } = rigOf();
    const outcomes = await converge(kernel, desired);
    expect(outcomes).toHaveLength(desired.size);
    expect(refused(outcomes)).toEqual([]);
    expect(await difference(kernel, desired)).toEqual({ changes: [], conflicts: [] });
  });

  it('accepts the same change twice, and a removal of what is gone', async () => {
    const { kernel } = rigOf();
    await kernel.read(ownership);
    const { changes } = diff(desired, { objects: new Map(), foreign: new Map() });
    for (let time = 0; time < 2; time++) expect(refused(await kernel.apply(changes))).toEqual([]);
    const removals = [...desired.values()].map((object) => ({ op: 'remove', object }) as const);
    for (let time = 0; time < 2; time++) expect(refused(await kernel.apply(removals))).toEqual([]);
    expect((await kernel.read(ownership)).objects.size).toBe(0);
  });

  it('D05 a deleted device takes all with it, and all comes back with the same MAC', async () => {
    const { kernel, hand } = rigOf();
    await converge(kernel, desired);
    for (let round = 0; round < 10; round++) {
      hand.deleteLink(tunnel.link.name);
      expect((await kernel.read(ownership)).objects.size).toBe(0);
      expect(refused(await converge(kernel, desired))).toEqual([]);
    }
    expect(await difference(kernel, desired)).toEqual({ changes: [], conflicts: [] });
    expect((await hand.links()).find((link) => link.name === tunnel.link.name)?.mac).toBe(tunnel.link.mac);
  });

  it('D01 a deleted route and neighbour come back, and nothing else is written', async () => {
    const { kernel, hand } = rigOf();
    await converge(kernel, desired);
    const [route, neighbour] = tunnel.peer(3);
    hand.deleteRoute(formatPrefix(tunnel.subnet(3)), route?.type === 'route' ? route.metric : 0);
    hand.deleteNeighbour(tunnel.link.name, formatPrefix(tunnel.subnet(3)).split('/')[0]!);
    const { changes } = await difference(kernel, desired);
    expect(changes).toEqual([
      { op: 'add', object: neighbour },
      { op: 'add', object: route },
    ]);
    expect(refused(await kernel.apply(changes))).toEqual([]);
  });

  it('D03 a device that was set down comes up again, with its routes', async () => {
    const { kernel, hand } = rigOf();
    await converge(kernel, desired);
    hand.setDown(tunnel.link.name);
    await converge(kernel, desired);
    await converge(kernel, desired);
    expect(await difference(kernel, desired)).toEqual({ changes: [], conflicts: [] });
    expect((await hand.links()).find((link) => link.name === tunnel.link.name)?.up).toBe(true);
  });

  it('D09 what no lease wants is removed', async () => {
    const { kernel } = rigOf();
    await converge(kernel, desired);
    const fewer = without(desired, tunnel.peer(3));
    const outcomes = await converge(kernel, fewer);
    expect(outcomes.map(({ change }) => `${change.op} ${change.object.type}`)).toEqual([
      'remove route',
      'remove neighbour',
      'remove fdb',
    ]);
    expect(await difference(kernel, fewer)).toEqual({ changes: [], conflicts: [] });
  });

  it('D11 a peer with a new MAC has one FDB entry', async () => {
    const { kernel } = rigOf();
    await converge(kernel, desired);
    for (const last of [5, 6, 7]) {
      const rotated = byKey([
        ...without(desired, tunnel.peer(3)).values(),
        ...tunnel.peer(3, `76:70:95:51:7d:5${last}`),
      ]);
      expect(refused(await converge(kernel, rotated))).toEqual([]);
      expect(await difference(kernel, rotated)).toEqual({ changes: [], conflicts: [] });
    }
  });

  it('MAC, MTU, learning and local change in place; another port makes the device anew and brings all back', async () => {
    const { kernel, hand } = rigOf();
    await converge(kernel, desired);
    const index = async () => (await hand.links()).find((link) => link.name === tunnel.link.name)?.index;
    const first = await index();
    const local = parseAddress(tunnel.link.local.family === 4 ? '172.31.0.77' : 'fd31::77');
    const tuned = { ...tunnel.link, mac: '7a:00:00:00:00:07', mtu: 1300, learning: true, local };
    const inPlace = byKey([...desired.values(), tuned]);
    expect(refused(await converge(kernel, inPlace))).toEqual([]);
    expect(await difference(kernel, inPlace)).toEqual({ changes: [], conflicts: [] });
    expect(await index()).toBe(first);
    const anew = byKey([...inPlace.values(), { ...tuned, port: 4789 }]);
    expect(refused(await converge(kernel, anew))).toEqual([]);
    expect(await difference(kernel, anew)).toEqual({ changes: [], conflicts: [] });
  });

  it('reports to a watcher that a device went away', async () => {
    const { kernel, hand } = rigOf();
    await converge(kernel, desired);
    const told = new Promise<void>((resolve) => {
      void kernel.watch((notice) => {
        if (notice.type === 'link') resolve();
      });
    });
    hand.deleteLink(tunnel.link.name);
    await told;
  });
}
