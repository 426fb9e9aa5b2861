import { equalPrefix, type Address, type Prefix } from '@overlay/cidr';
import type { FirewallInput, OverlayTraffic } from '@overlay/dataplane';
import type { Backend, NodeInput } from '../backends/model.js';
import type { PlanBase } from './plan.js';

export interface FirewallOptions {
  readonly instance: string;
  readonly masquerade: boolean;
  readonly randomFully: boolean;
  readonly forward: boolean;
}

/** What the plan itself does not say. */
interface FirewallState {
  readonly direct: readonly Address[];
  readonly fenced: readonly Prefix[];
}

interface FamilyPart {
  readonly network: Prefix | undefined;
  readonly subnet: Prefix | undefined;
}

const tunnels = (backends: readonly Backend[], family: 4 | 6): readonly string[] =>
  backends.flatMap((backend) => backend.tunnel(family) ?? []);

function traffic(
  { input, backends }: PlanBase,
  { network, subnet }: FamilyPart,
  { direct, fenced: allFenced }: FirewallState,
): readonly OverlayTraffic[] {
  if (network === undefined || subnet === undefined) return [];
  const family = network.family;
  const former = formerOf(input, network);
  const draining = drainingOf(input, family);
  const fenced = allFenced.filter((prefix) => prefix.family === family);
  return [
    {
      family,
      network,
      subnet,
      ...(draining.length === 0 ? {} : { alsoSubnets: draining }),
      ...(former.length === 0 ? {} : { alsoNetworks: former }),
      ...(fenced.length === 0 ? {} : { fenced }),
      tunnels: [...new Set(tunnels(backends, family))],
      ...(backends.some((backend) => backend.direct) ? { underlay: input.facts.iface.name } : {}),
      directPeers: direct.filter((address) => address.family === family),
    },
  ];
}

/** Further subnets of this host. */
function drainingOf({ draining = [] }: NodeInput, family: 4 | 6): readonly Prefix[] {
  return draining
    .map(({ subnet, ipv6Subnet }) => (family === 4 ? subnet : ipv6Subnet))
    .filter((subnet) => subnet !== undefined);
}

/** Networks that are being left, of the same family. */
function formerOf({ config }: NodeInput, network: Prefix): readonly Prefix[] {
  return config.formerNetworks.filter(
    (former) => former.family === network.family && !equalPrefix(former, network),
  );
}

/**
 * What the firewall must let through and masquerade, from the same input as the plan. `alloc` has no data plane to accept traffic of;
 * masquerade is still ours to do when asked for.
 */
export function firewallInput(
  base: PlanBase,
  options: FirewallOptions,
  direct: readonly Address[],
  fenced: readonly Prefix[] = [],
): FirewallInput {
  const state = { direct, fenced };
  const { config, subnets } = base.input;
  const carries = base.backends.some(({ type }) => type !== 'alloc');
  const silent = !carries && !options.masquerade;
  // On the LAN itself containers have addresses that everybody knows the way to, and another router than this host.
  const routed = base.backends.every((backend) => backend.segment?.(base.input)?.router === undefined);
  return {
    ...options,
    masquerade: options.masquerade && routed,
    forward: options.forward && carries,
    nftables: config.enableNFTables,
    traffic: silent
      ? []
      : [
          ...traffic(base, { network: config.ipv4?.network, subnet: subnets.subnet }, state),
          ...traffic(base, { network: config.ipv6?.network, subnet: subnets.ipv6Subnet }, state),
        ],
  };
}
