import { formatPrefix } from '@overlay/cidr';
import { byKey, type Kernel } from '../src/index.js';
import type { Rig } from './contract-hand.js';
import { ALIAS, directRoute, ownership, tunnels } from './contract-objects.js';
import { difference, refused } from './contract-steps.js';

/** What a stopped flanneld left is taken over without a gap. */
export function adoptionContract(rigOf: () => Rig): void {
  let rig: Rig;
  let kernel: Kernel;
  beforeEach(() => {
    rig = rigOf();
    kernel = rig.kernel;
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
}
