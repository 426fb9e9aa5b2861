import { equalAddress, equalPrefix } from '@overlay/cidr';
import type { Address, Prefix } from '@overlay/cidr';
import type {
  Endpoint,
  HookObject,
  KernelObject,
  LinkObject,
  NeighbourObject,
  OvsTunnel,
  RouteObject,
  TunnelLink,
  VxlanLink,
} from './model.js';
import { sameKey } from './preshared-key.js';

const sameAddress = (a?: Address, b?: Address): boolean => (a && b ? equalAddress(a, b) : a === b);
const samePrefix = (a?: Prefix, b?: Prefix): boolean => (a && b ? equalPrefix(a, b) : a === b);

type Of<T extends KernelObject['type']> = Extract<KernelObject, { type: T }>;
type Comparison<T extends KernelObject['type']> = (wanted: Of<T>, actual: Of<T>) => boolean;

const COMPARISONS: { readonly [T in KernelObject['type']]: Comparison<T> } = {
  link: (wanted, actual) => !mustRecreate(actual, wanted) && sameSettings(actual, wanted),
  address: () => true,
  route: sameRoute,
  neighbour: (wanted, actual) => sameLinkLayer(wanted.mac, actual.mac),
  fdb: (wanted, actual) => sameAddress(wanted.destination, actual.destination),
  rule: (wanted, actual) =>
    wanted.table === actual.table &&
    samePrefix(wanted.source, actual.source) &&
    samePrefix(wanted.destination, actual.destination),
  sysctl: (wanted, actual) => wanted.value === actual.value,
  fou: (wanted, actual) => wanted.protocol === actual.protocol,
  'wireguard-peer': (wanted, actual) =>
    sameKey(wanted.presharedKey, actual.presharedKey) &&
    wanted.keepaliveSeconds === actual.keepaliveSeconds &&
    (wanted.endpoint === undefined || sameEndpoint(wanted.endpoint, actual.endpoint)) &&
    samePrefixes(wanted.allowedIps, actual.allowedIps),
  'proxy-peer': (wanted, actual) => sameEndpoint(wanted.endpoint, actual.endpoint),
  'ovs-port': (wanted, actual) => wanted.alias === actual.alias && sameTunnel(wanted.tunnel, actual.tunnel),
  'bridge-port': (wanted, actual) =>
    wanted.neighbourSuppression === actual.neighbourSuppression && wanted.learning === actual.learning,
  hook: (wanted, actual) => sameJson(hookText(wanted), hookText(actual)),
};

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const hookText = ({ add, remove, environment, input }: HookObject): unknown => [
  add,
  remove,
  Object.entries(environment).sort(),
  input,
];

const sameEndpoint = (a: Endpoint, b?: Endpoint): boolean =>
  b?.port === a.port && equalAddress(a.address, b.address);

const samePrefixes = (a: readonly Prefix[], b: readonly Prefix[]): boolean =>
  a.length === b.length && a.every((prefix, index) => samePrefix(prefix, b[index]));

const sameTunnel = (a?: OvsTunnel, b?: OvsTunnel): boolean =>
  a === undefined || b === undefined
    ? a === b
    : a.kind === b.kind &&
      a.key === b.key &&
      a.port === b.port &&
      sameAddress(a.remote, b.remote) &&
      sameAddress(a.local, b.local);

const sameLinkLayer = (a: NeighbourObject['mac'], b: NeighbourObject['mac']): boolean =>
  typeof a === 'string' || typeof b === 'string' ? a === b : equalAddress(a, b);

/** Whether the kernel's object already is what is wanted. Both have the same identity. */
export function isEqual(wanted: KernelObject, actual: KernelObject): boolean {
  if (wanted.type !== actual.type) return false;
  // The table ties each comparison to its type; TypeScript cannot follow the two arguments into it together.
  return (COMPARISONS[wanted.type] as (wanted: KernelObject, actual: KernelObject) => boolean)(
    wanted,
    actual,
  );
}

function sameRoute(a: RouteObject, b: RouteObject): boolean {
  return (
    a.kind === b.kind &&
    a.link === b.link &&
    a.onlink === b.onlink &&
    a.mtu === b.mtu &&
    a.protocol === b.protocol &&
    sameAddress(a.gateway, b.gateway)
  );
}

export function isTunnel(link: LinkObject): link is TunnelLink {
  return link.kind === 'gre' || link.kind === 'ipip' || link.kind === 'sit';
}

/** Whether a link differs in something the kernel does not change on an existing one. */
export function mustRecreate(actual: LinkObject, wanted: LinkObject): boolean {
  if (actual.kind === 'vxlan' && wanted.kind === 'vxlan') return vxlanStays(actual, wanted);
  if (isTunnel(actual) && isTunnel(wanted) && actual.kind === wanted.kind)
    return actual.altered === true || sitStays(actual, wanted);
  if (actual.kind === 'veth' && wanted.kind === 'veth')
    return actual.peer !== '' && actual.peer !== wanted.peer;
  return actual.kind !== wanted.kind;
}

function vxlanStays(actual: VxlanLink, wanted: VxlanLink): boolean {
  return (
    actual.vni !== wanted.vni ||
    actual.port !== wanted.port ||
    actual.gbp !== wanted.gbp ||
    actual.local.family !== wanted.local.family
  );
}

/** ipip6_tunnel_update takes all of a sit device but this, and says that it went well. */
function sitStays(actual: TunnelLink, wanted: TunnelLink): boolean {
  return wanted.kind === 'sit' && actual.pathMtuDiscovery !== wanted.pathMtuDiscovery;
}

/** Whether a certain MAC is wanted and the link has another. */
export function macChanges(actual: LinkObject, wanted: LinkObject): boolean {
  return 'mac' in wanted && wanted.mac !== ('mac' in actual ? actual.mac : undefined);
}

/** Whether `local` or `learning` of a vxlan differ: these change in place, but not through the settings common to all links. */
export function vxlanDiffers(actual: LinkObject, wanted: LinkObject): boolean {
  if (actual.kind !== 'vxlan' || wanted.kind !== 'vxlan') return false;
  return actual.learning !== wanted.learning || !equalAddress(actual.local, wanted.local);
}

/**
 * Whether anything of a tunnel but name, MTU and alias differs. It changes in place (ipgre_changelink, ipip_changelink,
 * ipip6_changelink), and neighbours and routes stay.
 */
export function tunnelDiffers(actual: LinkObject, wanted: LinkObject): boolean {
  if (!isTunnel(actual) || !isTunnel(wanted)) return false;
  return (
    actual.underlay !== wanted.underlay ||
    actual.key !== wanted.key ||
    actual.ttl !== wanted.ttl ||
    actual.pathMtuDiscovery !== wanted.pathMtuDiscovery ||
    !sameJson(portsOf(actual), portsOf(wanted)) ||
    !sameAddress(actual.local, wanted.local)
  );
}

/** Whether port or key of a WireGuard device differ; peers and sessions of another port stay. */
function wireguardDiffers(actual: LinkObject, wanted: LinkObject): boolean {
  if (actual.kind !== 'wireguard' || wanted.kind !== 'wireguard') return false;
  return actual.listenPort !== wanted.listenPort || actual.publicKey !== wanted.publicKey;
}

const portsOf = ({ encapsulation }: TunnelLink): unknown => [
  encapsulation?.sourcePort,
  encapsulation?.destinationPort,
];

/** The bridge that a link is wanted to be a port of; undefined for none. */
export function masterOf(link: LinkObject): string | undefined {
  return link.kind === 'veth' || link.kind === 'vxlan' ? link.master : undefined;
}

function sameSettings(actual: LinkObject, wanted: LinkObject): boolean {
  if (actual.mtu !== wanted.mtu || actual.alias !== wanted.alias) return false;
  if (vxlanDiffers(actual, wanted) || tunnelDiffers(actual, wanted) || wireguardDiffers(actual, wanted))
    return false;
  if (macChanges(actual, wanted) || nicDiffers(actual, wanted)) return false;
  return masterOf(actual) === masterOf(wanted);
}

/** An empty name is any NIC. */
function nicDiffers(actual: LinkObject, wanted: LinkObject): boolean {
  if (actual.kind !== 'lan-bridge' || wanted.kind !== 'lan-bridge') return false;
  return wanted.nic !== '' && actual.nic !== wanted.nic;
}
