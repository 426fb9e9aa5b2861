import { equalAddress, OverlayError } from '@overlay/cidr';
import {
  formatLeaseValue,
  leaseFitsConfig,
  type LeaseAttributes,
  type LeaseSubnets,
  type NetworkConfig,
} from '@overlay/lease';
import type { Backend, HostFacts } from '../backends/model.js';
import { createBackend } from '../backends/registry.js';
import type { Config } from '../config/model.js';
import type { LaneClock } from '../host/clock.js';
import { leaseAttributes } from '../lease/attributes.js';
import type { LeaseKeeper } from '../lease/keeper.js';
import { leftOff } from '../plan/forwarding.js';
import { rivalOf } from '../plan/rivals.js';
import type { BackendSet } from './backend-set.js';
import { buildNodePlan, samePlan } from './build-plan.js';
import { checkNetwork, chooseBackends } from './choose-backends.js';
import { Needs, type HostNeeds, type HostReading } from './host-needs.js';
import { Lane, type LaneResult } from './lane.js';
import type { LeaseBook } from './lease-book.js';
import type { NetworkConfigState } from './network-config.js';
import type { NodePlan } from './node-plan.js';
import type { Problems } from './problems.js';

export interface NodeLaneDeps {
  readonly clock: LaneClock;
  readonly config: Config;
  readonly version: string;
  readonly network: NetworkConfigState;
  readonly keeper: LeaseKeeper;
  readonly book: LeaseBook;
  readonly backends: BackendSet;
  readonly problems: Problems;
  readonly facts: (needs: HostNeeds) => Promise<HostReading>;
  readonly forwarding: () => boolean;
  readonly previous: () => LeaseSubnets | undefined;
  /** There is a lease, or another one than before. */
  readonly onAcquired: () => void;
  /** Before there is a lease: what the run before this one had. */
  readonly onLast: (node: NodePlan) => void;
  /** The plan's own part is new or changed. */
  readonly onPlan: (node: NodePlan) => void;
  /** Resolves when kernel and firewall were brought to the last plan; those of the backends that stand. */
  readonly standing: (node: NodePlan) => Promise<readonly Backend[]>;
  /** These are in our lease now. */
  readonly onAnnounced: (backends: readonly string[]) => void;
}

const CHECK_MS = 60_000;

/**
 * From configuration, host facts and lease to the node's own part of the plan. One idempotent pass, run again whenever any of
 * them may have changed, and with back-off while something is missing. A new backend is announced when its devices stand.
 */
export class NodeLane {
  readonly lane: Lane;
  node: NodePlan | undefined;
  private readonly needs = new Needs();
  /** The plan whose backends all stand. */
  private stands: NodePlan | undefined;

  constructor(private readonly deps: NodeLaneDeps) {
    this.lane = new Lane({
      clock: deps.clock,
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
    const { facts, unsaved, step } = await chooseBackends({
      config: deps.config,
      network: config,
      leases: [...deps.book.used()],
      own: deps.keeper.status.lease,
      set: deps.backends,
      needs: this.needs,
      facts: deps.facts,
    });
    const dueMs = deps.backends.take(step);
    deps.problems.settle('backends-file', deps.backends.unsaved);
    deps.problems.settle('identity-file', unsaved);
    const [first, ...others] = deps.backends.running.map(({ backend }) => backend);
    if (first === undefined) throw this.noBackend();
    checkNetwork(facts, config);
    this.warn([first, ...others], facts);
    if (deps.keeper.needsLease()) {
      this.planLast(config, facts, [first, ...others]);
      await this.acquire(config, facts, this.attributes(facts, deps.backends.announcedBefore()));
    }
    this.checkAddress(facts);
    if (!this.tryPlan(config, facts, [first, ...others])) return 'retry';
    const allStand = await this.announce(facts);
    deps.problems.clear('node');
    if (dueMs !== undefined) this.lane.mark(dueMs);
    return deps.keeper.needsLease() || !allStand ? 'retry' : 'clean';
  }

  /** An address that another host leased with is that host's: who changes to it is the second, and does not (B06). */
  private checkAddress({ nodeId, publicIp }: HostFacts): void {
    const { keeper, book } = this.deps;
    const { lease } = keeper.status;
    if (lease === undefined || equalAddress(lease.attributes.publicIp, publicIp)) return;
    for (const raw of book.keys()) {
      const rival = rivalOf(raw, { nodeId, publicIp, own: new Set([lease.name]) });
      if (rival?.code === 'OVL_PUBLIC_IP_CONFLICT') throw new OverlayError(rival.code, rival.message);
    }
  }

  private noBackend(): OverlayError {
    const [refusal] = this.deps.backends.waiting;
    return new OverlayError(refusal?.code ?? 'OVL_INTERNAL', refusal?.reason ?? 'no backend runs');
  }

  /** The data plane of the run before this one still stands: its subnet may be another host's by now, and none be free (B03). */
  private planLast(
    config: NetworkConfig,
    facts: HostFacts,
    backends: readonly [Backend, ...Backend[]],
  ): void {
    const { deps } = this;
    const lease = deps.previous();
    if (this.node !== undefined || lease === undefined) return;
    deps.onLast(buildNodePlan({ ...deps, network: config, facts, backends, lease, forwarding: false }));
  }

  /** From the lease we hold; what etcd should say of us comes after it, so that an outage does not keep the kernel behind (B11). */
  private tryPlan(
    config: NetworkConfig,
    facts: HostFacts,
    backends: readonly [Backend, ...Backend[]],
  ): boolean {
    const { deps } = this;
    const { lease } = deps.keeper.status;
    if (lease === undefined) return false;
    const { publicIp, publicIpv6 } = facts;
    const draining = deps.keeper.draining.subnets();
    const own = { subnets: lease, publicIp, draining, ...(publicIpv6 === undefined ? {} : { publicIpv6 }) };
    deps.book.setPolicy({ config, own }, lease.name);
    if (!deps.book.complete) return false;
    this.publishPlan(
      buildNodePlan({
        ...deps,
        network: config,
        facts,
        backends,
        lease,
        draining,
        forwarding: deps.forwarding(),
      }),
    );
    return true;
  }

  private attributes(facts: HostFacts, backends: readonly Backend[]): LeaseAttributes {
    const { keeper, network, version } = this.deps;
    const { lease } = keeper.status;
    const dualStack =
      network.require().ipv6 !== undefined && (lease === undefined || lease.ipv6Subnet !== undefined);
    const held = keeper.needsLease() ? undefined : lease;
    const mustRenumber = held !== undefined && !leaseFitsConfig(held, network.newestKnown());
    return leaseAttributes({ facts, backends, dualStack, version, mustRenumber });
  }

  /**
   * Peers hear of a backend when they can send on it, and no more of one whose devices could not be made, unless it is the last.
   * False when there is such a one.
   */
  private async announce(facts: HostFacts): Promise<boolean> {
    const { node } = this;
    if (node === undefined) return false;
    const wanted = this.deps.backends.announced();
    const looked = this.stands === node && this.says(this.attributes(facts, wanted));
    const announced = looked ? wanted : await this.announceStanding(node, facts, wanted);
    this.deps.onAnnounced(announced.map(({ id }) => id));
    const allStand = announced.length === wanted.length;
    this.stands = allStand ? node : undefined;
    return allStand;
  }

  private async announceStanding(
    node: NodePlan,
    facts: HostFacts,
    wanted: readonly Backend[],
  ): Promise<readonly Backend[]> {
    const standing = await this.deps.standing(node);
    // By id: a plan that is the same keeps the backends it was made with.
    const announced = wanted.filter(({ id }) => standing.some((backend) => backend.id === id));
    const attributes = this.attributes(facts, announced);
    if (announced.length > 0 && !this.says(attributes)) await this.deps.keeper.republish(attributes);
    return announced;
  }

  private says(attributes: LeaseAttributes): boolean {
    const { lease } = this.deps.keeper.status;
    return lease !== undefined && formatLeaseValue(lease.attributes) === formatLeaseValue(attributes);
  }

  private warn(running: readonly Backend[], facts: HostFacts): void {
    const { problems, backends, network } = this.deps;
    const dualStack = network.require().ipv6 !== undefined;
    this.warnOfForwarding(running, leftOff(facts, dualStack));
    const unknown = running.find(({ unknownOptions }) => unknownOptions.length > 0);
    if (unknown === undefined) problems.clear('options');
    else {
      const message = `the network config has options that backend ${unknown.type} does not know: ${unknown.unknownOptions.join(', ')}`;
      problems.set('options', { code: 'OVL_CONFIG_UNKNOWN_OPTION', message });
    }
    const warning = running
      .map((backend) => backend.warning?.(facts, dualStack))
      .find((one) => one !== undefined);
    const [waiting] = backends.waiting;
    const reasons = backends.waiting.map(({ type, reason }) => `${type}: ${reason}`);
    if (waiting !== undefined) problems.set('backend', { code: waiting.code, message: reasons.join('; ') });
    else if (warning !== undefined) problems.set('backend', warning);
    else problems.clear('backend');
  }

  private warnOfForwarding(running: readonly Backend[], message: string | undefined): void {
    const { problems } = this.deps;
    const carries = running.some(({ type }) => type !== 'alloc');
    const off = message !== undefined && carries;
    problems.settle('forwarding', off ? { code: 'OVL_FORWARDING_OFF', message } : undefined);
  }

  private async acquire(config: NetworkConfig, facts: HostFacts, attributes: LeaseAttributes): Promise<void> {
    const previous = this.deps.keeper.wish(this.deps.previous());
    const reserved = createBackend(config).reserved?.(facts);
    await this.deps.keeper.acquire({
      config,
      ttlSeconds: this.deps.config.subnetLeaseTtlSeconds,
      nodeId: facts.nodeId,
      attributes,
      ...(previous === undefined ? {} : { previous }),
      ...(reserved === undefined ? {} : { reserved }),
    });
    this.deps.network.settle(config);
    this.deps.onAcquired();
  }

  private publishPlan(node: NodePlan): void {
    if (this.node !== undefined && samePlan(this.node, node)) return;
    this.node = node;
    this.deps.onPlan(node);
  }
}
