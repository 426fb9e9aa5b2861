import { formatPrefix, parseAddress } from '@overlay/cidr';
import { byKey, type Kernel } from '../src/index.js';
import type { Rig } from './contract-hand.js';
import { desiredOf, directRoute, tunnels } from './contract-objects.js';
import { converge, difference, refused } from './contract-steps.js';

/** What is not ours is left alone, and reported where it stands in the way. */
export function foreignContract(rigOf: () => Rig): void {
  let rig: Rig;
  let kernel: Kernel;
  beforeEach(() => {
    rig = rigOf();
    kernel = rig.kernel;
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
}
