import {
  createCluster,
  liveHost,
  run,
  sweep,
  type Cluster,
  type Host,
  type LiveHost,
} from '@overlay/testbed';

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
  for (const daemon of daemons) await daemon.ready(READY_MS);
  const pair = (host: Host, index: number): Promise<LiveHost> => liveHost(host, daemons[index]!, POD_MTU);
  return { cluster, hosts: await Promise.all(cluster.hosts.map(pair)) };
}

/** What tcpdump sees on a host's underlay while `work` is done: one line a packet, without names, with payload bytes in hex. */
export async function captured(host: Host, filter: string, work: () => Promise<void>): Promise<string> {
  const dump = host.spawn('tcpdump', ['tcpdump', '-l', '-n', '-v', '-i', 'eth0', '-c', '400', filter]);
  await dump.waitUntil(() => Promise.resolve(dump.log().includes('listening on')), 30_000, 100);
  await work();
  await run(['sleep', '1']);
  await dump.stop();
  return dump.log();
}
