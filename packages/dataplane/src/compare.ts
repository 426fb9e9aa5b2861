import { equalAddress, equalPrefix } from '@overlay/cidr';
import type { Address, Prefix } from '@overlay/cidr';
import type { KernelObject, LinkObject, RouteObject } from './model.js';

const sameAddress = (a?: Address, b?: Address): boolean => (a && b ? equalAddress(a, b) : a === b);
const samePrefix = (a?: Prefix, b?: Prefix): boolean => (a && b ? equalPrefix(a, b) : a === b);

type Of<T extends KernelObject['type']> = Extract<KernelObject, { type: T }>;
type Comparison<T extends KernelObject['type']> = (wanted: Of<T>, actual: Of<T>) => boolean;

const COMPARISONS: { readonly [T in KernelObject['type']]: Comparison<T> } = {
  link: (wanted, actual) => !mustRecreate(actual, wanted) && sameSettings(actual, wanted),
  address: () => true,
  route: sameRoute,
  neighbour: (wanted, actual) => wanted.mac === actual.mac,
  fdb: (wanted, actual) => sameAddress(wanted.destination, actual.destination),
  rule: (wanted, actual) =>
    wanted.table === actual.table &&
    samePrefix(wanted.source, actual.source) &&
    samePrefix(wanted.destination, actual.destination),
  sysctl: (wanted, actual) => wanted.value === actual.value,
};

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

/** Whether a link differs in something the kernel does not change on an existing one. */
export function mustRecreate(actual: LinkObject, wanted: LinkObject): boolean {
  if (actual.kind === 'vxlan' && wanted.kind === 'vxlan')
    return (
      actual.vni !== wanted.vni ||
      actual.port !== wanted.port ||
      actual.gbp !== wanted.gbp ||
      actual.local.family !== wanted.local.family
    );
  if (actual.kind === 'veth' && wanted.kind === 'veth')
    return actual.peer !== '' && actual.peer !== wanted.peer;
  return actual.kind !== wanted.kind;
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

function sameSettings(actual: LinkObject, wanted: LinkObject): boolean {
  if (actual.mtu !== wanted.mtu || actual.alias !== wanted.alias || vxlanDiffers(actual, wanted))
    return false;
  if (macChanges(actual, wanted)) return false;
  return wanted.kind !== 'veth' || (actual.kind === 'veth' && actual.master === wanted.master);
}
