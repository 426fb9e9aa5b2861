import { equalAddress, formatAddress, type Address, type Prefix } from '@overlay/cidr';
import type { JsonObject } from '@overlay/lease';
import { directRoute } from './direct-route.js';
import type { Backend, BackendFactory, HostFacts, NodeInput, Peer, PeerPlan } from './model.js';
import { onLink } from './on-link.js';
import { OptionReader } from './options.js';
import { peerError } from './peer-error.js';

function refuse(facts: HostFacts): string | undefined {
  if (equalAddress(facts.publicIp, facts.address)) return undefined;
  return (
    `host-gw needs the public address (${formatAddress(facts.publicIp)}) to be the interface's own ` +
    `(${formatAddress(facts.address)}): behind NAT use vxlan`
  );
}

function route(input: NodeInput, peer: Peer, destination: Prefix, gateway: Address): PeerPlan {
  const link = onLink(input.facts, gateway);
  if (link === undefined) {
    const problem = `${formatAddress(gateway)} is not on a link of this host: host-gw reaches only peers on the same network; use vxlan`;
    throw peerError(peer, problem);
  }
  return { objects: [directRoute(destination, gateway, link)], direct: [gateway] };
}

function planPeer(input: NodeInput, peer: Peer): PeerPlan {
  const { subnet, ipv6Subnet, attributes } = peer.lease;
  const plans = [route(input, peer, subnet, attributes.publicIp)];
  if (
    input.subnets.ipv6Subnet !== undefined &&
    ipv6Subnet !== undefined &&
    attributes.publicIpv6 !== undefined
  ) {
    plans.push(route(input, peer, ipv6Subnet, attributes.publicIpv6));
  }
  return { objects: plans.flatMap((plan) => plan.objects), direct: plans.flatMap((plan) => plan.direct) };
}

function create(options: JsonObject): Backend {
  return {
    type: 'host-gw',
    unknownOptions: new OptionReader('host-gw', options).unknown(),
    links: [],
    direct: true,
    tunnel: () => undefined,
    mtu: (facts) => facts.iface.mtu,
    refuse,
    publish: () => ({ type: 'host-gw' }),
    planNode: () => [],
    planPeer,
  };
}

/** `host-gw`: a plain route per peer over the shared link, no encapsulation (Flannel section 4.3). */
export const hostGw: BackendFactory = { type: 'host-gw', create };
