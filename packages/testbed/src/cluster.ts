import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { OverlayError } from '@overlay/cidr';
import { type CommandOptions, type CommandResult, run } from './command.js';
import { removeCgroups } from './engine.js';
import { Etcd, type EtcdOptions } from './etcd.js';
import { Host } from './host.js';
import { packImage } from './image.js';
import {
  createHostNamespace,
  createSwitch,
  inNamespace,
  listNamespaces,
  removeNamespace,
} from './namespaces.js';
import { livingMaker, recordedTopology, rigDirectory, writeRecord } from './record.js';
import { checkName, placeHost, switchAddress, switchNamespace, type Topology } from './topology.js';

/** How a rig is made. */
export interface ClusterOptions {
  /** 1 to 24 of a-z, 0-9 and `-`: `tb-vxlan`. */
  readonly name: string;
  /** How many hosts, 0 to 250. */
  readonly hosts: number;
  /** MTU of the underlay; 1500 when left out. */
  readonly mtu?: number;
  /** Gives the underlay IPv6 too. */
  readonly ipv6?: boolean;
}

/**
 * A rig: hosts as network namespaces on one switch, with real etcd, dockerd and overlayd in them. Nothing of it touches the
 * machine's own network. It is known by its name alone, so `sweep(name)` takes away a rig whose maker was killed.
 */
export class Cluster {
  readonly directory: string;
  readonly hosts: Host[] = [];
  #etcd: Etcd | undefined;

  constructor(readonly topology: Topology) {
    this.directory = rigDirectory(topology.name);
  }

  get name(): string {
    return this.topology.name;
  }

  /** The namespace of the switch, where etcd runs. */
  get switchNamespace(): string {
    return switchNamespace(this.name);
  }

  get switchAddress(): string {
    return switchAddress(this.name);
  }

  /** The etcd of this rig. @throws RangeError before {@link startEtcd}. */
  get etcd(): Etcd {
    if (this.#etcd === undefined) throw new RangeError(`Rig ${this.name} has no etcd yet`);
    return this.#etcd;
  }

  /** Host `number`, from 1. @throws RangeError when there is none. */
  host(number: number): Host {
    const host = this.hosts[number - 1];
    if (host === undefined) throw new RangeError(`Rig ${this.name} has no host ${number}`);
    return host;
  }

  /** Adds the next host. */
  async addHost(): Promise<Host> {
    const host = this.#nextHost();
    await createHostNamespace(this.topology, host.place);
    return host;
  }

  /** Finds the hosts and the etcd another process has made: what it takes to run something there, not to stop it. */
  attach(): void {
    const made = listNamespaces(this.name).filter((namespace) => /-h[0-9]+$/.test(namespace));
    while (this.hosts.length < made.length) this.#nextHost();
    this.#etcd = new Etcd(this.switchNamespace, this.directory, this.switchAddress);
  }

  #nextHost(): Host {
    const place = placeHost(this.topology, this.hosts.length + 1);
    const host = new Host(place, {
      directory: join(this.directory, place.name),
      imageFile: join(this.directory, 'image.tar'),
      switchNamespace: this.switchNamespace,
      endpoints: () => this.#etcd?.endpoints ?? [],
    });
    this.hosts.push(host);
    return host;
  }

  /** Starts etcd on the switch and waits until it answers. */
  async startEtcd(options: EtcdOptions = {}): Promise<Etcd> {
    this.#etcd = new Etcd(this.switchNamespace, this.directory, this.switchAddress, options);
    await this.#etcd.start();
    return this.#etcd;
  }

  /** A command on the switch, beside etcd. */
  exec(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return run(inNamespace(this.switchNamespace, argv), options);
  }

  /** Ends everything and removes every trace; may be called again. */
  async destroy(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.powerOff()));
    await sweep(this.name);
  }
}

/**
 * Makes a rig. What a killed maker left under the same name is swept first.
 * @throws OverlayError OVL_TESTBED_NAME, OVL_TESTBED_BUSY when another living process has a rig of that name, OVL_TESTBED_COMMAND.
 */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  const { name } = options;
  checkName(name);
  const maker = livingMaker(name);
  if (maker !== undefined)
    throw new OverlayError(
      'OVL_TESTBED_BUSY',
      `Process ${maker} has a rig called ${name}. Wait until it ends, or use another name`,
    );
  await sweep(name);
  const topology = { name, mtu: options.mtu ?? 1500, ipv6: options.ipv6 ?? false };
  writeRecord(topology);
  const cluster = new Cluster(topology);
  try {
    await Promise.all([createSwitch(cluster.topology), packImage(join(cluster.directory, 'image.tar'))]);
    for (let number = 1; number <= options.hosts; number++) await cluster.addHost();
  } catch (cause) {
    await cluster.destroy();
    throw cause;
  }
  return cluster;
}

/**
 * The rig another process has made and left running.
 * @throws OverlayError OVL_TESTBED_ABSENT when there is none of that name.
 */
export function openCluster(name: string): Cluster {
  checkName(name);
  const topology = recordedTopology(name);
  if (topology === undefined || listNamespaces(name).length === 0)
    throw new OverlayError('OVL_TESTBED_ABSENT', `There is no rig called ${name}. Make it first`);
  const cluster = new Cluster(topology);
  cluster.attach();
  return cluster;
}

/**
 * Takes away everything a rig of that name has left: processes, namespaces, control groups and files. Harmless when there is none.
 * @throws OverlayError OVL_TESTBED_NAME, OVL_TESTBED_SWEEP when a process does not end.
 */
export async function sweep(name: string): Promise<void> {
  checkName(name);
  const namespaces = listNamespaces(name);
  await Promise.all(namespaces.map(removeNamespace));
  for (const namespace of namespaces) removeCgroups(`overlay-testbed-${namespace}`);
  rmSync(rigDirectory(name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
