import type { OverlayError } from '@overlay/cidr';
import { parseIpv4 } from '@overlay/cidr';
import { byKey, spreadMetric, type KernelObject } from '@overlay/dataplane';
import type { BackendOffer, JsonObject } from '@overlay/lease';
import { hostFacts, mac, network, nodePlan, peer } from '../../test/support/hosts.js';
import { createBackend, createFrom } from './registry.js';

const config = (options: JsonObject = {}, dualStack = false) =>
  network({ Type: 'ovs', ...options }, dualStack);
const backendOf = (options: JsonObject = {}) => createBackend(config(options));
const OFFER: BackendOffer = { type: 'ovs', data: { MAC: mac(9) }, v6Data: { MAC: mac(9) } };

function planNode(options: JsonObject = {}, dualStack = false): readonly KernelObject[] {
  const plan = nodePlan(config(options, dualStack));
  return createBackend(config(options, dualStack)).planNode(plan.input);
}

function planPeer(options: JsonObject = {}, dualStack = false, offer = OFFER): readonly KernelObject[] {
  const plan = nodePlan(config(options, dualStack));
  const backend = createBackend(config(options, dualStack));
  return backend.planPeer(plan.input, { lease: peer(9, {}, dualStack), offer }).objects;
}

describe('options', () => {
  test.each<[JsonObject, string, number]>([
    [{}, 'ovs gre key 1', 1458],
    [{ Key: 0 }, 'ovs gre key 0', 1458],
    [{ Key: 4_294_967_295, MTU: 9000 }, 'ovs gre key 4294967295', 8958],
    [{ Tunnel: 'vxlan', Key: 16_777_215 }, 'ovs vxlan key 16777215 port 4789', 1450],
    [{ tunnel: 'geneve', port: 7000 }, 'ovs geneve key 1 port 7000', 1450],
    [{ Datapath: 'netdev', Port: 7 }, 'ovs gre key 1', 1458],
    [{ Stretch: true }, 'ovs gre key 1 stretch', 1458],
  ])('%j: what must agree on both ends is "%s", and containers get %d bytes', (options, id, mtu) => {
    const backend = backendOf(options);
    expect([backend.id, backend.mtu(hostFacts())]).toEqual([id, mtu]);
    expect(createFrom('ovs', backend.shared, 0).id).toBe(id);
    expect(backend.unknownOptions).toEqual([]);
  });

  test.each<[string, JsonObject]>([
    ['Tunnel', { Tunnel: 'stt' }],
    ['Datapath', { Datapath: 'dpdk' }],
    ['Key', { Key: 4_294_967_296 }],
    ['Key', { Tunnel: 'vxlan', Key: 16_777_216 }],
    ['Port', { Port: -1 }],
    ['DockerBridge', { DockerBridge: 'sixteen-letters!' }],
    ['DockerBridge', { DockerBridge: 'a/b' }],
  ])('a bad %s is OVL_BACKEND_OPTION and names it (%j)', (key, options) => {
    const attempt = (): unknown => backendOf(options);
    expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_BACKEND_OPTION' }) as OverlayError);
    expect(attempt).toThrow(key);
  });

  test('NAT, an MTU too small, and Stretch in user space are refused', () => {
    expect(backendOf().refuse(hostFacts({ publicIp: parseIpv4('192.0.2.1') }), false)).toContain(
      'behind NAT',
    );
    const small = hostFacts({ iface: { name: 'eth0', mtu: 1321 } });
    expect(backendOf().refuse(small, true)).toContain('1279 bytes');
    expect(backendOf().refuse(small, false)).toBeUndefined();
    expect(backendOf({ Stretch: true, Datapath: 'netdev' }).refuse(hostFacts(), false)).toContain('TCP');
    expect(backendOf({ Stretch: true }).refuse(hostFacts(), false)).toBeUndefined();
  });
});

describe('L3', () => {
  test('a node is the bridge with the base address of each subnet', () => {
    const objects = planNode({ Datapath: 'netdev' }, true);
    expect(objects[0]).toMatchObject({
      kind: 'ovs-bridge',
      name: 'ovl-ovs-0',
      mtu: 1458,
      datapath: 'netdev',
    });
    expect(objects.filter(({ type }) => type === 'address')).toHaveLength(2);
    expect(backendOf().links).toEqual(['ovl-ovs-0']);
    expect(backendOf().tunnel(6)).toBe('ovl-ovs-0');
  });

  test('a peer is one tunnel, its MAC there, and per family a neighbour and a route', () => {
    const objects = planPeer({}, true);
    expect(objects.map(({ type }) => type)).toEqual([
      'ovs-port',
      'fdb',
      'neighbour',
      'route',
      'neighbour',
      'route',
    ]);
    const remote = parseIpv4('172.31.0.9');
    expect(objects[0]).toMatchObject({
      bridge: 'ovl-ovs-0',
      name: 'ovl-0a050900',
      tunnel: { kind: 'gre', remote, local: parseIpv4('172.31.0.1'), key: 1 },
    });
    expect(objects[1]).toMatchObject({ link: 'ovl-ovs-0', mac: mac(9), destination: remote });
    expect(objects[3]).toMatchObject({
      onlink: true,
      link: 'ovl-ovs-0',
      metric: spreadMetric(peer(9).subnet),
    });
  });

  test('C17 a peer without IPv6 data is reached by IPv4 alone', () => {
    expect(planPeer({}, true, { type: 'ovs', data: { MAC: mac(9) } })).toHaveLength(4);
    expect(planPeer({}, false)).toHaveLength(4);
  });

  test('an old and a new configuration share no object', () => {
    const plan = nodePlan(config());
    const all = ([0, 1] as const).flatMap((slot) => {
      const backend = createFrom('ovs', { Key: slot }, slot);
      return [
        ...backend.planNode(plan.input),
        ...backend.planPeer(plan.input, { lease: peer(9), offer: OFFER }).objects,
      ].filter(({ type }) => type !== 'route');
    });
    expect(byKey(all).size).toBe(all.length);
    const names = all.flatMap((object) => (object.type === 'ovs-port' ? [object.name] : []));
    expect(names).toEqual(['ovl-0a050900', 'ovl-0a050900b']);
  });

  test.each([undefined, null, 'x', {}, { MAC: '01:00:00:00:00:01' }, { MAC: 'dev lo' }, [mac(9)]])(
    'backend data %j is OVL_PEER_INVALID and names the lease',
    (data) => {
      const offer = data === undefined ? { type: 'ovs' } : { type: 'ovs', data };
      const attempt = (): unknown => planPeer({}, false, offer);
      expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_PEER_INVALID' }) as OverlayError);
      expect(attempt).toThrow('10.5.9.0-24');
    },
  );

  test('a lease tells the bridge’s MAC, and is understood by another host', () => {
    const offer = backendOf().publish(hostFacts(), true);
    expect(offer).toEqual({
      type: 'ovs',
      data: { MAC: hostFacts().vtepMac },
      v6Data: { MAC: hostFacts().vtepMac },
    });
    expect(backendOf().accepts(offer)).toBe(true);
    expect(backendOf().accepts({ type: 'ovs' })).toBe(false);
  });
});

describe('L2 (Stretch)', () => {
  test('the bridge is plugged into the containers’ by a veth pair, has no address, and cannot stand beside another', () => {
    const objects = planNode({ Stretch: true });
    expect(objects.some(({ type }) => type === 'address')).toBe(false);
    expect(objects).toContainEqual(
      expect.objectContaining({
        kind: 'veth',
        name: 'ovl-ovs-d0',
        peer: 'ovl-ovs-p0',
        master: 'ovl-br-default',
      }),
    );
    expect(objects).toContainEqual(expect.objectContaining({ type: 'ovs-port', name: 'ovl-ovs-p0' }));
    expect(planNode({ Stretch: true, DockerBridge: 'docker0' })).toContainEqual(
      expect.objectContaining({ kind: 'veth', master: 'docker0' }),
    );
    const backend = backendOf({ Stretch: true });
    expect([backend.exclusive, backend.tunnel(4)]).toEqual([true, undefined]);
    expect(backend.links).toEqual(['ovl-ovs-0', 'ovl-ovs-d0']);
  });

  test('a peer is one tunnel and nothing else, whatever its data', () => {
    expect(planPeer({ Stretch: true }, false, { type: 'ovs' }).map(({ type }) => type)).toEqual(['ovs-port']);
  });
});
