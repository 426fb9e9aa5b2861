import { parseIpv4, parseIpv6, parsePrefix } from '@overlay/cidr';
import {
  formatLeaseValue,
  parseLeaseName,
  parseNetworkConfig,
  type JsonObject,
  type Lease,
  type LeaseAttributes,
  type NetworkConfig,
  type RawLease,
} from '@overlay/lease';
import type { HostFacts, OnLink } from '../../src/backends/model.js';
import { createBackend } from '../../src/backends/registry.js';
import type { Config } from '../../src/config/model.js';
import { buildNodePlan } from '../../src/loop/build-plan.js';
import type { NodePlan } from '../../src/loop/node-plan.js';

export const NODE_ID = '11111111-1111-4111-8111-111111111111';

const onLink = (prefix: string, link: string): OnLink => ({ prefix: parsePrefix(prefix), link });

/** A host 172.31.0.1 / fd31::1 on eth0, MTU 1500. */
export function hostFacts(changes: Partial<HostFacts> = {}): HostFacts {
  return {
    hostname: 'h1',
    nodeId: NODE_ID,
    iface: { name: 'eth0', mtu: 1500 },
    ipv6: { present: true, advertised: [] },
    address: parseIpv4('172.31.0.1'),
    addressV6: parseIpv6('fd31::1'),
    publicIp: parseIpv4('172.31.0.1'),
    publicIpv6: parseIpv6('fd31::1'),
    onLink: [onLink('172.31.0.0/24', 'eth0'), onLink('fd31::/64', 'eth0')],
    vtepMac: '7e:73:a8:ee:4d:53',
    vtepMacV6: '06:8c:bb:8b:92:be',
    missing: new Set(),
    foreignDevices: new Map(),
    wireguardKeys: new Map(),
    outputs: new Map(),
    failures: new Map(),
    ...changes,
  };
}

const DUAL = { EnableIPv6: true, IPv6Network: 'fc00:5::/48' };

/** The network 10.5.0.0/16 (and fc00:5::/48) with these backend options. */
export const network = (backend: JsonObject, dualStack = false): NetworkConfig =>
  parseNetworkConfig(
    JSON.stringify({ Network: '10.5.0.0/16', ...(dualStack ? DUAL : {}), Backend: backend }),
  );

/** A plan of the host above, which holds 10.5.1.0/24 (and fc00:5:0:1::/64). */
export function nodePlan(config: NetworkConfig, changes: Partial<NodePlan['options']> = {}): NodePlan {
  const own = config.ipv6 === undefined ? '10.5.1.0-24' : '10.5.1.0-24&fc00:5:0:1::-64';
  const plan = buildNodePlan({
    config: {
      instance: 'default',
      ipMasq: true,
      docker: 'off',
      ipBlackholeRoute: false,
      ipMasqFullyRandomDisable: false,
      iptablesForwardRules: true,
    } as unknown as Config,
    network: config,
    facts: hostFacts(),
    backends: [createBackend(config)],
    lease: parseLeaseName(own),
    forwarding: true,
  });
  return { ...plan, options: { ...plan.options, ...changes } };
}

/** A MAC by number: local, unicast. */
export const mac = (n: number): string =>
  `02:00:00:00:${((n >> 8) & 255).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;

/** Peer number `n`: 10.5.n.0/24 (fc00:5:0:n::/64), at 172.31.0.n or as given. */
export function peer(n: number, changes: Partial<LeaseAttributes> = {}, dualStack = false): Lease {
  const name = `10.5.${n}.0-24${dualStack ? `&fc00:5:0:${n.toString(16)}::-64` : ''}`;
  const attributes: LeaseAttributes = {
    publicIp: parseIpv4(`172.31.0.${n}`),
    ...(dualStack ? { publicIpv6: parseIpv6(`fd31::${n.toString(16)}`) } : {}),
    backendType: 'vxlan',
    backendData: { VNI: 1, VtepMAC: mac(n) },
    ...(dualStack ? { backendV6Data: { VNI: 1, VtepMAC: mac(n + 256) } } : {}),
    ...changes,
  };
  const revision = String(100 + n);
  return {
    ...parseLeaseName(name),
    name,
    attributes,
    createRevision: revision,
    modRevision: revision,
    etcdLease: '7',
  };
}

/** The key of a lease as etcd holds it. */
export function rawOf(lease: Lease, changes: Partial<RawLease> = {}): RawLease {
  const { name, attributes, createRevision, modRevision, etcdLease } = lease;
  return {
    name,
    value: formatLeaseValue(attributes),
    createRevision,
    modRevision,
    etcdLease,
    ...changes,
  };
}
