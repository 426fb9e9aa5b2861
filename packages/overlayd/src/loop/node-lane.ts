import { OverlayError } from '@overlay/cidr';
import {
  formatLeaseValue,
  type LeaseAttributes,
  type LeaseSubnets,
  type NetworkConfig,
} from '@overlay/lease';
import type { Backend, HostFacts } from '../backends/model.js';
import { createBackend } from '../backends/registry.js';
import type { Config } from '../config/model.js';
import { leaseAttributes } from '../lease/attributes.js';
import type { LeaseKeeper } from '../lease/keeper.js';
import { Lane, type LaneResult } from './lane.js';
import type { LeaseBook } from './lease-book.js';
import type { NetworkConfigState } from './network-config.js';
import { buildNodePlan, samePlan } from './build-plan.js';
import type { NodePlan } from './node-plan.js';
import type { Problems } from './problems.js';

export interface NodeLaneDeps {
  readonly config: Config;
  readonly version: string;
  readonly network: NetworkConfigState;
  readonly keeper: LeaseKeeper;
  readonly book: LeaseBook;
  readonly problems: Problems;
  readonly facts: () => Promise<HostFacts>;
  readonly forwarding: () => boolean;
  readonly previous: () => LeaseSubnets | undefined;
  /** The plan's own part is new or changed. */
  readonly onPlan: (node: NodePlan) => void;
}

const CHECK_MS = 60_000;

function checkBackend(backend: Backend, facts: HostFacts, config: NetworkConfig): void {
  const reason = backend.refuse(facts);
  if (reason !== undefined) throw new OverlayError('OVL_BACKEND_REFUSED', reason);
  if (config.ipv4 === undefined) {
    throw new OverlayError(
      'OVL_IPV6_ONLY',
      'a lease in etcd always has an IPv4 subnet: set EnableIPv4 and Network in the network config',
    );
  }
  if (config.ipv6 !== undefined && (facts.addressV6 === undefined || facts.publicIpv6 === undefined)) {
    throw new OverlayError(
      'OVL_NO_INTERFACE',
      `EnableIPv6 is set, and interface ${facts.iface.name} has no IPv6 address`,
    );
  }
}

/**
 * From configuration, host facts and lease to the node's own part of the plan. One idempotent pass, run again whenever any of
 * them may have changed, and with back-off while something is missing.
 */
export class NodeLane {
  readonly lane: Lane;
  node: NodePlan | undefined;

  constructor(private readonly deps: NodeLaneDeps) {
    this.lane = new Lane({
      name: 'node',
      run: () => this.run(),
      periodMs: CHECK_MS,
      onError: (error) => {
        deps.problems.setError('node', error);
      },
    });
  }

  private async run(): Promise<LaneResult> {
    const { deps } = this;
    const config = deps.network.require();
    const facts = await deps.facts();
    const backend = createBackend(config);
    checkBackend(backend, facts, config);
    const attributes = leaseAttributes(facts, backend, config.ipv6 !== undefined, deps.version);
    await this.ensureLease(config, facts, attributes);
    const { lease } = deps.keeper.status;
    if (lease === undefined || !deps.book.complete) return 'retry';
    this.publishPlan(
      buildNodePlan({ ...deps, network: config, facts, backend, lease, forwarding: deps.forwarding() }),
    );
    deps.problems.clear('node');
    return 'clean';
  }

  private async ensureLease(
    config: NetworkConfig,
    facts: HostFacts,
    attributes: LeaseAttributes,
  ): Promise<void> {
    const { keeper, book } = this.deps;
    const { state, lease } = keeper.status;
    if (lease === undefined || state === 'lost' || state === 'acquiring')
      await this.acquire(config, facts, attributes);
    else if (formatLeaseValue(lease.attributes) !== formatLeaseValue(attributes))
      await keeper.republish(attributes);
    const held = keeper.status.lease;
    if (held === undefined) return;
    const { publicIp, publicIpv6 } = attributes;
    const own = { subnets: held, publicIp, ...(publicIpv6 === undefined ? {} : { publicIpv6 }) };
    book.setPolicy({ config, own }, held.name);
  }

  private async acquire(config: NetworkConfig, facts: HostFacts, attributes: LeaseAttributes): Promise<void> {
    const previous = this.deps.keeper.status.lease ?? this.deps.previous();
    await this.deps.keeper.acquire({
      config,
      ttlSeconds: this.deps.config.subnetLeaseTtlSeconds,
      nodeId: facts.nodeId,
      attributes,
      ...(previous === undefined ? {} : { previous }),
    });
  }

  private publishPlan(node: NodePlan): void {
    if (this.node !== undefined && samePlan(this.node, node)) return;
    this.node = node;
    this.deps.onPlan(node);
  }
}
