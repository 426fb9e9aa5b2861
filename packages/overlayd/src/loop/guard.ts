import { join } from 'node:path';
import { contains, type Address, type Prefix } from '@overlay/cidr';
import type { HostReader } from '@overlay/dataplane';
import {
  formatLeaseName,
  lanReserved,
  type LeaseEvent,
  type LeaseSubnets,
  type NetworkConfig,
  type RawLease,
} from '@overlay/lease';
import type { Config } from '../config/model.js';
import type { Clock } from '../host/clock.js';
import { subnetsOf } from '../lease/draining-leases.js';
import type { LeaseKeeper } from '../lease/keeper.js';
import type { Loss } from '../lease/own-event.js';
import { namedIn, prefixesOf } from '../lease/read-key.js';
import { scarceSubnets } from '../plan/capacity.js';
import type { DockerLane } from './docker-lane.js';
import { waitingFor } from './drained.js';
import { Fence, type FenceView } from './fence.js';
import type { FirewallLane } from './firewall-lane.js';
import { Lane, type LaneResult } from './lane.js';
import type { LeaseBook } from './lease-book.js';
import type { NodeLane } from './node-lane.js';
import type { Problem, Problems } from './problems.js';
import { Rivals } from './rivals.js';

/** The parts of the daemon that the guard looks at. */
export interface GuardHost {
  readonly config: Config;
  readonly nodeId: string;
  readonly network: { readonly running: NetworkConfig | undefined };
  readonly keeper: LeaseKeeper;
  readonly book: LeaseBook;
  readonly nodeLane: NodeLane;
  readonly firewallLane: Pick<FirewallLane, 'last'>;
  readonly dockerLane: DockerLane | undefined;
  readonly problems: Problems;
  readonly adapters: { readonly clock: Clock; readonly host: Pick<HostReader, 'addresses'> };
}

const CHECK_MS = 60_000;
/** Hosts that wait for a subnet do not all come at once when one is given back, ms. */
const SPREAD_MS = 500;

/**
 * Watches over who owns what: fences what this host had and another one owns, names hosts that say to be this one, warns before the last
 * subnet is gone, and wakes a host that waits for one.
 */
export class Guard {
  readonly lane: Lane;
  readonly fence: Fence;
  private readonly rivals: Rivals;
  /** Addresses of this host, as read when something was fenced; undefined: nobody knows. */
  private addresses: readonly Address[] | undefined;
  private countedBy: readonly unknown[] = [];

  constructor(
    private readonly host: GuardHost,
    /** Other subnets are fenced than before. */
    private readonly onFenced: () => void,
  ) {
    const { config, problems, adapters } = host;
    const leases = (): Iterable<RawLease> => host.book.keys();
    this.fence = new Fence({
      file: join(config.stateDir, 'fence.json'),
      ...{ problems, leases },
      nowMs: () => adapters.clock.bootMs(),
      view: () => this.view(),
      onChanged: () => this.fencedOthers(),
    });
    this.rivals = new Rivals({ problems, leases, self: () => this.self() });
    this.lane = new Lane({
      clock: adapters.clock,
      name: 'guard',
      run: () => this.run(),
      periodMs: CHECK_MS,
      onError: (error) => {
        problems.setError('guard', error);
      },
    });
  }

  /** The subnet of the last run, which containers may be in still. */
  recall(previous: LeaseSubnets | undefined): void {
    if (previous !== undefined) this.fence.uses(prefixesOf(previous));
  }

  /** The book took a complete list over. */
  listed(): void {
    this.fence.listed();
    this.rivals.look();
    this.lane.mark();
    if (this.host.keeper.needsLease()) this.host.nodeLane.lane.mark();
  }

  /** The book took these events over. */
  events(events: readonly LeaseEvent[]): void {
    this.fence.events(events);
    this.rivals.events(events);
    if (this.host.keeper.needsLease() && events.some(({ type }) => type === 'delete'))
      this.host.nodeLane.lane.mark(SPREAD_MS * this.host.adapters.clock.random());
  }

  /** The own lease is lost; `key`: as it is now. */
  lost(loss: Loss, key: RawLease | undefined): void {
    if (loss === 'taken' || loss === 'cloned') this.host.book.clearOwn();
    if (key !== undefined) this.fence.learned(key);
    this.released();
  }

  /** A lease beside the own one is not held any more. */
  released(): void {
    this.changed();
    this.host.nodeLane.lane.mark();
  }

  /** What this host holds, or who it is, is not what it was. */
  changed(): void {
    this.fence.look();
    this.rivals.look();
    this.lane.mark();
  }

  private fencedOthers(): void {
    const { keeper, book } = this.host;
    // Its key went before another host wrote it.
    if (keeper.status.state === 'lost' && this.fence.prefixes().length > 0) book.clearOwn();
    this.lane.mark();
    this.onFenced();
  }

  private async run(): Promise<LaneResult> {
    const { host, fence } = this;
    const { config, problems, adapters } = host;
    const asks = config.docker === 'off' && fence.prefixes().length > 0;
    this.addresses = asks ? (await adapters.host.addresses()).map(({ address }) => address) : undefined;
    fence.look();
    this.count();
    problems.clear('guard');
    return 'clean';
  }

  /** Anew only when leases, config or host are others than before: it takes a while with thousands of leases. */
  private count(): void {
    const { network, book, nodeLane, problems } = this.host;
    const by = [book.highestRevision, network.running, nodeLane.node];
    if (network.running === undefined || by.every((one, at) => one === this.countedBy[at])) return;
    this.countedBy = by;
    problems.settle('scarce', this.scarce(network.running));
  }

  private scarce(running: NetworkConfig): Problem | undefined {
    const { book, nodeLane } = this.host;
    const leases = [...book.all()].filter(({ name }) => book.raw(name) !== undefined);
    const refused = book.rejected().flatMap(({ name }) => namedIn(name));
    const { node } = nodeLane;
    const ofHost = node?.backend.reserved?.(node.input.facts) ?? [];
    const taken = [...leases.flatMap(prefixesOf), ...refused];
    return scarceSubnets(running, { taken, reserved: [...lanReserved(running, leases), ...ofHost] });
  }

  private publicIp() {
    const { keeper, nodeLane } = this.host;
    return nodeLane.node?.input.facts.publicIp ?? keeper.status.lease?.attributes.publicIp;
  }

  private held(): readonly LeaseSubnets[] {
    const { status, draining } = this.host.keeper;
    const { lease, state } = status;
    if (lease === undefined || state === 'lost') return [];
    return [subnetsOf(lease), ...draining.subnets()];
  }

  private self() {
    const publicIp = this.publicIp();
    if (publicIp === undefined) return undefined;
    return { nodeId: this.host.nodeId, publicIp, own: new Set(this.held().map(formatLeaseName)) };
  }

  private view(): FenceView {
    const { nodeId, firewallLane } = this.host;
    // Flannel's leases have no node id: without the address nobody could tell that one is another host's before this one has a lease.
    const publicIp = this.publicIp() ?? firewallLane.last?.input.facts.publicIp;
    return {
      self: { nodeId, ...(publicIp === undefined ? {} : { publicIp }) },
      held: this.held(),
      followed: this.followed(),
      unused: (prefix) => this.isUnused(prefix),
    };
  }

  /** Docker has the subnet that this host holds, and so no container is in another. */
  private followed(): boolean {
    const { config, dockerLane } = this.host;
    const held = this.held();
    const [next] = held;
    if (config.docker === 'off' || next === undefined || held.length > 1) return false;
    return waitingFor({ docker: config.docker, answer: dockerLane?.answer, next, heldMs: 0 }) === undefined;
  }

  /** Without Docker a bridge of containers is known by the host's address on it. */
  private isUnused(prefix: Prefix): boolean {
    const { addresses } = this;
    return addresses !== undefined && !addresses.some((address) => contains(prefix, address));
  }
}
