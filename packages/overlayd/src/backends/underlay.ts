import { equalAddress, formatAddress } from '@overlay/cidr';
import type { KernelFeature } from '@overlay/dataplane';
import type { HostFacts } from './model.js';
import type { OptionReader } from './options.js';

/** RFC 791 and RFC 8200: the smallest MTU of a link. */
const IPV4_MINIMUM = 68;
export const IPV6_MINIMUM = 1280;

/** Bytes that an encapsulation adds to a packet of each family. */
export interface Overhead {
  readonly 4: number;
  readonly 6: number;
}

/** The option MTU: of the underlay, bytes; 0 and absent are the interface's own. */
export const underlayOption = (reader: OptionReader): number => reader.whole('MTU', 0, [0, 65_535]);

/** MTU that an option, or else the interface, gives the underlay, bytes. */
export const underlayMtu = (option: number, facts: HostFacts): number => option || facts.iface.mtu;

/** Why an underlay MTU leaves too little for a packet; undefined when it does not. */
export function tooSmall(underlay: number, overhead: Overhead, dualStack: boolean): string | undefined {
  const problem = (family: 4 | 6, minimum: number): string =>
    `an MTU of ${underlay - overhead[family]} bytes is too small for IPv${family}, which needs ${minimum}: ` +
    `raise the MTU of the underlay to ${minimum + overhead[family]}`;
  if (underlay - overhead[4] < IPV4_MINIMUM) return problem(4, IPV4_MINIMUM);
  return dualStack && underlay - overhead[6] < IPV6_MINIMUM ? problem(6, IPV6_MINIMUM) : undefined;
}

/** Why a backend that addresses hosts by their own address cannot stand behind NAT; undefined when there is none. */
export function behindNat(backend: string, facts: HostFacts, instead: string): string | undefined {
  if (equalAddress(facts.publicIp, facts.address)) return undefined;
  return (
    `${backend} needs the public address (${formatAddress(facts.publicIp)}) to be the interface's own ` +
    `(${formatAddress(facts.address)}): behind NAT use ${instead}`
  );
}

const FEATURES: Readonly<Record<KernelFeature, readonly [what: string, module: string]>> = {
  gre: ['gre devices', 'ip_gre'],
  ipip: ['ipip devices', 'ipip'],
  sit: ['sit devices, which carry IPv6', 'sit'],
  fou: ['foo-over-UDP', 'fou'],
  wireguard: ['wireguard devices', 'wireguard'],
  vxlan: ['vxlan devices', 'vxlan'],
  tun: ['TUN devices', 'tun'],
};

/** Why a kernel without one of the features cannot be used, and what to do; undefined when it has them all. */
export function lacking(facts: HostFacts, features: readonly KernelFeature[], also = ''): string | undefined {
  const absent = features.find((feature) => facts.missing.has(feature));
  if (absent === undefined) return undefined;
  const [what, module] = FEATURES[absent];
  return `this kernel has no ${what}: load the module ${module} (modprobe ${module}),${also} or choose another backend`;
}
