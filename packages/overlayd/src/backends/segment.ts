import { contains, type Address, type Prefix } from '@overlay/cidr';
import type { DockerSegment } from '@overlay/docker';
import type { HostFacts, NodeInput } from './model.js';

/** The network on the underlay interface that an address lies in, the longest prefix first; undefined when there is none. */
export function networkOf(facts: HostFacts, address: Address | undefined): Prefix | undefined {
  if (address === undefined) return undefined;
  return facts.onLink
    .map(({ prefix }) => prefix)
    .filter((prefix) => prefix.family === address.family && contains(prefix, address))
    .sort((a, b) => b.length - a.length)[0];
}

/** One Ethernet segment over all hosts: each host's bridge is the way out for its own range. */
export function stretchedSegment({ config, subnets }: NodeInput): DockerSegment | undefined {
  if (config.ipv4 === undefined) return undefined;
  const hasIpv6 = config.ipv6 !== undefined && subnets.ipv6Subnet !== undefined;
  return {
    subnet: config.ipv4.network,
    ...(hasIpv6 ? { ipv6Subnet: config.ipv6.network } : {}),
  };
}
