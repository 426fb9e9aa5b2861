import { createCluster, sweep, type Cluster, type Etcd, type Host } from '@overlay/testbed';
import { removeEndpoint } from './endpoint';
import { ETCD_ARGS, PREFIX } from './leases';

/** What overlayd is started with: nothing of the machine's Docker, and forwarding on. */
export const FLAGS = ['--docker=off', '--ip-forward=on'];

/** Every rig of the benchmark, by its use. */
const RIGS = {
  change: 'tb-bench-chg',
  peers: 'tb-bench-peer',
  overlay: 'tb-bench-ovl',
  hand: 'tb-bench-hand',
};
const MOST_HOSTS = 2;

/** Takes away whatever an interrupted run left. */
export async function sweepRigs(): Promise<void> {
  for (const name of Object.values(RIGS)) {
    for (let number = 1; number <= MOST_HOSTS; number += 1) await removeEndpoint(`${name}-h${number}`);
    await sweep(name);
  }
}

/** Makes a rig with etcd and this network config, hands it to `use`, and takes it away again whatever happens. */
export async function withRig<T>(
  rig: keyof typeof RIGS,
  hosts: number,
  config: object,
  use: (cluster: Cluster, etcd: Etcd) => Promise<T>,
): Promise<T> {
  return withHosts(rig, hosts, async (cluster) => {
    const etcd = await cluster.startEtcd({ args: ETCD_ARGS });
    await putConfig(etcd, config);
    return use(cluster, etcd);
  });
}

/** Puts the network config of a rig; running daemons take it up. */
export async function putConfig(etcd: Etcd, config: object): Promise<void> {
  await etcd.etcdctl(['put', `${PREFIX}/config`, JSON.stringify(config)]);
}

/** As {@link withRig}, without etcd. */
export async function withHosts<T>(
  rig: keyof typeof RIGS,
  hosts: number,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = await createCluster({ name: RIGS[rig], hosts });
  try {
    return await use(cluster);
  } finally {
    for (const host of cluster.hosts) await removeEndpoint(host.namespace);
    await cluster.destroy();
  }
}

/** How many routes, neighbours and FDB entries for peers a host's vxlan device has. */
export async function peerObjects(host: Host): Promise<readonly [number, number, number]> {
  const count = async (line: string): Promise<number> =>
    Number((await host.exec(['sh', '-c', `${line} | wc -l`])).stdout);
  return [
    await count('ip route show proto 76'),
    await count('ip neigh show dev flannel.1 nud permanent'),
    await count('bridge fdb show dev flannel.1'),
  ];
}

/** @throws Error when the host's kernel does not hold exactly these peers. */
export async function requirePeers(host: Host, count: number): Promise<void> {
  const found = await peerObjects(host);
  if (found.some((objects) => objects !== count))
    throw new Error(
      `${host.namespace}: ${found.join(', ')} routes, neighbours, FDB entries instead of ${count} each`,
    );
}
