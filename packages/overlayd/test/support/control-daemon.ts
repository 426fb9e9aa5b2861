import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FAKE_FIREWALL_REPORT,
  FakeKernel,
  type Firewall,
  type FirewallInput,
  type FirewallReport,
  type RouteFact,
} from '@overlay/dataplane';
import { formatPrefix } from '@overlay/cidr';
import type { DockerAgent } from '@overlay/docker';
import type { LeaseAttributes, LeaseSink, Subscription, Warning } from '@overlay/lease';
import type { HostFacts } from '../../src/backends/model.js';
import type { Config } from '../../src/config/model.js';
import type { Adapters } from '../../src/adapter-contract.js';
import { Daemon } from '../../src/daemon.js';
import type { HostNeeds } from '../../src/loop/host-needs.js';
import { createMetrics } from '../../src/http/metrics.js';
import { FakeLeaseStore } from './fake-lease-store.js';
import { addressFact, exampleView, FixedHost, linkFact } from './host-view.js';
import { hostFacts, NODE_ID, peer, rawOf } from './hosts.js';
import { MemoryLogger } from './memory-logger.js';
import { LaneClock } from './virtual-clock.js';

/** A firewall that reports what the test says, and never answers while there is no report. */
class FakeFirewall implements Firewall {
  report: FirewallReport | undefined = FAKE_FIREWALL_REPORT;
  /** Devices that the last rules let in. */
  tunnels: readonly string[] = [];
  /** Subnets that they cut off. */
  fenced: readonly string[] = [];
  ensure = (input: FirewallInput): Promise<FirewallReport> => {
    if (this.report === undefined) return Promise.reject(new Error('iptables-save does not answer'));
    this.tunnels = input.traffic.flatMap(({ tunnels }) => tunnels);
    this.fenced = input.traffic.flatMap(({ fenced = [] }) => fenced.map(formatPrefix));
    return Promise.resolve(this.report);
  };
  preview = (): Promise<readonly string[]> => Promise.resolve([]);
  cleanup = (): Promise<void> => Promise.resolve();
  watch = (): Promise<{ close(): void }> => Promise.resolve({ close: () => undefined });
}

/** Also tells the config and that etcd is there, as the real one does. */
class FollowedStore extends FakeLeaseStore {
  override follow(sink: LeaseSink, nodeId?: string): Subscription {
    const subscription = super.follow(sink, nodeId);
    sink.state({ connected: true, endpoint: 'http://fake', detail: 'connected' });
    sink.config(this.configText);
    return subscription;
  }

  tellConfig(text: string): void {
    this.configText = text;
    for (const sink of this.sinks) sink.config(text);
  }
}

/** The kernel of the host of `hostFacts`. */
function hostKernel(): FakeKernel {
  const kernel = new FakeKernel();
  kernel.tables.putLink(linkFact('eth0'));
  kernel.tables.putAddress(addressFact('eth0', '172.31.0.1/24'));
  kernel.tables.putAddress(addressFact('eth0', 'fd31::1/64'));
  for (const key of ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding'])
    kernel.tables.sysctls.set(key, '0');
  return kernel;
}

export interface DaemonOptions {
  readonly backend?: string;
  readonly dualStack?: boolean;
  /** What the kernel answers when asked for the way to an address. */
  readonly route?: RouteFact;
  readonly forwarding?: boolean;
  readonly config?: Partial<Config>;
  readonly facts?: Partial<HostFacts>;
  /** Why the identity could not be written. */
  readonly unsaved?: () => Warning | undefined;
  readonly onNeeds?: (needs: HostNeeds) => void;
  readonly docker?: DockerAgent;
  /** The etcd of a run before this one: its leases and config are there already. */
  readonly store?: FollowedStore;
  /** The network config without its backend. */
  readonly network?: object;
}

function networkText(options: DaemonOptions): string {
  return JSON.stringify({
    Network: '10.5.0.0/16',
    ...(options.dualStack === true ? { EnableIPv6: true, IPv6Network: 'fc00:5::/48' } : {}),
    ...options.network,
    Backend: { Type: options.backend ?? 'vxlan' },
  });
}

const OWN_NAME = '10.5.1.0-24';
const OWN_NAME_DUAL = '10.5.1.0-24&fc00:5:0:1::-64';

/** The daemon on a fake host: a lease store, a kernel, a firewall and a clock in the test's hand. It reserves 10.5.1.0/24 first. */
export class ControlRig {
  readonly store: FollowedStore;
  readonly kernel = hostKernel();
  readonly firewall = new FakeFirewall();
  readonly clock = new LaneClock('manual');
  readonly log = new MemoryLogger();
  readonly daemon: Daemon;
  private readonly folder = mkdtempSync(join(tmpdir(), 'overlayd-control-'));

  constructor(private readonly options: DaemonOptions = {}) {
    this.store = options.store ?? new FollowedStore();
    this.store.configText ??= networkText(options);
    this.daemon = new Daemon(this.config(), this.adapters(), 'test', NODE_ID);
  }

  private config(): Config {
    const values: Partial<Config> = {
      instance: 'default',
      etcdPrefix: '/atomic.io/network',
      subnetFile: join(this.folder, 'subnet.env'),
      stateDir: this.folder,
      subnetLeaseTtlSeconds: 86_400,
      ipMasq: true,
      ipMasqFullyRandomDisable: false,
      iptablesResyncSeconds: 0,
      iptablesForwardRules: true,
      ipBlackholeRoute: false,
      ipForward: 'on',
      docker: 'off',
      adoptFlannel: false,
      backendLingerSeconds: 60,
      allowExtension: false,
      ...this.options.config,
    };
    return values as Config;
  }

  private adapters(): Adapters {
    const { store, kernel, firewall, clock, log, options } = this;
    return {
      store,
      kernel,
      firewall,
      clock,
      log,
      host: new FixedHost(exampleView, options.route),
      ...(options.docker === undefined ? {} : { docker: options.docker }),
      notifier: { notify: () => undefined, watchdogMs: undefined },
      metrics: createMetrics(),
      facts: (needs) => {
        options.onNeeds?.(needs);
        const unsaved = options.unsaved?.();
        return Promise.resolve({ ...hostFacts(options.facts), ...(unsaved && { unsaved }) });
      },
      forwarding: () => options.forwarding ?? true,
    };
  }

  /** Writes a lease of peer `n` as its host would. */
  addPeer(n: number, changes: Partial<LeaseAttributes> = {}): string {
    const lease = peer(n, changes, this.options.dualStack);
    this.store.put(lease.name, rawOf(lease).value, '7');
    return lease.name;
  }

  /** Starts with the lease 10.5.1.0/24 and waits until all lanes did what they can. */
  async start(): Promise<Daemon> {
    const own = peer(1, {}, this.options.dualStack);
    const name = this.options.dualStack === true ? OWN_NAME_DUAL : OWN_NAME;
    if (this.options.store === undefined) this.store.put(name, rawOf(own).value, this.store.newLease(86_400));
    await this.daemon.start();
    await this.settle();
    return this.daemon;
  }

  async settle(): Promise<void> {
    await this.daemon.nodeLane.lane.flush();
    await this.daemon.kernelLane.lane.flush();
    await this.daemon.firewallLane.lane.flush();
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
