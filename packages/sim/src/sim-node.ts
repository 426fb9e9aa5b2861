import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseIpv4, parsePrefix } from '@overlay/cidr';
import type { Kernel } from '@overlay/dataplane';

import {
  createMetrics,
  Daemon,
  type Adapters,
  type Clock,
  type Config,
  type HostFacts,
} from '@overlay/overlayd';
import type { ModelEtcd } from './model/etcd.js';
import type { EtcdLink } from './model/etcd-link.js';
import { ModelFirewall } from './model/firewall.js';
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
  readonly clock?: (clock: Clock) => Clock;
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

const hex = (n: number): string => n.toString(16).padStart(2, '0');

/** One host: what outlives a process (kernel, files, firewall, identity), and the daemon that runs on it now, if one does. */
export class SimNode {
  readonly name: string;
  readonly kernel: ModelKernel;
  readonly firewall = new ModelFirewall();
  daemon: Daemon | undefined;
  clock: NodeClock | undefined;
  /** Time as the daemon has it. */
  view: Clock | undefined;
  /** How often the host was installed anew. */
  private generation = 1;
  private lives = 0;
  private access: KernelAccess | undefined;
  private store: ModelStore | undefined;

  constructor(
    readonly number: number,
    readonly site: NodeSite,
  ) {
    this.name = `n${number}`;
    this.kernel = new ModelKernel(number);
  }

  get nodeId(): string {
    return `00000000-0000-4000-8000-${hex(this.generation).padStart(6, '0')}${hex(this.number).padStart(6, '0')}`;
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

  start(): void {
    if (this.daemon !== undefined) return;
    const { scheduler, random, hooks } = this.site;
    this.lives += 1;
    this.clock = new NodeClock(scheduler, random.fork(this.lives));
    mkdirSync(this.site.folder, { recursive: true });
    const daemon = new Daemon(this.config(), this.adapters(this.clock), 'sim', this.nodeId);
    this.daemon = daemon;
    hooks.started(this);
    daemon.start().catch((error: unknown) => hooks.failed(this, error));
  }

  /** kill -9: files, kernel and what is on its way to etcd stay. */
  kill(): void {
    this.clock?.kill();
    this.access?.close();
    this.store?.abandon();
    this.daemon = undefined;
    this.clock = undefined;
  }

  /** SIGTERM. */
  async stop(): Promise<void> {
    const { daemon } = this;
    if (daemon === undefined || !this.runs) return;
    await daemon.stop();
    if (this.daemon === daemon) this.kill();
  }

  /** Installed anew: no files, another identity. */
  wipe(): void {
    this.kill();
    rmSync(this.site.folder, { recursive: true, force: true });
    this.kernel.reset();
    this.firewall.rules = '';
    this.generation += 1;
  }

  private adapters(clock: NodeClock): Adapters {
    const { etcd, link, hooks, mutation } = this.site;
    const told = (news: Told): void => hooks.told(this, news);
    const place = { etcd, link, clock, writer: this.nodeId, told };
    this.access = new KernelAccess(this.kernel, clock, (applied) => hooks.applied(this, applied));
    this.store = mutation.store?.(place, this) ?? new ModelStore(place);
    this.view = mutation.clock?.(clock) ?? clock;
    const line = (level: string) => (message: string) => hooks.log(this, `${level} ${message}`);
    const nothing = (): void => undefined;
    return {
      store: this.store,
      kernel: mutation.kernel?.(this.access) ?? this.access,
      firewall: this.firewall.access(clock),
      clock: this.view,
      host: NO_HOST,
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
      subnetFile: join(this.site.folder, 'subnet.env'),
      stateDir: this.site.folder,
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
    const mac = `${hex(this.generation)}:${hex(this.number)}`;
    return {
      hostname: this.name,
      nodeId: this.nodeId,
      iface: { name: 'eth0', mtu: 1500 },
      ipv6: { present: false, advertised: [] },
      address,
      publicIp: address,
      onLink: [{ prefix: parsePrefix('172.31.0.0/24'), link: 'eth0' }],
      vtepMac: `02:00:00:01:${mac}`,
      vtepMacV6: `02:00:00:02:${mac}`,
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
