import type { Address, Prefix } from '@overlay/cidr';
import { spreadMetric, type KernelObject, type RouteObject } from '@overlay/dataplane';
import type { BackendOffer } from '@overlay/lease';
import type { NodeInput, Peer, PeerPlan } from './model.js';
import { onLink } from './on-link.js';

/** A peer in one family: its subnet and, where it announced one, its underlay address of that family. */
export interface Remote {
  readonly subnet: Prefix;
  readonly address?: Address;
}

/** A peer family by family; without the IPv6 half when one of the two hosts has none (C17). */
export function remotesOf(input: NodeInput, { lease }: Peer): readonly Remote[] {
  const { subnet, ipv6Subnet, attributes } = lease;
  const ipv4 = { subnet, address: attributes.publicIp };
  if (input.subnets.ipv6Subnet === undefined || ipv6Subnet === undefined) return [ipv4];
  const address = attributes.publicIpv6;
  return [ipv4, { subnet: ipv6Subnet, ...(address === undefined ? {} : { address }) }];
}

/** A route to a peer's subnet through a device: by a next hop taken to be on it, or without one. */
export const tunnelRoute = (destination: Prefix, link: string, gateway?: Address): RouteObject => ({
  type: 'route',
  kind: 'unicast',
  destination,
  ...(gateway === undefined ? {} : { gateway }),
  link,
  onlink: gateway !== undefined,
  metric: spreadMetric(destination),
});

/**
 * `<subnet> via <peer> dev <underlay>`: how host-gw and DirectRouting reach a peer on the same link (Flannel sections 4.2, 4.3).
 * Undefined when it is behind a router or has no address of the family.
 */
export function directPlan({ facts }: NodeInput, { subnet, address }: Remote): PeerPlan | undefined {
  const link = address && onLink(facts, address);
  if (address === undefined || link === undefined) return undefined;
  const route = { ...tunnelRoute(subnet, link, address), onlink: false };
  return { objects: [route], direct: [address] };
}

/** A host of ours accepts what comes without encapsulation only if it says so; of a flanneld the sender decides. */
const takesDirect = ({ options }: BackendOffer): boolean =>
  options === undefined || options['DirectRouting'] === true;

/** What a host says in `shared` so that `takesDirect` is true of it. */
export const directOption = (directRouting: boolean): { readonly DirectRouting?: true } =>
  directRouting ? { DirectRouting: true } : {};

export const joinPlans = (plans: readonly PeerPlan[]): PeerPlan => ({
  objects: plans.flatMap(({ objects }) => objects),
  direct: plans.flatMap(({ direct }) => direct),
});

/**
 * A peer by a tunnel, or without one where DirectRouting and the peer allow it and both are on the same link; each family by itself.
 * `reach` gives the objects of the tunnel, undefined where the peer cannot be reached in that family.
 */
export function planRemotes(
  input: NodeInput,
  peer: Peer,
  directRouting: boolean,
  reach: (remote: Remote) => readonly KernelObject[] | undefined,
): PeerPlan {
  const direct = directRouting && takesDirect(peer.offer);
  return joinPlans(
    remotesOf(input, peer).flatMap((remote) => {
      const objects = reach(remote);
      if (objects === undefined) return [];
      return [(direct ? directPlan(input, remote) : undefined) ?? { objects, direct: [] }];
    }),
  );
}
