import { parseIpv4, parsePrefix } from '@overlay/cidr';
import type { Firewall, Kernel } from '@overlay/dataplane';

import {
  createMetrics,
  Daemon,
  loadIdentity,
  type Adapters,
  type Clock,
  type Config,
  type HostFacts,
} from '@overlay/overlayd';
import { Containers } from './model/containers.js';
import type { ModelEtcd } from './model/etcd.js';
import type { Unsynced } from './model/disk.js';
import type { EtcdLink } from './model/etcd-link.js';
import { ModelFirewall } from './model/firewall.js';
import { HostFiles } from './model/host-files.js';
import { onHost } from './model/mount.js';
import type { Told } from './model/place.js';
import { KernelAccess, ModelKernel, type Applied } from './model/kernel.js';
import { NodeClock } from './model/node-clock.js';
import type { StorePlace } from './model/place.js';
import { ModelStore } from './model/store.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';

/** What a node's daemon is given in place of the model's, to see whether the invariants notice. */
export interface Mutation {
  readonly store?: (place: StorePlace, node: SimNode) => ModelStore;
  readonly kernel?: (kernel: Kernel) => Kernel;
  readonly firewall?: (firewall: Firewall) => Firewall;
  readonly clock?: (clock: Clock) => Clock;
  readonly unsynced?: Unsynced;
}

/** What the world hears of a node. */
export interface NodeHooks {
  readonly applied: (node: SimNode, applied: Applied) => void;
  readonly told: (node: SimNode, told: Told) => void;
  /** A new process began. */
  readonly started: (node: SimNode) => void;
  readonly failed: (node: SimNode, error: unknown) => void;
  readonly log: (node: SimNode, line: string) => void;
}

export interface NodeSite {
  readonly scheduler: Scheduler;
  readonly etcd: ModelEtcd;
  readonly link: EtcdLink;
  readonly folder: string;
  readonly ttlSeconds: number;
  readonly random: Random;
  readonly hooks: NodeHooks;
  readonly mutation: Mutation;
}

type Identity = ReturnType<typeof loadIdentity>;
type NewIdentity = ReturnType<NonNullable<Parameters<typeof loadIdentity>[3]>>;

const hex = (n: number): string => n.toString(16).padStart(2, '0');

/** One host: what outlives a process (kernel, files, firewall, identity), and the daemon that runs on it now, if one does. */
export class SimNode {
  readonly name: string;
  readonly kernel: ModelKernel;
  readonly firewall = new ModelFirewall();
  readonly containers = new Containers();
  readonly files: HostFiles;
  daemon: Daemon | undefined;
  clock: NodeClock | undefined;
  /** Time as the daemon has it. */
  view: Clock | undefined;
  /** How many identities the host has had. */
  private generation = 0;
  private lives = 0;
  private boots = 1;
  private stopping = false;
  private identity: Identity = { hostname: '', nodeId: '', vtepMac: '', vtepMacV6: '' };
  private access: KernelAccess | undefined;
  private store: ModelStore | undefined;

  constructor(
    readonly number: number,
    readonly site: NodeSite,
  ) {
    this.name = `n${number}`;
    this.kernel = new ModelKernel(number);
    this.files = new HostFiles(site.folder, site.mutation.unsynced);
  }

  /** As the running process has it, or the last one had. */
  get nodeId(): string {
    return this.identity.nodeId;
  }

  get publicIp(): string {
    return `172.31.0.${this.number}`;
  }

  get link(): EtcdLink {
    return this.site.link;
  }

  get runs(): boolean {
    return this.clock?.runs === true;
  }

  /** It runs, and was not asked to end. */
  get serves(): boolean {
    return this.runs && !this.stopping;
  }

  start(): void {
    if (this.daemon !== undefined) return;
    const { scheduler, random, hooks } = this.site;
    this.lives += 1;
    this.files.begin();
    const clock = (this.clock = new NodeClock(scheduler, random.fork(this.lives)));
    const begin = (): void => {
      const { stateDir } = this.files;
      this.identity = loadIdentity(stateDir, {}, false, (machineId) => this.newIdentity(machineId));
      const daemon = new Daemon(this.config(), this.adapters(clock), 'sim', this.nodeId);
      this.daemon = daemon;
      this.stopping = false;
      hooks.started(this);
      daemon.start().catch((error: unknown) => hooks.failed(this, error));
    };
    onHost(`${this.name}, boot ${this.boots}`, begin);
  }

  /** kill -9: files, kernel and what is on its way to etcd stay. */
  kill(): void {
    this.files.killed();
    this.clock?.kill();
    this.access?.close();
    this.store?.abandon();
    this.daemon = undefined;
    this.clock = undefined;
  }

  /** kill -9 in the midst of its calls: none of those that it still makes has an effect. */
  strike(): void {
    const { clock } = this;
    this.files.killed();
    clock?.kill();
    this.site.scheduler.at(0, () => {
      if (this.clock === clock) this.kill();
    });
  }

  /** SIGTERM. */
  async stop(): Promise<void> {
    const { daemon } = this;
    if (daemon === undefined || !this.runs) return;
    this.stopping = true;
    await daemon.stop();
    if (this.daemon === daemon) this.kill();
  }

  /** Installed anew: no files, another identity. */
  wipe(): void {
    this.shutDown();
    this.files.clear();
  }

  /** Cuts the power now; what is returned brings the host up again, without its daemon, and says which file is not what it may be (I9). */
  cutPower(random: Random): () => string | undefined {
    const boot = this.files.cutPower(random);
    this.clock?.kill();
    return () => {
      this.shutDown();
      return boot();
    };
  }

  private shutDown(): void {
    this.kill();
    this.kernel.reset();
    this.firewall.reset();
    this.containers.stop();
    this.files.booted();
    this.boots += 1;
  }

  /** An event is over. */
  settle(): void {
    this.files.settle();
    if (this.containers.subnet === undefined && this.daemon?.subnetFileReady === true) this.startContainers();
  }

  /** Somebody starts them again, in the subnet that subnet.env has now. */
  startContainers(): void {
    this.containers.start(this.files.subnetEnv());
  }

  private newIdentity(machineId: string): NewIdentity {
    this.generation += 1;
    const [generation, number] = [hex(this.generation), hex(this.number)];
    return {
      version: 1,
      machineId,
      nodeId: `00000000-0000-4000-8000-${generation.padStart(6, '0')}${number.padStart(6, '0')}`,
      vtepMac: `02:00:00:01:${generation}:${number}`,
      vtepMacV6: `02:00:00:02:${generation}:${number}`,
    };
  }

  private adapters(clock: NodeClock): Adapters {
    const { etcd, link, hooks, mutation } = this.site;
    const told = (news: Told): void => hooks.told(this, news);
    const place = { etcd, link, clock, writer: this.nodeId, firstMember: this.number, told };
    this.access = new KernelAccess(this.kernel, clock, (applied) => hooks.applied(this, applied));
    this.store = mutation.store?.(place, this) ?? new ModelStore(place);
    this.view = mutation.clock?.(clock) ?? clock;
    const line = (level: string) => (message: string) => hooks.log(this, `${level} ${message}`);
    const nothing = (): void => undefined;
    return {
      store: this.store,
      kernel: mutation.kernel?.(this.access) ?? this.access,
      firewall: mutation.firewall?.(this.firewall.access(clock)) ?? this.firewall.access(clock),
      clock: this.view,
      host: { ...NO_HOST, addresses: () => Promise.resolve(this.containers.addresses()) },
      notifier: { notify: nothing, watchdogMs: undefined },
      log: { error: line('error'), warn: line('warn'), info: line('info'), debug: nothing },
      metrics: createMetrics(),
      facts: () => Promise.resolve(this.facts()),
      forwarding: () => true,
    };
  }

  private config(): Config {
    const values: Partial<Config> = {
      instance: 'default',
      etcdPrefix: '/atomic.io/network',
      subnetFile: this.files.subnetFile,
      stateDir: this.files.stateDir,
      subnetLeaseTtlSeconds: this.site.ttlSeconds,
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
    };
    return values as Config;
  }

  private facts(): HostFacts {
    const address = parseIpv4(this.publicIp);
    const { nodeId, vtepMac, vtepMacV6 } = this.identity;
    return {
      hostname: this.name,
      nodeId,
      iface: { name: 'eth0', mtu: 1500 },
      ipv6: { present: false, advertised: [] },
      address,
      publicIp: address,
      onLink: [{ prefix: parsePrefix('172.31.0.0/24'), link: 'eth0' }],
      vtepMac,
      vtepMacV6,
      missing: new Set(),
      foreignDevices: new Map(),
      wireguardKeys: new Map(),
      outputs: new Map(),
      failures: new Map(),
    };
  }
}

/** Nobody asks the host directly while a daemon runs by itself. */
const NO_HOST: Adapters['host'] = {
  links: () => Promise.resolve([]),
  addresses: () => Promise.resolve([]),
  routes: () => Promise.resolve([]),
  lookup: () => Promise.resolve(undefined),
  missing: () => Promise.resolve([]),
};
