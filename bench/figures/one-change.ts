import type { Cluster, Etcd } from '@overlay/testbed';
import { loadPeers, NETWORK } from '../leases';
import type { Figure, Row } from '../report';
import { FLAGS, requirePeers, withRig } from '../rig';
import { summarise } from '../stats';
import type { ChangeTimes } from './change-worker';

const CHANGES = 200;
const EXISTING = [0, 1000];

/** One lease added to route installed on another host. */
export function oneChange(): Promise<Figure> {
  return withRig('change', 1, NETWORK, async (cluster, etcd) => {
    const rows: Row[] = [];
    for (const existing of EXISTING) rows.push(...(await atExisting(cluster, etcd, existing)));
    return {
      title: 'One lease added, to its route in the kernel of another host',
      unit: 'ms',
      yardstick: 'the same put, to the event at a bare etcd watcher',
      rows,
      notes: [`${CHANGES} puts at each size, 30 to 100 ms apart.`],
    };
  });
}

async function atExisting(cluster: Cluster, etcd: Etcd, existing: number): Promise<Row[]> {
  const host = cluster.host(1);
  await loadPeers(etcd, existing);
  const overlayd = await host.startOverlayd(FLAGS);
  await requirePeers(host, existing);
  const { kernel, watch } = await changes(cluster, etcd, existing);
  await requirePeers(host, existing + CHANGES);
  await overlayd.stop();
  await host.exec(['ip', 'link', 'delete', 'flannel.1']);
  const [inKernel, floor] = [summarise(kernel), summarise(watch)];
  return [
    { name: `${existing} leases, etcd watcher`, summary: floor },
    {
      name: `${existing} leases, route in the kernel`,
      summary: inKernel,
      ratio: inKernel.median / floor.median,
    },
  ];
}

async function changes(cluster: Cluster, etcd: Etcd, from: number): Promise<ChangeTimes> {
  const main = require.resolve('../main.ts');
  const argv = [process.execPath, '--require', 'esbuild-register', main, 'change-worker'];
  const { stdout } = await cluster
    .host(1)
    .exec([...argv, etcd.endpoints[0] ?? '', String(from), String(CHANGES)], { timeoutMs: 120_000 });
  return JSON.parse(stdout) as ChangeTimes;
}
