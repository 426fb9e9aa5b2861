import { contains, equalAddress, parsePrefix, type Address } from '@overlay/cidr';
import type { FirewallInput, OverlayTraffic } from './model.js';
import { networksOf, subnetsOf } from './rules.js';

/** A flow as connection tracking has it: the first packet, and what its answer looks like. */
export interface TrackedFlow {
  readonly source: Address;
  readonly destination: Address;
  readonly replySource: Address;
  readonly replyDestination: Address;
}

const MULTICAST = { 4: parsePrefix('224.0.0.0/4'), 6: parsePrefix('ff00::/8') } as const;

/**
 * Whether a flow has another source than the rules for this input give to a new one: the nat table is looked at for the first packet of a
 * flow alone, so one that is older keeps what it got. Says no of flows whose destination is translated (published ports: Docker's), that
 * stay within this host's subnets, or that the rules leave to others. Says yes of one from a container to another address of this host,
 * which is not known here and whose flows are never translated: to forget it costs nothing, its next packet begins the same one.
 */
export function isStale(flow: TrackedFlow, input: FirewallInput): boolean {
  const traffic = input.traffic.find(({ family }) => family === flow.source.family);
  if (traffic === undefined || !equalAddress(flow.replySource, flow.destination)) return false;
  const translated = !equalAddress(flow.replyDestination, flow.source);
  if (keepsSource(flow, traffic)) return translated;
  return input.masquerade && leaves(flow, traffic) && !translated;
}

const within = (prefixes: ReturnType<typeof networksOf>, address: Address): boolean =>
  prefixes.some((prefix) => contains(prefix, address));

function staysHere({ source, destination }: TrackedFlow, traffic: OverlayTraffic): boolean {
  return subnetsOf(traffic).some((subnet) => contains(subnet, source) && contains(subnet, destination));
}

function keepsSource(flow: TrackedFlow, traffic: OverlayTraffic): boolean {
  const { source, destination } = flow;
  if (staysHere(flow, traffic)) return false;
  const networks = networksOf(traffic);
  if (within(networks, source) && within(networks, destination)) return true;
  const direct = traffic.underlay !== undefined && within(subnetsOf(traffic), source);
  return direct && traffic.directPeers.some((peer) => equalAddress(peer, destination));
}

/** From a container of this host to the world outside, or to an address of this host that is not the overlay's. */
function leaves({ source, destination }: TrackedFlow, traffic: OverlayTraffic): boolean {
  const inside = [...networksOf(traffic), MULTICAST[traffic.family]];
  return within(subnetsOf(traffic), source) && !within(inside, destination);
}
