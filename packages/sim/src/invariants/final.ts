import { formatPrefix, parseIpv4 } from '@overlay/cidr';
import { diff, objectKey, type Change, type KernelObject } from '@overlay/dataplane';
import { LeaseSet, type Lease } from '@overlay/lease';
import { plan } from '@overlay/overlayd';
import type { SimNode } from '../sim-node.js';
import type { Cluster } from './model.js';

const textOf = ({ op, object }: Change): string => `${op} ${objectKey(object)}`;

/** After all faults are over, every node follows etcd, and has a lease of its own. */
export function everyNodeHasALease({ nodes }: Cluster): string | undefined {
  const deaf = nodes.find(({ daemon }) => daemon?.etcd.connected !== true);
  if (deaf !== undefined) return `${deaf.name} does not follow etcd`;
  const without = nodes.find(({ daemon }) => daemon?.keeper.status.state !== 'held');
  if (without === undefined) return undefined;
  const problems = without.daemon?.problems.list().map(({ code, message }) => `${code} ${message}`) ?? [];
  return `${without.name} has no lease: ${problems.join('; ')}`;
}

/** The peers of a node, judged anew from what etcd holds now. */
function peersOf(node: SimNode, { etcd }: Cluster): readonly Lease[] {
  const { daemon } = node;
  const { lease } = daemon?.keeper.status ?? {};
  const config = daemon?.network.running;
  if (lease === undefined || config === undefined) return [];
  const set = new LeaseSet({ config, own: { subnets: lease, publicIp: parseIpv4(node.publicIp) } });
  const { leases, revision } = etcd.list();
  set.applySnapshot({ leases, revision });
  return [...set.used()].filter(({ name }) => name !== lease.name);
}

/** I5: every good lease has a route, whatever else lies in etcd. */
export function everyLeaseIsReached(cluster: Cluster): string | undefined {
  for (const node of cluster.nodes) {
    const { routes } = node.kernel.fake.tables.snapshot();
    const reached = new Set(routes.map(({ destination }) => formatPrefix(destination)));
    const missing = peersOf(node, cluster).find(({ subnet }) => !reached.has(formatPrefix(subnet)));
    if (missing !== undefined) return `${node.name} has no route to ${missing.name}`;
  }
  return undefined;
}

/** I11: the kernel is what the plan makes of what etcd holds now, by whatever way it came there. */
export async function kernelIsThePlan(cluster: Cluster): Promise<string | undefined> {
  for (const node of cluster.nodes) {
    const { daemon } = node;
    const base = daemon?.nodeLane.node;
    if (daemon === undefined || base === undefined) return `${node.name} has no plan`;
    const { desired } = plan(base, peersOf(node, cluster));
    const actual = await node.kernel.fake.look(daemon.ownership(base), desired);
    const { changes, conflicts } = diff(desired, actual);
    const wrong = [...changes.map(textOf), ...conflicts.map(({ key, reason }) => `${key}: ${reason}`)];
    if (wrong.length > 0) return `${node.name} still has to: ${wrong.slice(0, 5).join(', ')}`;
  }
  return undefined;
}

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

/** All that is ours in the kernel of each node, as text. */
export async function kernelTexts({ nodes }: Cluster): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const { daemon, kernel } of nodes) {
    const base = daemon?.nodeLane.node;
    if (daemon === undefined || base === undefined) texts.push('nothing');
    else {
      const { objects } = await kernel.fake.look(daemon.ownership(base));
      const lines = [...objects].map(
        ([key, object]: [string, KernelObject]) => `${key} ${JSON.stringify(object, plain)}`,
      );
      texts.push(lines.sort().join('\n'));
    }
  }
  return texts;
}
