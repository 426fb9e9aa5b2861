import type { Prefix } from '@overlay/cidr';
import { join } from 'node:path';
import type { Firewall, Ownership } from '@overlay/dataplane';
import type { DockerReport } from '@overlay/docker';
import type { LeaseSink, Subscription } from '@overlay/lease';
import type { Adapters } from './adapter-contract.js';
import type { Config } from './config/model.js';
import { LeaseKeeper } from './lease/keeper.js';
import { BackendSet } from './loop/backend-set.js';
import { DockerLane } from './loop/docker-lane.js';
import { EtcdState } from './loop/etcd-state.js';
import { holds } from './lease/status.js';
import { FirewallLane } from './loop/firewall-lane.js';
import { Guard } from './loop/guard.js';
import { HeldRecord } from './loop/held-record.js';
import { KernelLane } from './loop/kernel-lane.js';
import { LeaseBook } from './loop/lease-book.js';
import { NetworkConfigState } from './loop/network-config.js';
import type { Lane } from './loop/lane.js';
import { NodeLane } from './loop/node-lane.js';
import type { NodePlan } from './loop/node-plan.js';
import { ownershipOf } from './loop/ownership.js';
import { Problems } from './loop/problems.js';
import { Renumbering } from './loop/renumbering.js';
import { previousSubnets, recordedNetworks, type SubnetFileTarget } from './loop/subnet-file.js';
import { SubnetOutput } from './loop/subnet-output.js';
import { subnetTarget } from './loop/subnet-target.js';
import { settleMs } from './loop/way-hold.js';
import { standingBackends } from './loop/standing.js';

/** How long a list that lacks most peers is not believed (A19). */
const HOLD_MS = 600_000;
/** Notices that the facts of this host may follow. */
const HOST_NOTICES: ReadonlySet<string> = new Set(['link', 'address', 'sysctl', 'resync']);
/** Addresses and links change in bursts. */
const NOTICE_DELAY_MS = 100;

/** The running daemon: wires the lanes to each other and to what is outside. Triggers only mark lanes dirty. */
export class Daemon {
  readonly problems: Problems;
  readonly network: NetworkConfigState;
  readonly keeper: LeaseKeeper;
  readonly book: LeaseBook;
  readonly backends: BackendSet;
  readonly nodeLane: NodeLane;
  readonly kernelLane: KernelLane;
  readonly firewallLane: FirewallLane;
  readonly dockerLane: DockerLane | undefined;
  readonly renumbering: Renumbering;
  readonly guard: Guard;
  readonly etcd: EtcdState;
  private announced = false;
  private formerNetworks: readonly Prefix[] = [];
  private readonly subnetTarget: SubnetFileTarget;
  private readonly subnetOutput: SubnetOutput;
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
    this.subnetOutput = new SubnetOutput(this.subnetTarget, this.problems);
    this.etcd = new EtcdState(this.problems, metrics, clock);
    this.network = new NetworkConfigState(config.etcdPrefix, log, this.problems);
    this.book = this.createBook();
    const { problems } = this;
    this.keeper = new LeaseKeeper({
      ...{ store, clock, log, metrics, problems, nodeId },
      onLost: (_, loss, key) => this.guard.lost(loss, key),
      onDrainingGone: () => this.guard.released(),
      onRewritten: () => this.nodeLane.lane.mark(),
    });
    const lingerMs = config.backendLingerSeconds * 1000;
    this.kernelLane = new KernelLane({
      ...{ clock, kernel, log, metrics, problems },
      settleMs: settleMs(lingerMs),
      leases: this.book,
      ownership: (node) => this.ownership(node),
      ahead: (node) => this.firewallLane.ahead(node),
      onPass: (full) => this.afterKernelPass(full),
    });
    this.firewallLane = this.createFirewallLane(firewall);
    const file = join(config.stateDir, 'backends.json');
    const { hold } = this.kernelLane;
    this.backends = new BackendSet({ file, lingerMs, hold, nowMs: () => clock.monotonicMs() });
    this.nodeLane = this.createNodeLane();
    const onReport = (report: DockerReport): void => this.dockerReported(report);
    const mayClaim = (): boolean => holds(this.keeper.status, clock.bootMs());
    this.dockerLane = docker && new DockerLane({ clock, agent: docker, log, problems, mayClaim, onReport });
    this.renumbering = new Renumbering(this);
    this.guard = new Guard(this, () => this.firewallLane.lane.mark());
  }

  /** Follows etcd and the kernel from now on. Changes nothing before the first complete list of leases. */
  async start(): Promise<void> {
    const { kernel, firewall, docker, store } = this.adapters;
    this.guard.recall(previousSubnets(this.subnetTarget));
    const kernelWatch = await kernel.watch((notice) => this.kernelNotice(notice.type));
    const firewallWatch = await this.watchFirewall(firewall);
    const dockerWatch = docker?.watch(() => this.dockerChanged());
    this.closers = [kernelWatch, firewallWatch, ...(dockerWatch === undefined ? [] : [dockerWatch])].map(
      (watch) => () => watch.close(),
    );
    this.subscription = store.follow(this.sink(), this.nodeId);
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
    this.book.close();
    await Promise.all(this.lanes().map((lane) => lane.stop()));
    await this.adapters.closeDataplane?.();
    await this.subscription?.close();
    await this.adapters.store.close();
  }

  /** Looks at everything again: an operator asked (SIGHUP). */
  recheck(): void {
    this.nodeLane.lane.mark();
    this.kernelLane.verifyNow();
    this.firewallLane.lane.mark();
    this.dockerLane?.lane.mark();
  }

  /** What in the kernel is ours now, with what earlier runs left. */
  ownership(node: NodePlan): Ownership {
    return ownershipOf(node, this.config.adoptFlannel, this.formerNetworks);
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
      this.renumbering,
      this.guard,
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
        this.guard.listed();
        if (this.nodeLane.node === undefined) this.nodeLane.lane.mark();
      },
      events: (events, revision) => {
        metrics.leaseEvents.inc(events.length);
        this.keeper.events(events);
        this.book.events(events, revision);
        this.guard.events(events);
      },
      config: (text) => {
        this.network.received(text);
        this.nodeLane.lane.mark();
      },
      request: (request) => this.renumbering.requested(request),
      condition: (condition) => this.etcd.condition(condition),
      state: (state) => {
        this.etcd.changed(state);
        if (state.connected && this.keeper.needsLease()) this.nodeLane.lane.mark();
      },
    };
  }

  private createBook(): LeaseBook {
    const { clock } = this.adapters;
    return new LeaseBook((names) => this.peersChanged(names), {
      nodeId: this.nodeId,
      nowMs: () => clock.bootMs(),
      holdMs: HOLD_MS,
      onHeld: (problem) => this.problems.settle('held-leases', problem),
      record: new HeldRecord({ ...this.config, clock, problems: this.problems }),
    });
  }

  /** A peer that moved or went may be the one that a backend stays for. */
  private peersChanged(names: readonly string[]): void {
    this.kernelLane.leasesChanged(names);
    if (this.backends.concernedBy(names)) this.nodeLane.lane.mark(NOTICE_DELAY_MS);
  }

  private dockerReported(report: DockerReport): void {
    this.renumbering.dockerReported(report);
    this.guard.fence.usedByDocker(report);
  }

  private createFirewallLane(firewall: Firewall): FirewallLane {
    const { log, metrics, clock } = this.adapters;
    return new FirewallLane({
      clock,
      firewall,
      direct: () => this.kernelLane.direct(),
      fenced: () => this.guard.fence.prefixes(),
      resyncSeconds: this.config.iptablesResyncSeconds,
      log,
      metrics,
      problems: this.problems,
      onFacts: () => this.firewallSeen(),
    });
  }

  private createNodeLane(): NodeLane {
    return new NodeLane({
      clock: this.adapters.clock,
      ...{ config: this.config, version: this.version, network: this.network, keeper: this.keeper },
      book: this.book,
      backends: this.backends,
      problems: this.problems,
      facts: this.adapters.facts,
      forwarding: () => this.forwarding(),
      previous: () => previousSubnets(this.subnetTarget),
      onAcquired: () => this.guard.changed(),
      onLast: (node) => {
        this.firewallLane.setLast(node);
        this.guard.fence.look();
      },
      onPlan: (node) => this.planned(node),
      standing: (node) => standingBackends(node, this.kernelLane, this.firewallLane),
      onAnnounced: (ids) => this.kernelLane.announced(ids),
    });
  }

  private forwarding(): boolean {
    return this.adapters.forwarding(this.firewallLane.report?.facts.docker === true);
  }

  private planned(node: NodePlan): void {
    this.formerNetworks = recordedNetworks(this.subnetTarget.stateFile);
    this.kernelLane.setNode(node);
    this.firewallLane.setNode(node);
    this.renumbering.wishDocker(node);
    this.guard.changed();
  }

  private afterKernelPass(full: boolean): void {
    this.firewallLane.peersChanged();
    if (this.kernelLane.missed) this.nodeLane.lane.mark(NOTICE_DELAY_MS);
    const { node } = this.nodeLane;
    if (node !== undefined && full) this.subnetOutput.write(node);
    this.announce();
  }

  /** systemd hears READY=1 once, as with Flannel after subnet.env, and not before the firewall lets traffic through. */
  private announce(): void {
    if (this.announced || !this.subnetFileReady || this.firewallLane.report === undefined) return;
    this.announced = true;
    this.adapters.notifier.notify('READY=1');
    this.adapters.log.info('ready');
  }

  private kernelNotice(type: string): void {
    this.kernelLane.verifySoon();
    if (type === 'firewall') this.firewallLane.verifySoon();
    if (HOST_NOTICES.has(type) || this.problems.has('node')) this.nodeLane.lane.mark(NOTICE_DELAY_MS);
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
    return this.subnetOutput.written;
  }
}
