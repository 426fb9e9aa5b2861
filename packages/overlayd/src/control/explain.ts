import type { ExplainReply } from '@overlay/api';
import { contains, formatAddress, formatPrefix, parseAddress, type Address } from '@overlay/cidr';
import { objectKey, type KernelObject, type RouteFact, type RouteObject } from '@overlay/dataplane';
import { parseLeaseName, type Lease } from '@overlay/lease';
import type { Daemon } from '../daemon.js';
import type { NodePlan } from '../loop/node-plan.js';
import { nodeMtu } from '../plan/mtu.js';
import { planNode } from '../plan/plan.js';
import { forwardingObstacle } from './forwarding-obstacle.js';
import { isOwn, leaseRow } from './peers.js';

type Verdict = Pick<ExplainReply, 'verdict' | 'summary'>;

function inNetwork(daemon: Daemon, address: Address): boolean {
  const { running } = daemon.network;
  const current = [running?.ipv4?.network, running?.ipv6?.network];
  return [...current, ...(running?.formerNetworks ?? [])].some(
    (network) => network?.family === address.family && contains(network, address),
  );
}

function covers(name: string, address: Address): boolean {
  try {
    const { subnet, ipv6Subnet } = parseLeaseName(name);
    return [subnet, ipv6Subnet].some((prefix) => prefix !== undefined && contains(prefix, address));
  } catch {
    return false;
  }
}

/** Leases of that subnet which are not used for it, and why: `10.5.2.0-24: its value is not JSON`. */
function refusals(daemon: Daemon, address: Address): readonly string[] {
  const refused = daemon.book.rejected().filter(({ name }) => covers(name, address));
  return refused.map(({ name, reason }) => `the lease ${name} is rejected: ${reason}`);
}

function unowned(daemon: Daemon, address: Address, refused: readonly string[]): Verdict {
  const text = formatAddress(address);
  if (!inNetwork(daemon, address))
    return {
      verdict: 'outside',
      summary: `${text} is outside of the overlay network: this host's other routes decide`,
    };
  const why = refused.length === 0 ? 'no host has leased its subnet' : 'the lease of its subnet is rejected';
  return { verdict: 'network', summary: `${text} is in the overlay network, and ${why}` };
}

function judge(daemon: Daemon, address: Address, lease: Lease): Verdict {
  const text = formatAddress(address);
  const owner = lease.attributes.overlay?.hostname ?? formatAddress(lease.attributes.publicIp);
  const subnet = formatPrefix(address.family === 6 && lease.ipv6Subnet ? lease.ipv6Subnet : lease.subnet);
  if (isOwn(daemon, lease.name))
    return { verdict: 'own', summary: `${text} belongs to this host, by its lease ${subnet}` };
  return { verdict: 'peer', summary: `${text} belongs to ${owner}, by its lease ${subnet}` };
}

function routeText(route: RouteFact | undefined): string {
  if (route === undefined) return 'unreachable';
  const via = route.gateway === undefined ? '' : ` via ${formatAddress(route.gateway)}`;
  const source = route.source === undefined ? '' : ` src ${formatAddress(route.source)}`;
  return `${route.kind}${via} dev ${route.link ?? '-'}${source}`;
}

function plannedRoute(objects: readonly KernelObject[], family: 4 | 6): RouteObject | undefined {
  return objects.find(
    (object): object is RouteObject => object.type === 'route' && object.destination.family === family,
  );
}

/** The device of a packet to a peer is told by the plan; something more specific may send it elsewhere. */
function detour(planned: RouteObject | undefined, kernel: RouteFact | undefined): readonly string[] {
  if (planned === undefined) return [];
  const gateway = (route: RouteObject | RouteFact): string =>
    route.gateway === undefined ? '' : ` via ${formatAddress(route.gateway)}`;
  const text = (route: RouteObject | RouteFact): string => `${route.link ?? '-'}${gateway(route)}`;
  if (kernel !== undefined && text(kernel) === text(planned)) return [];
  const way = kernel === undefined ? 'nowhere' : `over ${text(kernel)}`;
  return [
    `the kernel would send it ${way}, not over ${text(planned)}: look for a more specific route or a policy rule`,
  ];
}

function kernelFailures(daemon: Daemon, node: NodePlan, objects: readonly KernelObject[]): readonly string[] {
  const { failures, passError } = daemon.kernelLane;
  const needed = [...planNode(node), ...objects];
  const failing = needed.flatMap((object) => failures.get(objectKey(object)) ?? []);
  return passError === undefined ? failing : [`the last kernel pass failed: ${passError}`, ...failing];
}

/** What stands in the way of every address of the overlay on this host. */
function hostObstacles(daemon: Daemon, objects: readonly KernelObject[]): readonly string[] {
  const { node } = daemon.nodeLane;
  if (node === undefined) return ['this host has no plan yet: see `overlayctl status`'];
  const forwarding = forwardingObstacle(node, daemon.config.ipForward);
  const { report } = daemon.firewallLane;
  return [
    ...(forwarding === undefined ? [] : [forwarding]),
    ...(report?.facts.obstacles ?? []),
    ...(report?.errors ?? []).map(({ message }) => message),
    ...kernelFailures(daemon, node, objects),
  ];
}

function peerObstacles(daemon: Daemon, lease: Lease): readonly string[] {
  if (isOwn(daemon, lease.name)) return [];
  const peer = daemon.kernelLane.state.peers.get(lease.name);
  if (peer === undefined) return ['its lease is not programmed yet'];
  return peer.state === 'used' ? [] : [peer.reason];
}

function path(route: RouteObject | RouteFact | undefined): Pick<ExplainReply, 'device' | 'nextHop'> {
  const gateway = route?.gateway;
  return { device: route?.link ?? '', nextHop: gateway === undefined ? '' : formatAddress(gateway) };
}

type Findings = Pick<ExplainReply, 'verdict' | 'summary' | 'lease' | 'device' | 'nextHop' | 'obstacles'>;

function explainOwned(
  daemon: Daemon,
  address: Address,
  lease: Lease,
  kernel: RouteFact | undefined,
): Findings {
  const peer = daemon.kernelLane.state.peers.get(lease.name);
  const objects = peer?.state === 'used' ? peer.plan.objects : [];
  const planned = plannedRoute(objects, address.family);
  const objection = daemon.book.rejected().find(({ name }) => name === lease.name)?.reason ?? '';
  return {
    ...judge(daemon, address, lease),
    lease: leaseRow(daemon, lease, objection),
    ...path(planned ?? kernel),
    obstacles: [
      ...peerObstacles(daemon, lease),
      ...detour(planned, kernel),
      ...hostObstacles(daemon, objects),
    ],
  };
}

function explainUnowned(daemon: Daemon, address: Address, kernel: RouteFact | undefined): Findings {
  const refused = refusals(daemon, address);
  return { ...unowned(daemon, address, refused), lease: null, ...path(kernel), obstacles: refused };
}

/** Which host owns an address, by which lease, how packets get there, and what stands in the way. @throws OVL_CIDR_INVALID */
export async function explain(daemon: Daemon, text: string): Promise<ExplainReply> {
  const address = parseAddress(text);
  const lease = daemon.book.find(address);
  const kernel = await daemon.adapters.host.lookup(address).catch(() => undefined);
  const { node } = daemon.nodeLane;
  const findings =
    lease === undefined
      ? explainUnowned(daemon, address, kernel)
      : explainOwned(daemon, address, lease, kernel);
  const known = node !== undefined && findings.verdict !== 'outside';
  return {
    address: formatAddress(address),
    ...findings,
    mtu: known ? nodeMtu(node) : 0,
    kernelRoute: routeText(kernel),
    facts: node === undefined ? [] : [{ name: 'backend', value: node.backend.type }],
  };
}
