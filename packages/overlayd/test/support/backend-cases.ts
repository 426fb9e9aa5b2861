import { parseIpv4, parseIpv6, parsePrefix, type Address } from '@overlay/cidr';
import {
  formatLeaseValue,
  parseLeaseName,
  parseLeaseValue,
  parseNetworkConfig,
  type BackendOffer,
  type Json,
  type JsonObject,
  type Lease,
  type NetworkConfig,
} from '@overlay/lease';
import type { Backend, HostFacts, NodeInput } from '../../src/backends/model.js';
import { BACKENDS, createBackend, createFrom } from '../../src/backends/registry.js';
import { hostFacts, mac } from './hosts.js';

export const PSK = 'cHJlc2hhcmVkIGtleSBvZiB0aGlydHktdHdvIGJ5dGU=';

/** What the contract test must know of a backend: its options, and what is bad or secret. */
export interface BackendCase {
  readonly type: string;
  /** Configurations of one backend each; all are tested. */
  readonly configurations: readonly [JsonObject, ...JsonObject[]];
  /** One of another id than the first; absent when there is only one id, and so never two of them on a host. */
  readonly other?: JsonObject;
  /** Bytes taken from the MTU of the underlay, by family of what is inside; absent when it makes no device. */
  readonly overhead?: Readonly<Record<4 | 6, number>>;
  /** Backend data that cannot be used. */
  readonly badData: readonly Json[];
  /** It takes only peers on the same link. */
  readonly nearOnly?: true;
  /** Options that are told to nobody, given to whom creates a backend of one id. */
  readonly secrets?: JsonObject;
  /** No routes of its own: none at all, or an operator's commands. */
  readonly empty?: true;
}

const BAD_KEYS: readonly Json[] = [
  null,
  'x',
  {},
  { PublicKey: 'short', Port: 1 },
  { PublicKey: `${'A'.repeat(43)}=`, Port: 1 },
  { PublicKey: keyText(9), Port: 70_000 },
  { PublicKey: keyText(9), Port: '1' },
];

export const CASES: readonly BackendCase[] = [
  { type: 'alloc', configurations: [{}], badData: [], empty: true },
  {
    type: 'bridge',
    configurations: [{ Gateway: '172.31.0.254' }, { Gateway: '172.31.0.254', Force: true }],
    badData: [],
    nearOnly: true,
    empty: true,
  },
  {
    type: 'extension',
    configurations: [{}, { SubnetAddCommand: 'add $SUBNET', PostStartupCommand: 'up' }],
    badData: [{}, 5],
    empty: true,
  },
  {
    type: 'gre',
    configurations: [{}, { Key: 7, TTL: 0, DF: false, DirectRouting: true }],
    other: { Key: 0 },
    overhead: { 4: 24, 6: 24 },
    badData: [],
  },
  { type: 'host-gw', configurations: [{}], badData: [], nearOnly: true },
  {
    type: 'ipip',
    configurations: [{}, { DirectRouting: true }],
    overhead: { 4: 20, 6: 20 },
    badData: [],
  },
  {
    type: 'ovs',
    configurations: [{}, { Key: 9 }],
    other: { Key: 8 },
    overhead: { 4: 42, 6: 42 },
    badData: [],
  },
  {
    type: 'udp',
    configurations: [{}, { Port: 9000, PortV6: 9002 }],
    other: { Port: 8290 },
    overhead: { 4: 28, 6: 28 },
    badData: [],
  },
  {
    type: 'vxlan',
    configurations: [{}, { VNI: 9, DirectRouting: true, GBP: true }],
    other: { VNI: 2 },
    overhead: { 4: 50, 6: 70 },
    badData: [null, 'x', {}, { VtepMAC: '02:00:00:00:00' }, [1]],
  },
  {
    type: 'wireguard',
    configurations: [{}, { PSK, KeyGeneration: 3, Mode: 'auto' }, { Mode: 'ipv4', ListenPort: 1000 }],
    other: { KeyGeneration: 1 },
    overhead: { 4: 80, 6: 80 },
    badData: BAD_KEYS,
    secrets: { PSK },
  },
];

/** Every configuration of every case, for `test.each`: a title, the case and the options. */
export const EVERY = CASES.flatMap((kase) =>
  kase.configurations.map((options) => [`${kase.type} ${JSON.stringify(options)}`, kase, options] as const),
);

export const make = (kase: BackendCase, options: JsonObject, slot: 0 | 1 = 0): Backend =>
  createFrom(kase.type, { Type: kase.type, ...options }, slot);

export const registeredTypes = (): readonly string[] => BACKENDS.map(({ type }) => type);

/** A WireGuard key of host `n`, base64 of 32 bytes. */
export function keyText(n: number): string {
  return Buffer.alloc(32, n).toString('base64');
}

/** Host `n`: 172.31.0.n on a link with the others, or `remote` behind a router. */
export function factsOf(n: number, remote = false): HostFacts {
  const publicIp = parseIpv4(`${remote ? '192.0.2' : '172.31.0'}.${n}`);
  const publicIpv6 = parseIpv6(`${remote ? '2001:db8::' : 'fd31::'}${n.toString(16)}`);
  const names = ['wgkey', 'wgkey-1', 'wgkey-3'];
  return {
    hostname: `h${n}`,
    nodeId: `node-${n}`,
    iface: { name: 'eth0', mtu: 1500 },
    ipv6: { present: true, advertised: [] },
    address: publicIp,
    addressV6: publicIpv6,
    publicIp,
    publicIpv6,
    onLink: ['172.31.0.0/24', 'fd31::/64'].map((text) => ({ prefix: parsePrefix(text), link: 'eth0' })),
    vtepMac: mac(n),
    vtepMacV6: mac(n + 256),
    missing: new Set(),
    allowExtension: true,
    foreignDevices: new Map(),
    outputs: new Map(),
    failures: new Map(),
    wireguardKeys: new Map(
      names.map((name, index) => [
        name,
        { publicKey: keyText(n + (index === 0 ? 0 : 100)), file: `/state/${name}` },
      ]),
    ),
  };
}

const DUAL = { EnableIPv6: true, IPv6Network: 'fc00:5::/48' };
const leaseName = (n: number, dual: boolean): string =>
  `10.5.${n}.0-24${dual ? `&fc00:5:0:${n.toString(16)}::-64` : ''}`;

/** Host `n` that holds 10.5.n.0/24 (and fc00:5:0:n::/64). */
export function inputOf(n: number, dual: boolean, facts: HostFacts = factsOf(n)): NodeInput {
  const json = { Network: '10.5.0.0/16', ...(dual ? DUAL : {}) };
  const { subnet, ipv6Subnet } = parseLeaseName(leaseName(n, dual));
  return {
    facts,
    config: parseNetworkConfig(JSON.stringify(json)),
    subnets: { subnet, ...(ipv6Subnet === undefined ? {} : { ipv6Subnet }) },
    alias: 'overlayd:default',
  };
}

/** What the backend of a network config plans from on the host of `hostFacts`, which holds 10.5.1.0/24 (and fc00:5:0:1::/64). */
export function planBase(config: NetworkConfig): { readonly backend: Backend; readonly input: NodeInput } {
  const input = { ...inputOf(1, config.ipv6 !== undefined, hostFacts()), config };
  return { backend: createBackend(config), input };
}

/** What host `n` announces of a backend, with its lease as it comes back out of etcd. */
export function announced(
  backend: Backend,
  n: number,
  dual: boolean,
  facts = factsOf(n),
): { readonly lease: Lease; readonly offer: BackendOffer } {
  const { type, data, v6Data } = backend.publish(facts, dual);
  const value = formatLeaseValue({
    publicIp: facts.publicIp,
    ...(dual && facts.publicIpv6 !== undefined ? { publicIpv6: facts.publicIpv6 } : {}),
    backendType: type,
    ...(data === undefined ? {} : { backendData: data }),
    ...(v6Data === undefined ? {} : { backendV6Data: v6Data }),
  });
  const attributes = parseLeaseValue(value);
  const { backendData, backendV6Data } = attributes;
  const offer: BackendOffer = {
    type: backend.type,
    id: backend.id,
    options: backend.shared,
    ...(backendData === undefined ? {} : { data: backendData }),
    ...(backendV6Data === undefined ? {} : { v6Data: backendV6Data }),
  };
  const name = leaseName(n, dual);
  const lease = {
    ...parseLeaseName(name),
    name,
    attributes,
    createRevision: '9',
    modRevision: '9',
    etcdLease: '7',
  };
  return { lease, offer };
}

/** Text of an address for an identity; `any` when there is none. */
export const addressText = (address: Address | undefined): string =>
  address === undefined ? 'any' : address.bits.toString();
