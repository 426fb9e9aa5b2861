import { formatPrefix, parseAddress, parsePrefix } from '@overlay/cidr';
import { byKey, type Change, type Kernel } from '../src/index.js';
import type { Rig } from './contract-hand.js';
import { ALIAS, directRoute, ownership, vxlan } from './contract-objects.js';
import { converge, difference, refused } from './contract-steps.js';

/** Objects of every type are made, kept and removed; what must not be written is refused. */
export function stateContract(rigOf: () => Rig): void {
  let rig: Rig;
  let kernel: Kernel;
  beforeEach(() => {
    rig = rigOf();
    kernel = rig.kernel;
  });

  it('refuses to change anything before it was read', async () => {
    await expect(kernel.apply([{ op: 'add', object: vxlan }])).rejects.toMatchObject({
      code: 'OVL_DATAPLANE_UNREAD',
    });
  });

  it('a look sees what a read does, and changes nothing of what may be applied', async () => {
    const route = directRoute('10.70.2.0/24', '172.31.0.2');
    const adding: Change[] = [{ op: 'add', object: route }];
    await kernel.look(ownership);
    await expect(kernel.apply(adding)).rejects.toMatchObject({ code: 'OVL_DATAPLANE_UNREAD' });
    await kernel.read(ownership);
    await kernel.look({ ...ownership, networks: [], links: [] });
    expect(refused(await kernel.apply(adding))).toEqual([]);
    const looked = await kernel.look(ownership, byKey([route]));
    expect([...looked.objects.values()]).toEqual([route]);
    expect(looked).toEqual(await kernel.read(ownership, byKey([route])));
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
    expect(left.changes.map((change) => change.object)).toEqual([directRoute('10.70.2.0/24', '192.168.7.7')]);
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
}
