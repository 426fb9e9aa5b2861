import { networkAddress, type Prefix } from '@overlay/cidr';
import type { KernelObject, LinkObject } from '@overlay/dataplane';
import { prefixesOf } from '../lease/read-key.js';
import type { NodeInput, Slot } from './model.js';
import { IPV6_MINIMUM } from './underlay.js';

/** Name of a device in a slot. */
export const slotName = (name: string, slot: Slot): string => (slot === 0 ? name : `${name}b`);

const sysctl = (key: string, value: string): KernelObject => ({ type: 'sysctl', key, value });

/**
 * A device and what belongs to every device of ours: no router advertisements (as Flannel; the kernel gives a link below 1280 bytes no
 * IPv6 settings), the base address of each subnet that it carries, alone (`/32`, `/128`: no route of the kernel's own comes with it),
 * and loose reverse path filtering: while peers change their way, packets come in by another device than answers go out by, and
 * `net/ipv4/conf/all/rp_filter` = 1 would drop them (the higher of the two values counts; Documentation/networking/ip-sysctl).
 */
export function device(
  { facts }: NodeInput,
  link: LinkObject,
  subnets: readonly Prefix[],
): readonly KernelObject[] {
  const { name } = link;
  const ipv6 = facts.ipv6.present && link.mtu >= IPV6_MINIMUM;
  const ipv4 = subnets.some(({ family }) => family === 4);
  return [
    link,
    ...(ipv6 ? [sysctl(`net/ipv6/conf/${name}/accept_ra`, '0')] : []),
    ...(ipv4 ? [sysctl(`net/ipv4/conf/${name}/rp_filter`, '2')] : []),
    ...subnets.map((subnet): KernelObject => {
      const address = networkAddress(subnet);
      return { type: 'address', link: name, address, length: address.family === 4 ? 32 : 128 };
    }),
  ];
}

/** The subnets of this host, one per family. */
export const ownSubnets = ({ subnets }: NodeInput): readonly Prefix[] => prefixesOf(subnets);
