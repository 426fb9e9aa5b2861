import { normaliseConfig, type LeaseSubnets, type NetworkConfig } from '@overlay/lease';
import type { Backend, HostFacts } from '../backends/model.js';
import type { Config } from '../config/model.js';
import { masquerades } from '../plan/docker-wish.js';
import type { NodePlan } from './node-plan.js';

export interface PlanParts {
  readonly config: Config;
  readonly network: NetworkConfig;
  readonly facts: HostFacts;
  /** The preferred one first. */
  readonly backends: readonly [Backend, ...Backend[]];
  readonly lease: LeaseSubnets;
  readonly draining?: readonly LeaseSubnets[];
  readonly forwarding: boolean;
}

/** How our links, rules and tables are recognised. */
export const aliasOf = (instance: string): string => `overlayd:${instance}`;

export function buildNodePlan(parts: PlanParts): NodePlan {
  const { config, lease, draining = [] } = parts;
  const subnets = {
    subnet: lease.subnet,
    ...(lease.ipv6Subnet === undefined ? {} : { ipv6Subnet: lease.ipv6Subnet }),
  };
  return {
    input: {
      facts: parts.facts,
      config: parts.network,
      subnets,
      ...(draining.length === 0 ? {} : { draining }),
      alias: aliasOf(config.instance),
    },
    backend: parts.backends[0],
    backends: parts.backends,
    options: { forwarding: parts.forwarding, blackhole: config.ipBlackholeRoute },
    firewall: {
      instance: config.instance,
      masquerade: masquerades(config),
      randomFully: !config.ipMasqFullyRandomDisable,
      forward: config.iptablesForwardRules,
    },
  };
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Set || value instanceof Map ? [...(value as Iterable<unknown>)] : value;
}

/** Plans from equal parts are equal: a backend follows from its options and its slot. */
export function samePlan(a: NodePlan, b: NodePlan): boolean {
  const text = ({ input, backends, options, firewall }: NodePlan): string => {
    const ways = backends.map(({ type, slot, options: written }) => [type, slot, written]);
    return JSON.stringify([{ ...input, config: planConfig(input.config) }, ways, options, firewall], plain);
  };
  return text(a) === text(b);
}

/** What of the network config decides a plan, the backends aside. */
function planConfig(config: NetworkConfig): unknown {
  const { encryptTo, trustedPrefixes, formerNetworks } = config;
  return [normaliseConfig(config), encryptTo, trustedPrefixes, formerNetworks];
}
