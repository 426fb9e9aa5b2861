import { aggregate, formatPrefix, ipv4Prefix, ipv6Prefix } from '@overlay/cidr';
import type { Ipv4, Ipv6, Prefix } from '@overlay/cidr';
import type { OverlayTraffic, RuleText } from './model.js';
import { checkedInterface } from './names.js';

/** One direction in which overlay packets cross this host. */
export interface Flow {
  readonly source: Prefix;
  readonly destination: Prefix;
  readonly input?: string;
  readonly output?: string;
}

/** Mark of a packet that kube-proxy masquerades itself, and that Docker's nftables backend lets in with `bridge-accept-fwmark`. */
export const MARK = 0x4000;

/** Addresses as the shortest list of prefixes that covers exactly them. */
function exactCover(addresses: readonly (Ipv4 | Ipv6)[]): readonly Prefix[] {
  return aggregate(
    addresses.map((address) =>
      address.family === 4 ? ipv4Prefix(address.bits, 32) : ipv6Prefix(address.bits, 128),
    ),
  );
}

/** The overlay's networks: the current one and those that are being left. */
export function networksOf({ network, alsoNetworks = [] }: OverlayTraffic): readonly Prefix[] {
  return [network, ...alsoNetworks];
}

/** This host's subnets: the current one and those that are being left. */
export function subnetsOf({ subnet, alsoSubnets = [] }: OverlayTraffic): readonly Prefix[] {
  return [subnet, ...alsoSubnets];
}

/** Packets between overlay addresses, whichever of the networks they are in. */
export function within(traffic: OverlayTraffic): readonly Flow[] {
  const networks = networksOf(traffic);
  return networks.flatMap((source) => networks.map((destination) => ({ source, destination })));
}

/** Packets of remote containers and hosts that come in for a container of this host. */
export function inbound(traffic: OverlayTraffic): readonly Flow[] {
  return subnetsOf(traffic).flatMap((destination) => inboundTo(destination, traffic));
}

function inboundTo(destination: Prefix, traffic: OverlayTraffic): readonly Flow[] {
  const networks = networksOf(traffic);
  const flows: Flow[] = traffic.tunnels.flatMap((tunnel) =>
    networks.map((source) => ({ source, destination, input: checkedInterface(tunnel) })),
  );
  if (traffic.underlay !== undefined) {
    const input = checkedInterface(traffic.underlay);
    const sources = [...networks, ...exactCover(traffic.directPeers)];
    flows.push(...sources.map((source) => ({ source, destination, input })));
  }
  return flows;
}

/** Packets of containers of this host that go out to remote containers and to hosts that are routed to directly. */
export function outbound(traffic: OverlayTraffic): readonly Flow[] {
  return inbound(traffic).map(reversed);
}

function reversed({ source, destination, input }: Flow): Flow {
  return { source: destination, destination: source, ...(input === undefined ? {} : { output: input }) };
}

/** Packets of remote containers and hosts for a subnet that another host owns. */
export function fencedIn(traffic: OverlayTraffic): readonly Flow[] {
  return (traffic.fenced ?? []).flatMap((destination) => inboundTo(destination, traffic));
}

/** Packets from a subnet that another host owns to remote containers and to hosts that are routed to directly. */
export function fencedOut(traffic: OverlayTraffic): readonly Flow[] {
  return fencedIn(traffic).map(reversed);
}

/** Packets of containers of this host to hosts that are routed to directly: those know the way back, so the source can stay. */
export function toDirectPeers(traffic: OverlayTraffic): readonly Flow[] {
  if (traffic.underlay === undefined) return [];
  const output = checkedInterface(traffic.underlay);
  return subnetsOf(traffic).flatMap((source) =>
    exactCover(traffic.directPeers).map((destination) => ({ source, destination, output })),
  );
}

/** Within this host: no affair of ours, so that `icc=false` and hairpin masquerade stay Docker's. */
export function local(traffic: OverlayTraffic): readonly Flow[] {
  return subnetsOf(traffic).map((subnet) => ({ source: subnet, destination: subnet }));
}

/** A rule in the very words and order of `iptables-save`. */
export function flowRule(flow: Flow, comment: string, target: 'ACCEPT' | 'DROP' | 'RETURN'): RuleText {
  const words = [`-s ${formatPrefix(flow.source)}`, `-d ${formatPrefix(flow.destination)}`];
  if (flow.input !== undefined) words.push(`-i ${flow.input}`);
  if (flow.output !== undefined) words.push(`-o ${flow.output}`);
  return `${words.join(' ')} ${commentMatch(comment)} -j ${target}`;
}

/** `iptables-save` quotes the comment because of its colon. */
export function commentMatch(comment: string): string {
  return `-m comment --comment "${comment}"`;
}
