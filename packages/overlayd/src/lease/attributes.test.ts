import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIpv4, parseIpv6 } from '@overlay/cidr';
import {
  formatLeaseValue,
  parseLeaseValue,
  parseNetworkConfig,
  type Json,
  type LeaseAttributes,
  type NetworkConfig,
} from '@overlay/lease';
import { hostFacts } from '../../test/support/hosts.js';
import { createBackend } from '../backends/registry.js';
import { leaseAttributes } from './attributes.js';

interface Fixture {
  readonly name: string;
  readonly config: string;
  readonly value: string;
  readonly status: string;
}

const { leases } = JSON.parse(
  readFileSync(join(__dirname, '../../../lease/fixtures/leases.json'), 'utf8'),
) as { leases: readonly Fixture[] };
const OURS = ['vxlan', 'vxlan-vni', 'vxlan-dual-stack', 'host-gw', 'host-gw-dual-stack', 'alloc'];
const announced = (network: NetworkConfig, facts = hostFacts()): LeaseAttributes =>
  leaseAttributes({
    facts,
    backends: [createBackend(network)],
    dualStack: network.ipv6 !== undefined,
    version: '1.2.3',
    mustRenumber: false,
  });
const macOf = (data: Json | undefined): string => (data as { VtepMAC?: string } | undefined)?.VtepMAC ?? '';

test.each(leases.filter(({ name }) => OURS.includes(name)))(
  '$name: the lease value is byte-equal to Flannel’s apart from the trailing Overlay field',
  ({ config, value }) => {
    const network = parseNetworkConfig(config);
    const observed = parseLeaseValue(value);
    const facts = hostFacts({
      publicIp: parseIpv4('172.31.0.1'),
      publicIpv6: parseIpv6('fd31::1'),
      vtepMac: macOf(observed.backendData),
      vtepMacV6: macOf(observed.backendV6Data),
    });
    const attributes = announced(network, facts);
    const written = formatLeaseValue(attributes);
    const index = written.indexOf(',"Overlay":');
    expect(`${written.slice(0, index)}}`).toBe(value);
    expect(JSON.parse(`{${written.slice(index + 1)}`)).toMatchObject({
      Overlay: { NodeID: facts.nodeId, Hostname: 'h1', Version: '1.2.3' },
    });
  },
);

test('every backend of this daemon has a fixture above', () => {
  expect(leases.filter(({ name }) => OURS.includes(name))).toHaveLength(OURS.length);
});

test('the Overlay field offers the backend with the same data as Flannel’s fields', () => {
  const network = parseNetworkConfig(
    '{"EnableIPv6":true,"Network":"10.24.0.0/16","IPv6Network":"fc00:24::/48","Backend":{"Type":"vxlan"}}',
  );
  const { backendData, backendV6Data, overlay } = announced(network);
  expect(overlay?.backends).toEqual([
    {
      type: 'vxlan',
      id: 'vxlan vni 1 port 8472',
      options: { VNI: 1, Port: 8472 },
      data: backendData,
      v6Data: backendV6Data,
    },
  ]);
});

test('alloc offers no backend at all', () => {
  const network = parseNetworkConfig('{"Network":"10.5.0.0/16","Backend":{"Type":"alloc"}}');
  expect(announced(network).overlay?.backends).toEqual([]);
});

test('in single stack the IPv6 address of the host stays out of the lease', () => {
  const network = parseNetworkConfig('{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}');
  expect(announced(network).publicIpv6).toBeUndefined();
});
