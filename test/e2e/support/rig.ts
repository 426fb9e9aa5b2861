import {
  createCluster,
  sweep,
  type Cluster,
  type ClusterOptions,
  type Host,
  type Overlayd,
} from '@overlay/testbed';

export const PREFIX = '/atomic.io/network';

/** A rig with etcd and this network config; what a killed run left under the name is swept first. */
export async function openRig(options: ClusterOptions, config: object): Promise<Cluster> {
  await sweep(options.name);
  const cluster = await createCluster(options);
  await cluster.startEtcd();
  await putConfig(cluster, config);
  return cluster;
}

export async function putConfig(cluster: Cluster, config: object, prefix = PREFIX): Promise<void> {
  await cluster.etcd.etcdctl(['put', `${prefix}/config`, JSON.stringify(config)]);
}

/** Starts overlayd on every host with these flags and waits until all are ready. */
export async function startAll(cluster: Cluster, flags: readonly string[]): Promise<readonly Overlayd[]> {
  const started = cluster.hosts.map((host) => host.overlayd());
  for (const overlayd of started) overlayd.start(flags);
  for (const overlayd of started) await overlayd.ready();
  return started;
}

/** Repeats until it says true; the error names what was waited for. */
export async function eventually(
  what: string,
  check: () => Promise<boolean>,
  timeoutMs = 10_000,
): Promise<number> {
  const started = Date.now();
  for (;;) {
    if (await check()) return Date.now() - started;
    if (Date.now() - started > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** stdout of a shell line on a host; rejects when it fails. */
export async function sh(host: Host, line: string): Promise<string> {
  return (await host.exec(['sh', '-c', line])).stdout.trim();
}

/** Whether one echo comes back within a second. */
export async function pings(host: Host, address: string): Promise<boolean> {
  return (await host.tryExec(['ping', '-n', '-c', '1', '-W', '1', address])).code === 0;
}

/** The base address of a host's leased subnet: its tunnel device's own address. */
export async function overlayAddress(overlayd: Overlayd, host: Host): Promise<string> {
  const subnet = await sh(host, `. ${overlayd.subnetFile}; echo $FLANNEL_SUBNET`);
  return subnet.replace(/\.1\/\d+$/, '.0');
}
