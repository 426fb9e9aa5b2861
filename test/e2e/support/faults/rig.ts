import { setTimeout as sleep } from 'node:timers/promises';
import {
  createCluster,
  type HistoryRecorder,
  recordHistory,
  sweep,
  type Cluster,
  type Container,
  type Etcd,
  type Host,
  type Overlayd,
} from '@overlay/testbed';
import { ETCD_ARGS, NETWORK, PREFIX } from '../../../../bench/leases';
import { dockerState, startEngine, startServer } from '../docker';
import { eventually, putConfig, sh } from '../rig';
import { Certificates } from './certificates';
import { UdpFlow } from './flow';
import { changed, plant, snapshot } from './foreign';
import { type Judged, judge, readLeases } from './oracle';
import { Peers } from './peers';
import { leaseOf, type PlainLease } from './wanted';

/** Seconds; the third host's lease is over so soon that a fault can outlast it. */
export const SHORT_TTL = 6;
/** Filled in a moment when a fault wants it full. */
export const QUOTA_MIB = 16;
const ETCD_FLAGS = [...ETCD_ARGS, '--unsafe-no-fsync', `--quota-backend-bytes=${QUOTA_MIB * 1024 * 1024}`];
const DOCKER_FLAGS = ['--docker=network', '--ip-forward=on', '--subnet-lease-ttl=60'];
const PLAIN_FLAGS = ['--ip-forward=on', `--subnet-lease-ttl=${SHORT_TTL}`];
/** Far more than the two seconds it may take, for a machine that does other things as well. */
const CONVERGES_MS = 10_000;
/** Looking costs a tenth of a second of processor time itself, which the hosts have to share. */
const POLL_MS = 100;

/**
 * Three hosts, an etcd of three members on three more machines, a thousand leases of hosts that exist in etcd alone, things beside ours
 * that are not ours, and a UDP flow between containers of the first two hosts. The third host has no Docker, a short lease, its firewall
 * in iptables-legacy, a file system that can be changed under it, and speaks https with etcd.
 */
export class FaultRig {
  readonly judged: readonly Judged[];
  private before: readonly (readonly string[])[] = [];
  private sound = false;

  private constructor(
    readonly cluster: Cluster,
    readonly peers: Peers,
    readonly flow: UdpFlow,
    readonly recorder: HistoryRecorder,
    readonly certificates: Certificates,
  ) {
    this.judged = judgedOf(cluster);
  }

  static async open(name: string): Promise<FaultRig> {
    await sweep(name);
    const cluster = await createCluster({ name, hosts: 6 });
    try {
      return await FaultRig.fill(cluster);
    } catch (error) {
      await cluster.destroy();
      throw error;
    }
  }

  private static async fill(cluster: Cluster): Promise<FaultRig> {
    const engines = [cluster.host(1), cluster.host(2)];
    const starting = Promise.all(engines.map((host) => startEngine(host, '20.10', ['--live-restore'])));
    const members = cluster.hosts.slice(3);
    const certificates = await Certificates.make(
      cluster.directory,
      members.map(({ address }) => address),
    );
    const etcd = await cluster.startEtcd({ on: members, args: ETCD_FLAGS, tls: certificates.server });
    const recorder = await recordHistory(etcd, PREFIX);
    const peers = await Peers.load(etcd);
    await putConfig(cluster, NETWORK);
    await starting;
    for (const one of judgedOf(cluster)) await plant(one);
    await startDaemons(cluster, certificates);
    const containers = await Promise.all(engines.map((host) => startServer(host, 'web', 'overlay', [])));
    const [from, to] = containers as [Container, Container];
    const flow = await UdpFlow.start(from, to, cluster.directory);
    return new FaultRig(cluster, peers, flow, recorder, certificates);
  }

  get etcd(): Etcd {
    return this.cluster.etcd;
  }

  /** The machines of etcd's members. */
  get members(): readonly Host[] {
    return this.cluster.hosts.slice(3);
  }

  /** Host 1, 2 or 3. */
  host(number: number): Host {
    return this.cluster.host(number);
  }

  daemon(number: number): Overlayd {
    return this.cluster.host(number).overlayd();
  }

  /** What differs on each host from what the leases in etcd want; empty when nothing does. */
  async wrong(hosts: readonly Judged[] = this.judged): Promise<readonly string[]> {
    const leases = await readLeases(this.etcd);
    const found = await Promise.all(hosts.map((one) => judgeHost(one, leases)));
    return found.flat();
  }

  /** Waits until kernel and firewall of these hosts are what the leases want; gives the ms it took. @throws Error with what is not */
  async converged(hosts: readonly Judged[] = this.judged, timeoutMs = CONVERGES_MS): Promise<number> {
    const started = Date.now();
    for (;;) {
      const wrong = await this.wrong(hosts).catch((error: unknown) => [String(error)]);
      if (wrong.length === 0) return Date.now() - started;
      if (Date.now() - started > timeoutMs)
        throw new Error(`not as etcd wants it after ${timeoutMs} ms:\n${wrong.slice(0, 12).join('\n')}`);
      await sleep(POLL_MS);
    }
  }

  /** Waits until /readyz of every host says yes. */
  async ready(): Promise<number> {
    const all = await Promise.all(
      this.judged.map(({ host }) =>
        eventually(
          `${host.name} is ready`,
          async () => (await host.overlayd().health('readyz')).code === 0,
          20_000,
        ),
      ),
    );
    return Math.max(...all);
  }

  /** Waits until /readyz of a host says no, or nothing; gives the ms it took. */
  notReady(number: number, timeoutMs = 15_000): Promise<number> {
    const isNot = async (): Promise<boolean> => (await this.daemon(number).health('readyz')).code !== 0;
    return eventually(`h${number} is not ready`, isNot, timeoutMs);
  }

  /** The subnet that a host has in etcd. */
  async subnet(number: number): Promise<string> {
    return leaseOf(this.host(number), await readLeases(this.etcd)).subnet;
  }

  /** The subnets of the three hosts. */
  async subnets(): Promise<readonly string[]> {
    const leases = await readLeases(this.etcd);
    return this.judged.map((one) => leaseOf(one, leases).subnet);
  }

  /**
   * Does something that should leave the rig as it is, which is waited for before, unless the last work did so. What is foreign then is
   * what {@link foreign} compares with.
   */
  async from<T>(work: () => Promise<T>): Promise<T> {
    if (!this.sound) {
      await this.converged();
      await this.ready();
      this.before = await Promise.all(this.judged.map(snapshot));
    }
    this.sound = false;
    const done = await work();
    this.sound = true;
    return done;
  }

  /** What is foreign and is no longer as it was. It is what counts from now on. */
  async foreign(): Promise<readonly string[]> {
    const { before } = this;
    this.before = await Promise.all(this.judged.map(snapshot));
    return this.before.flatMap((lines, index) =>
      changed(before[index] ?? [], lines).map((line) => `h${index + 1} ${line}`),
    );
  }

  /** Puts back what a fault itself took of what is not ours. */
  async replant(number: number): Promise<void> {
    await plant(this.judged[number - 1]!);
  }

  async close(): Promise<void> {
    await this.flow.stop();
    await this.cluster.destroy();
  }
}

const judgedOf = ({ hosts }: Cluster): readonly Judged[] =>
  hosts.slice(0, 3).map((host, index) => ({
    host,
    address: host.address,
    masquerades: index < 2,
    save: index < 2 ? 'iptables-save' : 'iptables-legacy-save',
  }));

async function startDaemons(cluster: Cluster, { client }: Certificates): Promise<void> {
  const [one, two, three] = cluster.hosts.slice(0, 3) as [Host, Host, Host];
  const tls = {
    OVERLAYD_ETCD_CAFILE: client.cafile,
    OVERLAYD_ETCD_CERTFILE: client.certfile,
    OVERLAYD_ETCD_KEYFILE: client.keyfile,
  };
  // With a folder of its own its mounts are its own, and so is the lock of iptables in /run.
  three.overlayd({ ownFolder: '/run', endpoints: cluster.etcd.secureEndpoints, env: tls });
  await sh(three, 'sysctl -qw net.ipv4.ip_forward=1');
  for (const host of [one, two, three]) startDaemon(host);
  await Promise.all([one, two, three].map((host) => host.overlayd().ready()));
  await Promise.all([one, two].map((host) => dockerState(host, 'ready')));
}

/** Starts a host's overlayd, at first and again. */
export const startDaemon = (host: Host): void =>
  host.overlayd().start(host.name === 'h3' ? PLAIN_FLAGS : DOCKER_FLAGS);

async function judgeHost(judged: Judged, leases: readonly PlainLease[]): Promise<readonly string[]> {
  return (await judge(judged, leases)).map((line) => `${judged.host.name} ${line}`);
}
