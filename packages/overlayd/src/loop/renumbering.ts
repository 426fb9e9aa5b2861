import { formatPrefix, OverlayError } from '@overlay/cidr';
import type { DockerReport } from '@overlay/docker';
import {
  formatLeaseName,
  leaseFitsConfig,
  type LeaseSubnets,
  type NetworkConfig,
  type RenumberOutcome,
  type RenumberRequest,
  type RenumberStore,
} from '@overlay/lease';
import type { Config } from '../config/model.js';
import { drains } from '../lease/draining.js';
import { prefixesOf } from '../lease/read-key.js';
import type { LaneClock } from '../host/clock.js';
import type { LeaseKeeper } from '../lease/keeper.js';
import { dockerWish } from '../plan/docker-wish.js';
import { nodeMtu } from '../plan/mtu.js';
import type { DockerLane } from './docker-lane.js';
import { waitingFor } from './drained.js';
import type { Fence } from './fence.js';
import type { KernelLane } from './kernel-lane.js';
import { Lane, type LaneResult } from './lane.js';
import type { NetworkConfigState } from './network-config.js';
import type { NodeLane } from './node-lane.js';
import type { NodePlan } from './node-plan.js';
import type { Problems } from './problems.js';

/** The parts of the daemon that take part. */
export interface RenumberingHost {
  readonly config: Config;
  readonly nodeId: string;
  readonly network: NetworkConfigState;
  readonly keeper: LeaseKeeper;
  readonly nodeLane: NodeLane;
  readonly kernelLane: KernelLane;
  readonly dockerLane: DockerLane | undefined;
  readonly guard: { readonly fence: Pick<Fence, 'emptied'> };
  readonly problems: Problems;
  readonly adapters: { readonly store: RenumberStore; readonly clock: LaneClock };
}

const CHECK_MS = 5000;
/** Containers get time to stop when Docker is restarted. */
const RESTART_MS = 60_000;
const LOOK_MS = 1000;

const textOf = (subnets: LeaseSubnets): string => prefixesOf(subnets).map(formatPrefix).join(',');

function failureText(error: unknown): string {
  const code = error instanceof OverlayError ? error.code : 'OVL_INTERNAL';
  return `${code}: ${error instanceof Error ? error.message : String(error)}`;
}

/** A role made for Flannel's keys alone may not read ours; then no run before this one promised anything either. */
function nothingWithoutRights(error: unknown): undefined {
  if (!(error instanceof OverlayError) || error.code !== 'OVL_ETCD_PERMISSION') throw error;
  return undefined;
}

/**
 * Moves this host to a subnet that fits the network config when somebody asks for it, and gives the old lease back when its last container
 * is gone. Draining leases are found in etcd after a restart; only an order to restart Docker is forgotten.
 */
export class Renumbering {
  readonly lane: Lane;
  private request: RenumberRequest | undefined;
  /** The request that an answer is owed to, and the last answer. */
  private asked: { readonly request: RenumberRequest; readonly failure?: string; told?: string } | undefined;
  /** Somebody asked: Docker may be restarted for this. */
  private ordered = false;
  /** When a restart of Docker is not waited for any more. */
  private restartEndsMs = 0;
  private readonly heldSince = new Map<string, number>();
  /** A run before this one may have said `draining`. */
  private mayOweDone = false;

  constructor(private readonly host: RenumberingHost) {
    this.lane = new Lane({
      clock: host.adapters.clock,
      name: 'renumber',
      run: () => this.run(),
      periodMs: CHECK_MS,
      onError: (error) => {
        host.problems.setError('renumber-answer', error);
      },
    });
  }

  /** Somebody asks through etcd. */
  requested(request: RenumberRequest): void {
    this.request = request;
    this.lane.mark();
  }

  /** Tells Docker what it should have. A restart of it that was not allowed by flag is when somebody asks to renumber. */
  wishDocker(node: NodePlan): void {
    const { config, dockerLane } = this.host;
    const dockerRestart = this.ordered ? 'when-changed' : config.dockerRestart;
    const wish = dockerWish({ ...config, dockerRestart }, node.input, nodeMtu(node), node.backend);
    if (wish !== undefined) dockerLane?.setWish(wish);
    this.lane.mark();
  }

  /**
   * Takes what the network config in etcd says now, and a lease that fits it; the old one stays until its last container is gone.
   * @throws OverlayError when this host cannot run with it, or no lease could be had: the old ones then stay
   */
  async order(): Promise<void> {
    const { network, keeper, nodeLane, kernelLane, dockerLane, problems } = this.host;
    const { running } = network;
    network.settle(network.newest());
    this.ordered = true;
    keeper.reacquire();
    await nodeLane.lane.flush();
    const problem = problems.get('node');
    if (problem !== undefined) {
      this.takeBack(running);
      throw new OverlayError(problem.code, problem.message);
    }
    await kernelLane.lane.flush();
    await dockerLane?.lane.flush();
  }

  private takeBack(running: NetworkConfig | undefined): void {
    const { network, keeper, nodeLane } = this.host;
    this.ordered = false;
    if (running === undefined) return;
    network.settle(running);
    keeper.keepLease();
    nodeLane.lane.mark();
  }

  /** What old subnets are still held for, by their text. */
  waiting(): readonly string[] {
    return this.host.keeper.draining.subnets().flatMap((old) => this.reasonToKeep(old) ?? []);
  }

  /** Docker was looked at. A restart of it goes on by itself. */
  dockerReported({ changes }: DockerReport): void {
    if (this.ordered && changes.some((change) => change.startsWith('restarted Docker')))
      this.restartEndsMs = this.now() + RESTART_MS;
    this.lane.mark();
  }

  private now(): number {
    return this.host.adapters.clock.monotonicMs();
  }

  private async run(): Promise<LaneResult> {
    if (!(await this.carryOut())) return 'retry';
    await this.release();
    this.report();
    await this.answer();
    this.host.problems.clear('renumber-answer');
    return 'clean';
  }

  /** False when it is too early: a node that has just started takes the newest config by itself. */
  private async carryOut(): Promise<boolean> {
    const { request, host } = this;
    if (request === undefined) return true;
    if (host.nodeLane.node === undefined && !host.problems.has('node')) return false;
    const failure = await this.order().then(
      () => undefined,
      (error: unknown) => failureText(error),
    );
    // Stopped in the middle, or something still to come: the request stands.
    if (failure === undefined && !this.fits()) return false;
    if (this.request === request) this.request = undefined;
    this.asked = { request, ...(failure === undefined ? {} : { failure }) };
    return true;
  }

  private fits(): boolean {
    const { keeper, network } = this.host;
    const { lease } = keeper.status;
    return lease !== undefined && leaseFitsConfig(lease, network.newestKnown());
  }

  private async release(): Promise<void> {
    const { keeper, nodeLane, guard } = this.host;
    this.noteHeld();
    for (const old of keeper.draining.subnets()) {
      if (this.reasonToKeep(old) !== undefined) continue;
      await keeper.draining.release(old);
      if (!keeper.draining.has(formatLeaseName(old))) guard.fence.emptied(prefixesOf(old));
      nodeLane.lane.mark();
    }
    if (this.ordered && this.dockerFollowed()) this.orderCarriedOut();
  }

  /** Since when each old subnet is held, as far as this run knows. */
  private noteHeld(): void {
    const names = new Set(this.host.keeper.draining.subnets().map(formatLeaseName));
    for (const name of this.heldSince.keys()) if (!names.has(name)) this.heldSince.delete(name);
    for (const name of names) if (!this.heldSince.has(name)) this.heldSince.set(name, this.now());
    if (names.size > 0) this.mayOweDone = true;
  }

  private dockerFollowed(): boolean {
    const { keeper, dockerLane } = this.host;
    return keeper.draining.size === 0 && (dockerLane?.report?.state ?? 'ready') === 'ready';
  }

  private orderCarriedOut(): void {
    this.ordered = false;
    const { node } = this.host.nodeLane;
    if (node !== undefined) this.wishDocker(node);
  }

  private reasonToKeep(old: LeaseSubnets): string | undefined {
    const { keeper, network, config, dockerLane } = this.host;
    const { lease } = keeper.status;
    const name = formatLeaseName(old);
    if (lease === undefined || keeper.status.state === 'lost') return 'a lease to move to';
    if (!drains(name, network.require())) return undefined;
    const heldMs = this.now() - (this.heldSince.get(name) ?? this.now());
    return waitingFor({ docker: config.docker, answer: dockerLane?.answer, next: lease, heldMs });
  }

  private report(): void {
    const { keeper, problems } = this.host;
    const [old] = keeper.draining.subnets();
    const { lease } = keeper.status;
    if (old === undefined || lease === undefined) return problems.clear('draining');
    const message =
      `this host moved to ${textOf(lease)} and keeps ${textOf(old)} for the containers in it. ` +
      `It waits for ${this.reasonToKeep(old) ?? 'etcd'}. To give it back now: overlayctl lease release --force ${textOf(old)}`;
    problems.set('draining', { code: 'OVL_RENUMBER_DRAINING', message });
  }

  private outcome(failure: string | undefined): RenumberOutcome {
    const { lease } = this.host.keeper.status;
    const subnet = lease === undefined ? '' : textOf(lease);
    if (failure !== undefined) return { state: 'failed', subnet, message: failure };
    const draining = this.host.keeper.draining.size > 0;
    const message = draining ? `waits for ${this.waiting().join('; ')}` : '';
    return { state: draining ? 'draining' : 'done', subnet, message };
  }

  /** Tells who asked, and again when it is over. */
  private async answer(): Promise<void> {
    const { asked } = this;
    if (asked === undefined) {
      await this.oweDone();
      return;
    }
    const { store } = this.host.adapters;
    const outcome = this.outcome(asked.failure);
    // The next node is asked when Docker is back here.
    if (outcome.state === 'draining' && this.now() < this.restartEndsMs) {
      this.lane.mark(LOOK_MS);
      return;
    }
    if (asked.told !== outcome.state) await store.answerRenumber(asked.request, outcome);
    asked.told = outcome.state;
    if (outcome.state !== 'draining') {
      this.asked = undefined;
      this.mayOweDone = false;
    }
  }

  /** After a restart: what the run before promised, to who asked then. */
  private async oweDone(): Promise<void> {
    const { keeper, adapters, nodeId } = this.host;
    if (!this.mayOweDone || keeper.draining.size > 0 || this.request !== undefined) return;
    const said = await adapters.store.renumberOutcome(nodeId).catch(nothingWithoutRights);
    if (said?.state === 'draining')
      await adapters.store.answerRenumber({ nodeId, revision: said.request }, this.outcome(undefined));
    this.mayOweDone = false;
  }
}
