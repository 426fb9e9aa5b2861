import { formatPrefix, parseAddress } from '@overlay/cidr';
import { byKey, diff } from '../src/index.js';
import type { Rig } from './contract-hand.js';
import { desiredOf, ownership, type Tunnel } from './contract-objects.js';
import { converge, difference, linkNamed, noDifference, refused, without } from './contract-steps.js';

/** A vxlan device with its peers. */
export function tunnelContract(tunnel: Tunnel, rigOf: () => Rig): void {
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

  it('D14 MAC, MTU, learning and local change in place, each alone; another port makes the device anew and brings all back', async () => {
    const rig = rigOf();
    const { kernel } = rig;
    await converge(kernel, desired);
    const first = await linkNamed(rig, tunnel.link.name);
    const local = parseAddress(tunnel.link.local.family === 4 ? '172.31.0.77' : 'fd31::77');
    let { link } = tunnel;
    for (const change of [{ mac: '7a:00:00:00:00:07' }, { mtu: 1300 }, { learning: true }, { local }]) {
      link = { ...link, ...change };
      const inPlace = byKey([...desired.values(), link]);
      const outcomes = await converge(kernel, inPlace);
      expect(refused(outcomes)).toEqual([]);
      expect(outcomes[0]?.change).toMatchObject({ op: 'replace', object: link });
      expect(await difference(kernel, inPlace)).toEqual(noDifference);
    }
    const { index } = first ?? {};
    expect(await linkNamed(rig, link.name)).toMatchObject({ index, mtu: 1300, mac: '7a:00:00:00:00:07' });
    const anew = byKey([...desired.values(), { ...link, port: 4789 }]);
    expect(refused(await converge(kernel, anew))).toEqual([]);
    expect(await difference(kernel, anew)).toEqual(noDifference);
  });
}
