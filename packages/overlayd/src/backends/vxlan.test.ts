import { formatPrefix, parseIpv4, type OverlayError } from '@overlay/cidr';
import { spreadMetric, type KernelObject } from '@overlay/dataplane';
import type { JsonObject, LeaseAttributes } from '@overlay/lease';
import { planBase } from '../../test/support/backend-cases.js';
import { hostFacts, mac, network, peer } from '../../test/support/hosts.js';
import { offersOf } from '../plan/offers.js';
import type { NodeInput, PeerPlan } from './model.js';
import { createBackend, createFrom } from './registry.js';

const vxlan = (options: JsonObject = {}, dualStack = false) =>
  network({ Type: 'vxlan', ...options }, dualStack);

function planPeer(options: JsonObject, changes: Partial<LeaseAttributes>, dualStack = false): PeerPlan {
  const config = vxlan(options, dualStack);
  const lease = peer(9, changes, dualStack);
  const backend = createBackend(config);
  return backend.planPeer(planBase(config).input, {
    lease,
    offer: offersOf(lease).find(({ type }) => type === 'vxlan')!,
  });
}

const linkOf = (options: JsonObject, input?: NodeInput): KernelObject | undefined => {
  const config = vxlan(options);
  return createBackend(config)
    .planNode(input ?? planBase(config).input)
    .find(({ type }) => type === 'link');
};

describe('options', () => {
  test('defaults: VNI 1, the kernel’s port 8472, no learning, no GBP, no direct routing', () => {
    expect(linkOf({})).toMatchObject({ name: 'flannel.1', vni: 1, port: 8472, learning: false, gbp: false });
    expect(createBackend(vxlan()).direct).toBe(false);
  });

  test('keys are matched without regard to case, as Go does', () => {
    const options = { vni: 42, PORT: 4789, gbp: true, LEARNING: true, directrouting: true };
    expect(linkOf(options)).toMatchObject({
      name: 'flannel.42',
      vni: 42,
      port: 4789,
      learning: true,
      gbp: true,
    });
    expect(createBackend(vxlan(options)).direct).toBe(true);
    expect(createBackend(vxlan(options)).unknownOptions).toEqual([]);
  });

  test('the last of two spellings wins, and null leaves the earlier value, as Go does', () => {
    expect(linkOf({ VNI: 1, vni: 2 })).toMatchObject({ vni: 2 });
    expect(linkOf({ vni: 2, VNI: 1 })).toMatchObject({ vni: 1 });
    expect(linkOf({ VNI: 5, vni: null })).toMatchObject({ vni: 5 });
  });

  test('Port 0 and null mean the default', () => {
    expect(linkOf({ Port: 0 })).toMatchObject({ port: 8472 });
    expect(linkOf({ Port: null, VNI: null, GBP: null })).toMatchObject({ port: 8472, vni: 1, gbp: false });
  });

  test('MTU is the underlay’s: containers get 50 bytes less', () => {
    expect(createBackend(vxlan({ MTU: 9000 })).mtu(hostFacts())).toBe(8950);
    expect(linkOf({ MTU: 1400 })).toMatchObject({ mtu: 1350 });
    expect(createBackend(vxlan({ MTU: 0 })).mtu(hostFacts())).toBe(1450);
  });

  test.each<[string, JsonObject, string]>([
    ['VNI', { VNI: -1 }, 'from 0 to 16777215'],
    ['VNI', { VNI: 16_777_216 }, 'from 0 to 16777215'],
    ['VNI', { VNI: 1.5 }, 'a whole number'],
    ['VNI', { VNI: '1' }, 'a whole number'],
    ['Port', { Port: 65_536 }, 'from 0 to 65535'],
    ['MTU', { MTU: 70_000 }, 'from 0 to 65535'],
    ['GBP', { GBP: 'yes' }, 'true or false'],
    ['Learning', { learning: 1 }, 'true or false'],
    ['DirectRouting', { DirectRouting: 'true' }, 'true or false'],
  ])('a bad %s is OVL_BACKEND_OPTION and names the key and the bound (%j)', (key, options, bound) => {
    const attempt = (): unknown => createBackend(vxlan(options));
    expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_BACKEND_OPTION' }) as OverlayError);
    expect(attempt).toThrow(key);
    expect(attempt).toThrow(bound);
  });

  test('the highest VNI and port are taken', () => {
    expect(linkOf({ VNI: 16_777_215, Port: 65_535 })).toMatchObject({ vni: 16_777_215, port: 65_535 });
  });

  test('unknown options are listed, not refused', () => {
    expect(createBackend(vxlan({ MacPrefix: '0E-2A', VNIs: 3 })).unknownOptions).toEqual([
      'MacPrefix',
      'VNIs',
    ]);
  });

  test('an unknown backend is OVL_BACKEND_UNKNOWN and names those there are', () => {
    const attempt = (): unknown => createBackend(network({ Type: 'ipsec' }));
    expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_BACKEND_UNKNOWN' }) as OverlayError);
    expect(attempt).toThrow(/"ipsec".*alloc, .*host-gw, .*vxlan/);
  });

  test('D14 an underlay too small for IPv6 is refused in dual stack: the device gets 70 bytes less', () => {
    const backend = createBackend(vxlan());
    expect(backend.refuse(hostFacts({ iface: { name: 'eth0', mtu: 1349 } }), true)).toContain('1279 bytes');
    expect(backend.refuse(hostFacts({ iface: { name: 'eth0', mtu: 1350 } }), true)).toBeUndefined();
    expect(backend.refuse(hostFacts({ iface: { name: 'eth0', mtu: 1349 } }), false)).toBeUndefined();
  });

  test('a VNI that makes a device name longer than the kernel’s 15 characters is refused', () => {
    const refusal = (vni: number, dualStack: boolean, slot: 0 | 1 = 0): string | undefined =>
      createFrom('vxlan', { VNI: vni }, slot).refuse(hostFacts(), dualStack);
    expect(refusal(9_999_999, false)).toBeUndefined();
    expect(refusal(10_000_000, false)).toMatch(/flannel\.10000000,.* at most 7 digits/);
    expect(refusal(9999, true)).toBeUndefined();
    expect(refusal(10_000, true)).toMatch(/flannel-v6\.10000,.* at most 4 digits/);
    expect(refusal(1000, true, 1)).toMatch(/flannel-v6\.1000b,.* at most 3 digits/);
  });

  test('an underlay too small for IPv4 is refused', () => {
    const backend = createBackend(vxlan());
    expect(backend.refuse(hostFacts({ iface: { name: 'eth0', mtu: 100 } }), false)).toContain('50 bytes');
    expect(backend.refuse(hostFacts({ iface: { name: 'eth0', mtu: 118 } }), false)).toBeUndefined();
  });
});

describe('a peer', () => {
  test('costs a neighbour, an FDB entry and an on-link route with a spread metric', () => {
    const { objects, direct } = planPeer({}, {});
    expect(objects.map(({ type }) => type)).toEqual(['neighbour', 'fdb', 'route']);
    expect(objects[0]).toMatchObject({ link: 'flannel.1', mac: mac(9) });
    expect(objects[1]).toMatchObject({
      link: 'flannel.1',
      mac: mac(9),
      destination: parseIpv4('172.31.0.9'),
    });
    const subnet = peer(9).subnet;
    expect(objects[2]).toMatchObject({ onlink: true, link: 'flannel.1', metric: spreadMetric(subnet) });
    expect(direct).toEqual([]);
  });

  test('in dual stack each family has its own device, and its own MAC', () => {
    const { objects } = planPeer({}, {}, true);
    const macs = objects.flatMap((object) => (object.type === 'fdb' ? [`${object.link} ${object.mac}`] : []));
    expect(macs).toEqual([`flannel.1 ${mac(9)}`, `flannel-v6.1 ${mac(9 + 256)}`]);
    expect(objects).toHaveLength(6);
  });

  test('C17 the IPv6 half of a peer is left out on a host without IPv6', () => {
    const lease = peer(9, {}, true);
    const single = planBase(vxlan());
    const { objects } = single.backend.planPeer(single.input, {
      lease,
      offer: offersOf(lease).find(({ type }) => type === 'vxlan')!,
    });
    expect(objects).toHaveLength(3);
  });

  test('C17 a single-stack peer is reached by IPv4 from a dual-stack host', () => {
    const dual = planBase(vxlan({}, true));
    const lease = peer(9);
    expect(
      dual.backend.planPeer(dual.input, {
        lease,
        offer: offersOf(lease).find(({ type }) => type === 'vxlan')!,
      }).objects,
    ).toHaveLength(3);
  });

  test('C17 an offer without IPv6 data does not take the IPv4 half down', () => {
    const overlay = {
      nodeId: 'n',
      hostname: 'h',
      version: '1',
      backends: [{ type: 'vxlan', data: { VtepMAC: mac(9) } }],
    };
    const lease = peer(9, { backendType: 'host-gw', overlay }, true);
    const dual = planBase(vxlan({}, true));
    const { objects } = dual.backend.planPeer(dual.input, {
      lease,
      offer: offersOf(lease).find(({ type }) => type === 'vxlan')!,
    });
    expect(objects.map(({ type }) => type)).toEqual(['neighbour', 'fdb', 'route']);
  });

  test('the VNI in a lease is ignored, and a value without one is read', () => {
    expect(planPeer({}, { backendData: { VtepMAC: mac(9) } }).objects).toHaveLength(3);
    expect(planPeer({ VNI: 7 }, { backendData: { VNI: 99, VtepMAC: mac(9) } }).objects[0]).toMatchObject({
      link: 'flannel.7',
    });
  });

  test.each(['02-00-00-00-00-AB', '02:00:00:00:00:AB'])(
    'a MAC that Go would read (%s) is written as the kernel shows it',
    (written) => {
      const { objects } = planPeer({}, { backendData: { vtepmac: written } });
      expect(objects[1]).toMatchObject({ mac: '02:00:00:00:00:ab' });
    },
  );

  test.each([undefined, null, 'x', {}, { VtepMAC: '02:00:00:00:00' }, { VtepMAC: 'dev lo' }, [mac(9)]])(
    'backend data %j is OVL_PEER_INVALID and names the lease',
    (backendData) => {
      const lease = peer(9);
      const plan = planBase(vxlan());
      const offer = { type: 'vxlan', ...(backendData === undefined ? {} : { data: backendData }) };
      const attempt = (): unknown => plan.backend.planPeer(plan.input, { lease, offer });
      expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_PEER_INVALID' }) as OverlayError);
      expect(attempt).toThrow('10.5.9.0-24');
    },
  );
});

describe('DirectRouting', () => {
  test('is announced, is not part of the id, and is used towards hosts of ours only that announce it', () => {
    const { backend, input } = planBase(vxlan({ DirectRouting: true }));
    expect(backend.shared).toMatchObject({ DirectRouting: true });
    expect(backend.id).toBe(createBackend(vxlan()).id);
    const lease = peer(9);
    const data = lease.attributes.backendData!;
    const way = (options?: JsonObject): unknown => {
      const offer = { type: 'vxlan', data, ...(options === undefined ? {} : { options }) };
      return backend.planPeer(input, { lease, offer }).direct.length;
    };
    expect([way(), way(backend.shared), way({ VNI: 1 })]).toEqual([1, 1, 0]);
  });

  test('a peer on the same link is one plain route, and is named for the firewall', () => {
    const { objects, direct } = planPeer({ DirectRouting: true }, {});
    expect(objects).toEqual([
      expect.objectContaining({
        type: 'route',
        link: 'eth0',
        onlink: false,
        gateway: parseIpv4('172.31.0.9'),
      }),
    ]);
    expect(direct).toEqual([parseIpv4('172.31.0.9')]);
  });

  test('a peer behind a router goes through the tunnel', () => {
    const { objects, direct } = planPeer({ DirectRouting: true }, { publicIp: parseIpv4('192.0.2.9') });
    expect(objects.map(({ type }) => type)).toEqual(['neighbour', 'fdb', 'route']);
    expect(direct).toEqual([]);
  });

  test('each family is decided by itself', () => {
    const config = vxlan({ DirectRouting: true }, true);
    const plan = planBase(config);
    const facts = { ...plan.input.facts, onLink: plan.input.facts.onLink.slice(0, 1) };
    const lease = peer(9, {}, true);
    const { objects } = plan.backend.planPeer(
      { ...plan.input, facts },
      { lease, offer: offersOf(lease).find(({ type }) => type === 'vxlan')! },
    );
    const routes = objects.flatMap((object) =>
      object.type === 'route' ? [`${formatPrefix(object.destination)} ${object.link ?? ''}`] : [],
    );
    expect(routes).toEqual(['10.5.9.0/24 eth0', 'fc00:5:0:9::/64 flannel-v6.1']);
  });
});
