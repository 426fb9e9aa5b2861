import { parseAddress, parsePrefix } from '@overlay/cidr';
import { byKey, type FdbObject, type Kernel } from '../src/index.js';
import type { Rig } from './contract-hand.js';
import { ALIAS, ownership, vxlan } from './contract-objects.js';
import { converge, difference, linkNamed, noDifference, refused } from './contract-steps.js';

const bridge = { type: 'link', kind: 'bridge', name: 'ovl-br-1', mtu: 1450, alias: ALIAS } as const;
const port = { ...vxlan, master: bridge.name };
const flood = (last: number): FdbObject => ({
  ...{ type: 'fdb', link: vxlan.name, mac: '00:00:00:00:00:00' },
  destination: parseAddress(`172.31.0.${last}`),
});

/** One Ethernet segment over several hosts: a vxlan device on a bridge that sends what is unknown to every peer. */
export function segmentContract(rigOf: () => Rig): void {
  let rig: Rig;
  let kernel: Kernel;
  beforeEach(() => {
    rig = rigOf();
    kernel = rig.kernel;
  });

  it('a vxlan device becomes a port of its bridge, whatever the order, and none again, in place', async () => {
    const wanted = byKey([port, bridge]);
    expect(refused(await converge(kernel, wanted))).toEqual([]);
    expect(await difference(kernel, wanted)).toEqual(noDifference);
    const first = await linkNamed(rig, vxlan.name);
    expect(first?.master).toBe(bridge.name);
    const free = byKey([bridge, vxlan]);
    expect(refused(await converge(kernel, free))).toEqual([]);
    expect(await difference(kernel, free)).toEqual(noDifference);
    const last = await linkNamed(rig, vxlan.name);
    expect(last?.index).toBe(first?.index);
    expect(last?.master).toBeUndefined();
  });

  it('a bridge that is missing is named, and the device is not left half made', async () => {
    expect(refused(await converge(kernel, byKey([port])))).toMatchObject([
      { code: 'ENODEV', message: expect.stringContaining(bridge.name) as string },
    ]);
    expect(await linkNamed(rig, vxlan.name)).toBeUndefined();
  });

  it('a deleted bridge comes back with its port', async () => {
    const wanted = byKey([port, bridge]);
    await converge(kernel, wanted);
    rig.hand.deleteLink(bridge.name);
    expect((await difference(kernel, wanted)).changes.map(({ op }) => op).sort()).toEqual(['add', 'replace']);
    expect(refused(await converge(kernel, wanted))).toEqual([]);
    expect(await difference(kernel, wanted)).toEqual(noDifference);
  });

  it('entries that flood are kept one for each peer', async () => {
    const wanted = byKey([vxlan, flood(2), flood(3), flood(4)]);
    for (let time = 0; time < 2; time++) expect(refused(await converge(kernel, wanted))).toEqual([]);
    expect(await difference(kernel, wanted)).toEqual(noDifference);
    await kernel.apply([{ op: 'add', object: flood(3) }]);
    const fewer = byKey([vxlan, flood(2), flood(4)]);
    const outcomes = await converge(kernel, fewer);
    expect(outcomes).toMatchObject([{ ok: true, change: { op: 'remove', object: flood(3) } }]);
    expect(await difference(kernel, fewer)).toEqual(noDifference);
    expect(refused(await converge(kernel, byKey([vxlan])))).toEqual([]);
    expect((await kernel.read(ownership)).objects.size).toBe(1);
  });

  it('entries that flood stand beside those of single MACs', async () => {
    const single: FdbObject = { ...flood(2), mac: '76:70:95:51:7d:02' };
    const route = { type: 'route', destination: parsePrefix('10.70.2.0/24'), link: vxlan.name } as const;
    const wanted = byKey([
      ...[vxlan, flood(2), flood(3), single],
      { ...route, onlink: false, metric: 100, kind: 'unicast' },
    ]);
    expect(refused(await converge(kernel, wanted))).toEqual([]);
    expect(await difference(kernel, wanted)).toEqual(noDifference);
  });
}
