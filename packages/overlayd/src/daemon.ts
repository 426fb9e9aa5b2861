import { OverlayError, type Prefix } from '@overlay/cidr';
import type { Firewall, HostReader, Kernel } from '@overlay/dataplane';
import type { DockerAgent } from '@overlay/docker';
import type { LeaseSink, LeaseStore, NetworkConfig, Subscription } from '@overlay/lease';
import type { HostFacts } from './backends/model.js';
import { createBackend } from './backends/registry.js';
import type { Config } from './config/model.js';
import type { Clock } from './host/clock.js';
import type { Notifier } from './host/notify.js';
import type { Metrics } from './http/metrics.js';
import { LeaseKeeper } from './lease/keeper.js';
import type { Loss } from './lease/own-event.js';
import type { Logger } from './logger.js';
import { DockerLane } from './loop/docker-lane.js';
import { EtcdState } from './loop/etcd-state.js';
import { FirewallLane } from './loop/firewall-lane.js';
import { KernelLane } from './loop/kernel-lane.js';
import { LeaseBook } from './loop/lease-book.js';
import { NetworkConfigState } from './loop/network-config.js';
import { nowMs, type Lane } from './loop/lane.js';
import { checkBackend, NodeLane } from './loop/node-lane.js';
import type { NodePlan } from './loop/node-plan.js';
import { ownershipOf } from './loop/ownership.js';
import { Problems } from './loop/problems.js';
import {
  previousSubnets,
  recordedNetworks,
  writeSubnetFile,
  type SubnetFileTarget,
} from './loop/subnet-file.js';
import { subnetTarget } from './loop/subnet-target.js';
import { dockerWish } from './plan/docker-wish.js';

/** Everything outside of this process, built by main.ts. */
export interface Adapters {
  readonly store: LeaseStore;
  readonly kernel: Kernel;
  readonly host: HostReader;
  readonly firewall: Firewall;
  readonly docker?: DockerAgent;
  readonly clock: Clock;
  readonly notifier: Notifier;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Facts of this host under this network config: the VNI decides whose MAC is kept. */
  readonly facts: (network: NetworkConfig) => Promise<HostFacts>;
  /** Whether forwarding is ours to turn on, given that Docker's chains were seen. */
  readonly forwarding: (dockerSeen: boolean) => boolean;
}

/** How long a list that lacks most peers is not believed (A19). */
const HOLD_MS = 600_000;
/** Addresses and links change in bursts. */
const NOTICE_DELAY_MS = 100;

/** The running daemon: wires the lanes to each other and to what is outside. Triggers only mark lanes dirty. */
export class Daemon {
  readonly problems: Problems;
  readonly network: NetworkConfigState;
  readonly keeper: LeaseKeeper;
  readonly book: LeaseBook;
  readonly nodeLane: NodeLane;
  readonly kernelLane: KernelLane;
  readonly firewallLane: FirewallLane;
  readonly dockerLane: DockerLane | undefined;
  readonly etcd: EtcdState;
  private subnetFileWritten = false;
  private announced = false;
  private formerNetworks: readonly Prefix[] = [];
  private readonly subnetTarget: SubnetFileTarget;
  private closers: (() => void)[] = [];
  private subscription: Subscription | undefined;

  constructor(
    readonly config: Config,
    readonly adapters: Adapters,
    readonly version: string,
    readonly nodeId: string,
  ) {
    const { log, metrics, store, clock, kernel, firewall, docker } = adapters;
    this.subnetTarget = subnetTarget(config);
    this.problems = new Problems(log);
    this.etcd = new EtcdState(this.problems, metrics, clock);
    this.network = new NetworkConfigState(config.etcdPrefix, log, this.problems);
    this.book = this.createBook();
    const onLost = (_: string, loss: Loss): void => this.leaseLost(loss);
    this.keeper = new LeaseKeeper({ store, clock, log, metrics, problems: this.problems, nodeId, onLost });
    this.kernelLane = new KernelLane({
      kernel,
      leases: this.book,
      ownership: (node) => ownershipOf(node, config.adoptFlannel, this.formerNetworks),
      log,
      metrics,
      problems: this.problems,
      onPass: (full) => this.afterKernelPass(full),
    });
    this.firewallLane = this.createFirewallLane(firewall);
    this.nodeLane = this.createNodeLane();
    this.dockerLane = docker === undefined ? undefined : new DockerLane(docker, log, this.problems);
  }

  /** Follows etcd and the kernel from now on. Changes nothing before the first complete list of leases. */
  async start(): Promise<void> {
    const { kernel, firewall, docker, store } = this.adapters;
    const kernelWatch = await kernel.watch((notice) => this.kernelNotice(notice.type));
    const firewallWatch = await this.watchFirewall(firewall);
    const dockerWatch = docker?.watch(() => this.dockerChanged());
    this.closers = [kernelWatch, firewallWatch, ...(dockerWatch === undefined ? [] : [dockerWatch])].map(
      (watch) => () => watch.close(),
    );
    this.subscription = store.follow(this.sink());
    this.nodeLane.lane.mark();
  }

  /** Without notifications (a kernel without nf_tables) the firewall is looked at every --iptables-resync seconds only. */
  private async watchFirewall(firewall: Firewall): Promise<{ close(): void }> {
    try {
      return await firewall.watch(() => this.firewallLane.verifySoon());
    } catch (error) {
      this.adapters.log.warn('no notifications of firewall changes', { error });
      return { close: () => undefined };
    }
  }

  /** Stops following. The data plane, the lease and subnet.env stay, so that traffic goes on and a restart finds them. */
  async stop(): Promise<void> {
    this.keeper.stop();
    for (const close of this.closers) close();
    await Promise.all(this.lanes().map((lane) => lane.stop()));
    await this.subscription?.close();
    await this.adapters.store.close();
  }

  /**
   * Takes what the network config in etcd says now, and a lease that fits it.
   * @throws OverlayError when this host cannot run with it, or no lease could be had: the old ones then stay
   */
  async renumber(): Promise<void> {
    const next = this.network.newest();
    checkBackend(createBackend(next), await this.adapters.facts(next), next);
    this.network.settle(next);
    this.keeper.reacquire();
    await this.nodeLane.lane.flush();
    const problem = this.problems.get('node');
    if (problem !== undefined) throw new OverlayError(problem.code, problem.message);
    await this.kernelLane.lane.flush();
  }

  /** Looks at everything again: an operator asked (SIGHUP). */
  recheck(): void {
    this.nodeLane.lane.mark();
    this.kernelLane.verifyNow();
    this.firewallLane.lane.mark();
    this.dockerLane?.lane.mark();
  }

  /** How long the longest run of a lane has been going on, ms: for the watchdog. */
  stuckMs(): number {
    return Math.max(...this.lanes().map((lane) => lane.stuckMs()));
  }

  private lanes(): readonly Lane[] {
    const lanes = [
      this.nodeLane,
      this.kernelLane,
      this.firewallLane,
      ...(this.dockerLane === undefined ? [] : [this.dockerLane]),
    ];
    return lanes.map(({ lane }) => lane);
  }

  private sink(): LeaseSink {
    const { metrics } = this.adapters;
    return {
      snapshot: (snapshot) => {
        this.keeper.snapshot(snapshot);
        this.book.snapshot(snapshot);
        if (this.nodeLane.node === undefined) this.nodeLane.lane.mark();
      },
      events: (events, revision) => {
        metrics.leaseEvents.inc(events.length);
        this.keeper.events(events);
        this.book.events(events, revision);
      },
      config: (text) => {
        this.network.received(text);
        if (this.nodeLane.node === undefined) this.nodeLane.lane.mark();
      },
      state: (state) => {
        this.etcd.changed(state);
        if (state.connected && this.keeper.needsLease()) this.nodeLane.lane.mark();
      },
    };
  }

  private createBook(): LeaseBook {
    return new LeaseBook((names) => this.kernelLane.leasesChanged(names), {
      nowMs,
      holdMs: HOLD_MS,
      onHeld: (problem) =>
        problem === undefined
          ? this.problems.clear('held-leases')
          : this.problems.set('held-leases', problem),
    });
  }

  /** A subnet that another host took is a peer's from now on. */
  private leaseLost(loss: Loss): void {
    if (loss === 'taken') this.book.clearOwn();
    this.nodeLane.lane.mark();
  }

  private createFirewallLane(firewall: Firewall): FirewallLane {
    const { log, metrics } = this.adapters;
    return new FirewallLane({
      firewall,
      direct: () => this.kernelLane.direct(),
      resyncSeconds: this.config.iptablesResyncSeconds,
      log,
      metrics,
      problems: this.problems,
      onFacts: () => this.firewallSeen(),
    });
  }

  private createNodeLane(): NodeLane {
    return new NodeLane({
      config: this.config,
      version: this.version,
      network: this.network,
      keeper: this.keeper,
      book: this.book,
      problems: this.problems,
      facts: this.adapters.facts,
      forwarding: () => this.forwarding(),
      previous: () => previousSubnets(this.subnetTarget),
      onPlan: (node) => this.planned(node),
    });
  }

  private forwarding(): boolean {
    return this.adapters.forwarding(this.firewallLane.report?.facts.docker === true);
  }

  private planned(node: NodePlan): void {
    this.formerNetworks = recordedNetworks(this.subnetTarget.stateFile);
    this.kernelLane.setNode(node);
    this.firewallLane.setNode(node);
    const wish = dockerWish(this.config, node.input, node.backend.mtu(node.input.facts));
    if (wish !== undefined) this.dockerLane?.setWish(wish);
  }

  private afterKernelPass(full: boolean): void {
    this.firewallLane.peersChanged();
    const { node } = this.nodeLane;
    if (node !== undefined && full) this.writeSubnetFile(node);
    this.announce();
  }

  private writeSubnetFile(node: NodePlan): void {
    try {
      writeSubnetFile(this.subnetTarget, node);
      this.subnetFileWritten = true;
      this.problems.clear('subnet-file');
    } catch (error) {
      this.subnetFileWritten = false;
      this.problems.setError('subnet-file', error);
    }
  }

  /** systemd hears READY=1 once, as with Flannel after subnet.env, and not before the firewall lets traffic through. */
  private announce(): void {
    if (this.announced || !this.subnetFileWritten || this.firewallLane.report === undefined) return;
    this.announced = true;
    this.adapters.notifier.notify('READY=1');
    this.adapters.log.info('ready');
  }

  private kernelNotice(type: string): void {
    this.kernelLane.verifySoon();
    if (type === 'firewall') this.firewallLane.verifySoon();
    const mayMatter = type === 'link' || type === 'address' || type === 'resync';
    if (mayMatter || this.problems.has('node')) this.nodeLane.lane.mark(NOTICE_DELAY_MS);
  }

  private dockerChanged(): void {
    this.dockerLane?.lane.mark();
    this.firewallLane.verifySoon();
  }

  private firewallSeen(): void {
    const { node } = this.nodeLane;
    if (node !== undefined && node.options.forwarding !== this.forwarding()) this.nodeLane.lane.mark();
    this.announce();
  }

  get subnetFileReady(): boolean {
    return this.subnetFileWritten;
  }
}
