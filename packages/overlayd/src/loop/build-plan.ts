import { normaliseConfig, type LeaseSubnets, type NetworkConfig } from '@overlay/lease';
import type { Backend, HostFacts } from '../backends/model.js';
import type { Config } from '../config/model.js';
import { masquerades } from '../plan/docker-wish.js';
import type { NodePlan } from './node-plan.js';

export interface PlanParts {
  readonly config: Config;
  readonly network: NetworkConfig;
  readonly facts: HostFacts;
  readonly backend: Backend;
  readonly lease: LeaseSubnets;
  readonly forwarding: boolean;
}

/** How our links, rules and tables are recognised. */
export const aliasOf = (instance: string): string => `overlayd:${instance}`;

export function buildNodePlan(parts: PlanParts): NodePlan {
  const { config, lease } = parts;
  const subnets = {
    subnet: lease.subnet,
    ...(lease.ipv6Subnet === undefined ? {} : { ipv6Subnet: lease.ipv6Subnet }),
  };
  return {
    input: { facts: parts.facts, config: parts.network, subnets, alias: aliasOf(config.instance) },
    backend: parts.backend,
    options: { forwarding: parts.forwarding, blackhole: config.ipBlackholeRoute },
    firewall: {
      instance: config.instance,
      masquerade: masquerades(config),
      randomFully: !config.ipMasqFullyRandomDisable,
      forward: config.iptablesForwardRules,
    },
  };
}

const bits = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

/** Plans from equal parts are equal: the backend follows from the network config. */
export function samePlan(a: NodePlan, b: NodePlan): boolean {
  const text = ({ input, options, firewall }: NodePlan): string =>
    JSON.stringify(
      [{ ...input, config: normaliseConfig(input.config) }, input.config.backend, options, firewall],
      bits,
    );
  return text(a) === text(b);
}
