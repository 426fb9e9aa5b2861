import type { ExplainReply } from '@overlay/api';
import { contains, formatAddress, formatPrefix, parseAddress, type Address } from '@overlay/cidr';
import type { RouteFact, RouteObject } from '@overlay/dataplane';
import type { Daemon } from '../daemon.js';
import { leaseRow } from './peers.js';

type Verdict = Pick<ExplainReply, 'verdict' | 'summary'>;

function inNetwork(daemon: Daemon, address: Address): boolean {
  const { running } = daemon.network;
  return [running?.ipv4?.network, running?.ipv6?.network].some(
    (network) => network?.family === address.family && contains(network, address),
  );
}

function judge(daemon: Daemon, address: Address): Verdict {
  const text = formatAddress(address);
  const lease = daemon.book.find(address);
  if (lease === undefined) {
    if (inNetwork(daemon, address))
      return {
        verdict: 'network',
        summary: `${text} is in the overlay network, and no host has leased its subnet`,
      };
    return {
      verdict: 'outside',
      summary: `${text} is outside of the overlay network: this host's other routes decide`,
    };
  }
  const owner = lease.attributes.overlay?.hostname ?? formatAddress(lease.attributes.publicIp);
  const subnet = formatPrefix(lease.subnet);
  if (lease.name === daemon.keeper.status.lease?.name)
    return { verdict: 'own', summary: `${text} belongs to this host, by its lease ${subnet}` };
  return { verdict: 'peer', summary: `${text} belongs to ${owner}, by its lease ${subnet}` };
}

function routeText(route: RouteFact | undefined): string {
  if (route === undefined) return 'unreachable';
  const via = route.gateway === undefined ? '' : ` via ${formatAddress(route.gateway)}`;
  const source = route.source === undefined ? '' : ` src ${formatAddress(route.source)}`;
  return `${route.kind}${via} dev ${route.link ?? '-'}${source}`;
}

function plannedRoute(daemon: Daemon, name: string, family: 4 | 6): RouteObject | undefined {
  const peer = daemon.kernelLane.state.peers.get(name);
  if (peer?.state !== 'used') return undefined;
  return peer.plan.objects.find(
    (object): object is RouteObject => object.type === 'route' && object.destination.family === family,
  );
}

function obstacles(
  daemon: Daemon,
  name: string | undefined,
  planned: RouteObject | undefined,
  kernel: RouteFact | undefined,
): readonly string[] {
  const found: string[] = [];
  const peer = name === undefined ? undefined : daemon.kernelLane.state.peers.get(name);
  if (peer !== undefined && peer.state !== 'used') found.push(peer.reason);
  if (planned !== undefined && kernel?.link !== planned.link) {
    found.push(
      `the kernel would send it over ${kernel?.link ?? 'nothing'}, not ${planned.link ?? '-'}: look for a more specific route or a policy rule`,
    );
  }
  found.push(...(daemon.firewallLane.report?.facts.obstacles ?? []));
  found.push(...[...daemon.kernelLane.failures.values()].slice(0, 5));
  return found;
}

function path(route: RouteObject | RouteFact | undefined): Pick<ExplainReply, 'device' | 'nextHop'> {
  const gateway = route?.gateway;
  return { device: route?.link ?? '', nextHop: gateway === undefined ? '' : formatAddress(gateway) };
}

/** Which host owns an address, by which lease, how packets get there, and what stands in the way. @throws OVL_CIDR_INVALID */
export async function explain(daemon: Daemon, text: string): Promise<ExplainReply> {
  const address = parseAddress(text);
  const lease = daemon.book.find(address);
  const kernel = await daemon.adapters.host.lookup(address).catch(() => undefined);
  const planned = lease === undefined ? undefined : plannedRoute(daemon, lease.name, address.family);
  const { node } = daemon.nodeLane;
  return {
    address: formatAddress(address),
    ...judge(daemon, address),
    lease: lease === undefined ? null : leaseRow(daemon, lease),
    ...path(planned ?? kernel),
    mtu: node === undefined ? 0 : node.backend.mtu(node.input.facts),
    kernelRoute: routeText(kernel),
    obstacles: obstacles(daemon, lease?.name, planned, kernel),
    facts: node === undefined ? [] : [{ name: 'backend', value: node.backend.type }],
  };
}
