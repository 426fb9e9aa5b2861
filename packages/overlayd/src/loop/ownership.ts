import type { Ownership } from '@overlay/dataplane';
import type { NodePlan } from './node-plan.js';

/** What in the kernel is ours under this plan (docs/architecture.md, "Ours, and not ours"). */
export function ownershipOf(node: NodePlan, adopt: boolean): Ownership {
  const { config, alias } = node.input;
  return {
    alias,
    links: node.backend.links,
    networks: [
      ...(config.ipv4 === undefined ? [] : [config.ipv4.network]),
      ...(config.ipv6 === undefined ? [] : [config.ipv6.network]),
    ],
    adopt,
  };
}
