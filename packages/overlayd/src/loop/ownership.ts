import type { Prefix } from '@overlay/cidr';
import type { Ownership } from '@overlay/dataplane';
import type { NodePlan } from './node-plan.js';

/**
 * What in the kernel is ours under this plan (docs/architecture.md, "Ours, and not ours"). `former` are networks that earlier runs
 * used: their routes are found and removed (C03).
 */
export function ownershipOf(node: NodePlan, adopt: boolean, former: readonly Prefix[] = []): Ownership {
  const { config, alias } = node.input;
  const current = [config.ipv4?.network, config.ipv6?.network].filter((network) => network !== undefined);
  return {
    alias,
    links: node.backends.flatMap(({ links }) => links),
    networks: [...current, ...config.formerNetworks, ...former],
    adopt,
  };
}
