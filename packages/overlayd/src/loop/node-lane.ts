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
  readonly facts: (network: NetworkConfig) => Promise<HostFacts>;
  readonly forwarding: () => boolean;
  readonly previous: () => LeaseSubnets | undefined;
  /** The plan's own part is new or changed. */
  readonly onPlan: (node: NodePlan) => void;
}

const CHECK_MS = 60_000;

/** @throws OverlayError OVL_BACKEND_REFUSED, OVL_IPV6_ONLY, OVL_NO_INTERFACE: this host cannot run with that network config */
export function checkBackend(backend: Backend, facts: HostFacts, config: NetworkConfig): void {
  const reason = backend.refuse(facts, config.ipv6 !== undefined);
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
    const facts = await deps.facts(config);
    const backend = createBackend(config);
    checkBackend(backend, facts, config);
    this.warnOfOptions(backend);
    const attributes = leaseAttributes(facts, backend, config.ipv6 !== undefined, deps.version);
    if (deps.keeper.needsLease()) await this.acquire(config, facts, attributes);
    if (!this.tryPlan(config, facts, backend)) return 'retry';
    await this.republish(attributes);
    deps.problems.clear('node');
    return deps.keeper.needsLease() ? 'retry' : 'clean';
  }

  /** From the lease we hold; what etcd should say of us comes after it, so that an outage does not keep the kernel behind (B11). */
  private tryPlan(config: NetworkConfig, facts: HostFacts, backend: Backend): boolean {
    const { deps } = this;
    const { lease } = deps.keeper.status;
    if (lease === undefined) return false;
    const { publicIp, publicIpv6 } = facts;
    const own = { subnets: lease, publicIp, ...(publicIpv6 === undefined ? {} : { publicIpv6 }) };
    deps.book.setPolicy({ config, own }, lease.name);
    if (!deps.book.complete) return false;
    this.publishPlan(
      buildNodePlan({ ...deps, network: config, facts, backend, lease, forwarding: deps.forwarding() }),
    );
    return true;
  }

  private async republish(attributes: LeaseAttributes): Promise<void> {
    const { lease } = this.deps.keeper.status;
    if (lease === undefined || formatLeaseValue(lease.attributes) === formatLeaseValue(attributes)) return;
    await this.deps.keeper.republish(attributes);
  }

  private warnOfOptions(backend: Backend): void {
    const [first] = backend.unknownOptions;
    if (first === undefined) return this.deps.problems.clear('options');
    const message = `the network config has options that backend ${backend.type} does not know: ${backend.unknownOptions.join(', ')}`;
    this.deps.problems.set('options', { code: 'OVL_CONFIG_UNKNOWN_OPTION', message });
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
    this.deps.network.settle(config);
  }

  private publishPlan(node: NodePlan): void {
    if (this.node !== undefined && samePlan(this.node, node)) return;
    this.node = node;
    this.deps.onPlan(node);
  }
}
