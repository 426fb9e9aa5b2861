import { createCluster, liveHost, sweep, type Cluster, type Host, type LiveHost } from '@overlay/testbed';
import { unlessLate } from './late.js';

/** A network on the cluster's hosts with one pod each, and overlayd on each. */
export interface LiveCluster {
  readonly cluster: Cluster;
  readonly hosts: readonly LiveHost[];
}

/** Looking at the firewall every five seconds would take half of the emulated processors. */
export const FLAGS = ['--ip-forward=on', '--iptables-resync=3600'];
/** Everything is slow in an emulated machine. */
const READY_MS = 240_000;
/** Fits into every tunnel over 1500 bytes. */
const POD_MTU = 1420;

export async function putConfig(cluster: Cluster, config: object): Promise<void> {
  await cluster.etcd.etcdctl(['put', '/atomic.io/network/config', JSON.stringify(config)]);
}

/** Hosts with etcd, the network config, overlayd on each (started at once) and a pod on each. */
export async function openLive(name: string, config: object, flags: readonly string[]): Promise<LiveCluster> {
  await sweep(name);
  const cluster = await createCluster({ name, hosts: 3 });
  await cluster.startEtcd();
  await putConfig(cluster, config);
  const daemons = cluster.hosts.map((host) => host.overlayd());
  for (const daemon of daemons) daemon.start([...FLAGS, ...flags]);
  for (const daemon of daemons) await unlessLate(daemon.ready(READY_MS), daemon);
  const pair = (host: Host, index: number): Promise<LiveHost> => liveHost(host, daemons[index]!, POD_MTU);
  return { cluster, hosts: await Promise.all(cluster.hosts.map(pair)) };
}
