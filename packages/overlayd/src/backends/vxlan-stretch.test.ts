import { parseIpv4Prefix, parseIpv6Prefix } from '@overlay/cidr';
import { parseNetworkConfig, type JsonObject } from '@overlay/lease';
import { announced, inputOf } from '../../test/support/backend-cases.js';
import type { NodeInput } from './model.js';
import { vxlan } from './vxlan.js';

const make = (options: JsonObject = {}) => vxlan.create({ Type: 'vxlan', Stretch: true, ...options }, 0);

const dual: NodeInput = {
  ...inputOf(1, true),
  alias: 'overlayd:default',
  config: parseNetworkConfig(
    JSON.stringify({
      Network: '10.5.0.0/16',
      EnableIPv6: true,
      IPv6Network: 'fd00:5::/48',
      Backend: { Type: 'vxlan', Stretch: true },
    }),
  ),
  subnets: { subnet: parseIpv4Prefix('10.5.1.0/24'), ipv6Subnet: parseIpv6Prefix('fd00:5:0:1::/64') },
};

test('the device is a port of the Docker network`s bridge, with no address, for both families', () => {
  const objects = make().planNode(dual);
  expect(objects.filter(({ type }) => type !== 'sysctl')).toEqual([
    expect.objectContaining({
      kind: 'vxlan',
      name: 'flannel.1',
      master: 'ovl-br-default',
      learning: true,
      mtu: 1450,
    }),
    { type: 'bridge-port', link: 'flannel.1', neighbourSuppression: true, learning: true },
  ]);
});

test.each<[JsonObject, object, boolean]>([
  [{ DockerBridge: 'docker0' }, { master: 'docker0' }, true],
  [{ NeighbourSuppression: false }, { master: 'ovl-br-default' }, false],
])('with %j', (options, link, suppression) => {
  const objects = make(options).planNode(dual);
  expect(objects[0]).toMatchObject(link);
  expect(objects.at(-1)).toMatchObject({ neighbourSuppression: suppression });
});

test('a peer costs one flood entry', () => {
  const backend = make();
  const peer = announced(backend, 9, true);
  expect(backend.planPeer(dual, peer)).toEqual({
    objects: [
      {
        type: 'fdb',
        link: 'flannel.1',
        mac: '00:00:00:00:00:00',
        destination: peer.lease.attributes.publicIp,
      },
    ],
    direct: [],
  });
});

test('Docker is told the whole network as one segment of which it gives out its range', () => {
  expect(make().segment?.(dual)).toEqual({
    subnet: parseIpv4Prefix('10.5.0.0/16'),
    ipv6Subnet: parseIpv6Prefix('fd00:5::/48'),
  });
  expect(vxlan.create({ Type: 'vxlan' }, 0)).not.toHaveProperty('segment');
});

test('it meets neither routed vxlan nor Flannel, and stands alone', () => {
  const backend = make();
  expect(backend).toMatchObject({ id: 'vxlan vni 1 port 8472 stretch', exclusive: true });
  expect(backend.accepts({ type: 'vxlan', data: { VNI: 1 } })).toBe(false);
  expect(vxlan.create({ Type: 'vxlan', ...backend.shared }, 0).id).toBe(backend.id);
});

test('an IPv6 network that Docker cannot count is refused with what to set', () => {
  const reason = make().refuse(dual.facts, true, dual.config);
  expect(reason).toContain('IPv6SubnetLen to 80');
  expect(make().refuse(dual.facts, false)).toBeUndefined();
});

test('options of Stretch are known without it', () => {
  expect(vxlan.create({ Type: 'vxlan', DockerBridge: 'docker0' }, 0).unknownOptions).toEqual([]);
});

test('a bridge that cannot be one is OVL_BACKEND_OPTION', () => {
  expect(() => make({ DockerBridge: 'a name' })).toThrow(
    expect.objectContaining({ code: 'OVL_BACKEND_OPTION' }) as Error,
  );
});
