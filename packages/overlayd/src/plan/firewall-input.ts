import type { Address, Prefix } from '@overlay/cidr';
import type { FirewallInput, OverlayTraffic } from '@overlay/dataplane';
import type { Backend, NodeInput } from '../backends/model.js';

export interface FirewallOptions {
  readonly instance: string;
  readonly masquerade: boolean;
  readonly randomFully: boolean;
  readonly forward: boolean;
}

interface FamilyPart {
  readonly network: Prefix | undefined;
  readonly subnet: Prefix | undefined;
}

function traffic(
  input: NodeInput,
  backend: Backend,
  part: FamilyPart,
  direct: readonly Address[],
): readonly OverlayTraffic[] {
  const { network, subnet } = part;
  if (network === undefined || subnet === undefined) return [];
  const family = network.family;
  const tunnel = backend.tunnel(family);
  return [
    {
      family,
      network,
      subnet,
      ...(tunnel === undefined ? {} : { tunnel }),
      ...(backend.direct ? { underlay: input.facts.iface.name } : {}),
      directPeers: direct.filter((address) => address.family === family),
    },
  ];
}

/**
 * What the firewall must let through and masquerade, from the same input as the plan. `alloc` has no data plane to accept traffic of;
 * masquerade is still ours to do when asked for.
 */
export function firewallInput(
  input: NodeInput,
  backend: Backend,
  options: FirewallOptions,
  direct: readonly Address[],
): FirewallInput {
  const { config, subnets } = input;
  const silent = backend.type === 'alloc' && !options.masquerade;
  return {
    ...options,
    forward: options.forward && backend.type !== 'alloc',
    nftables: config.enableNFTables,
    traffic: silent
      ? []
      : [
          ...traffic(input, backend, { network: config.ipv4?.network, subnet: subnets.subnet }, direct),
          ...traffic(input, backend, { network: config.ipv6?.network, subnet: subnets.ipv6Subnet }, direct),
        ],
  };
}
