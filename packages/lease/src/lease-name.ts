import type { InterfaceAddress, Ipv4, Ipv4Prefix, Ipv6, Ipv6Prefix } from '@overlay/cidr';
import { formatAddress, OverlayError, parseIpv4Prefix, parseIpv6Prefix } from '@overlay/cidr';

import type { LeaseSubnets } from './model.js';
import { readIpv4, readIpv6 } from './prefix-text.js';

const MAX_NAME = 128;
const NAME = /^([0-9.]+)-([0-9]+)(?:&([0-9a-f:]+)-([0-9]+))?$/;
/** Anchored at the end only, and most of its dots match anything: that is what Flannel does (pkg/subnet ParseSubnetKey). */
const FLANNEL_KEY = /(\d+\.\d+.\d+.\d+)-(\d+)(?:&([a-f\d:]+)-(\d+))?$/;

/** What Flannel takes a key for. Host bits are kept; `canonical` is the name it would write. */
export interface FlannelKey {
  readonly subnet: InterfaceAddress<Ipv4>;
  readonly ipv6Subnet?: InterfaceAddress<Ipv6>;
  readonly canonical: string;
}

/**
 * The subnets of a key below `<prefix>/subnets/`: `10.5.34.0-24` or `10.5.34.0-24&fc00:24:0:28::-64`. Stricter than Flannel:
 * no host bits, and printing the result must give the same name, so no two names mean one subnet. Throws OVL_LEASE_KEY.
 */
export function parseLeaseName(name: string): LeaseSubnets {
  const subnets = name.length <= MAX_NAME ? readName(name) : undefined;
  if (subnets !== undefined && formatLeaseName(subnets) === name) return subnets;
  throw new OverlayError(
    'OVL_LEASE_KEY',
    `${JSON.stringify(name.slice(0, MAX_NAME))} is not a lease name; one looks like 10.5.34.0-24 or 10.5.34.0-24&fc00:24:0:28::-64`,
  );
}

/** The name of the key, as Flannel's MakeSubnetKey prints it. */
export function formatLeaseName(subnets: LeaseSubnets): string {
  const ipv4 = keyText(subnets.subnet);
  return subnets.ipv6Subnet === undefined ? ipv4 : `${ipv4}&${keyText(subnets.ipv6Subnet)}`;
}

/**
 * What Flannel makes of a whole etcd key, undefined when it rejects it: to say that a key we ignore means something to it.
 */
export function parseFlannelKey(key: string): FlannelKey | undefined {
  const [, address4, length4, address6, length6] = FLANNEL_KEY.exec(key) ?? [];
  if (address4 === undefined || length4 === undefined) return undefined;
  const subnet = sloppyHalf(address4, length4, readIpv4, 31);
  if (subnet === undefined) return undefined;
  const ipv4Name = hostKeyText(subnet);
  if (address6 === undefined || length6 === undefined) return { subnet, canonical: ipv4Name };
  const ipv6Subnet = sloppyHalf(address6, length6, readIpv6, 127);
  if (ipv6Subnet === undefined) return undefined;
  return { subnet, ipv6Subnet, canonical: `${ipv4Name}&${hostKeyText(ipv6Subnet)}` };
}

function readName(name: string): LeaseSubnets | undefined {
  const [, address4, length4, address6, length6] = NAME.exec(name) ?? [];
  if (address4 === undefined || length4 === undefined) return undefined;
  try {
    const subnet = parseIpv4Prefix(`${address4}/${length4}`);
    if (address6 === undefined || length6 === undefined) return { subnet };
    return { subnet, ipv6Subnet: parseIpv6Prefix(`${address6}/${length6}`) };
  } catch {
    return undefined;
  }
}

function sloppyHalf<A extends Ipv4 | Ipv6>(
  text: string,
  lengthText: string,
  read: (text: string) => A,
  longest: number,
): InterfaceAddress<A> | undefined {
  const length = Number(lengthText);
  if (length > longest) return undefined;
  try {
    return { address: read(text), length };
  } catch {
    return undefined;
  }
}

function keyText(prefix: Ipv4Prefix | Ipv6Prefix): string {
  return `${formatAddress(prefix)}-${prefix.length}`;
}

function hostKeyText(half: InterfaceAddress): string {
  return `${formatAddress(half.address)}-${half.length}`;
}
