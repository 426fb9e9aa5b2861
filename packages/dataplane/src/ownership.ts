import { contains, equalAddress, equalPrefix } from '@overlay/cidr';
import type { Address, Prefix } from '@overlay/cidr';
import type { DesiredState, LinkObject, Ownership, RouteObject, TunnelLink, VxlanLink } from './model.js';
import type { LinkState, RouteState, RuleState, TunnelState, VxlanState } from './snapshot.js';

/** Protocol number of our routes and rules; `overlay` in /etc/iproute2/rt_protos.d. */
export const ROUTE_PROTOCOL = 76;

const PROTOCOL_KERNEL = 2;
const PROTOCOL_BOOT = 3;
const PROTOCOL_RA = 9;
const MAIN_TABLE = 254;

/** Names of the devices that backends make; one of them that carries our alias is ours even if no longer wanted. */
const DEVICE_NAME =
  /^(flannel(-v6)?\.\d+b?|flannel(-v6)?\.ipipb?|flannel-wg(-v6)?b?|overlay(-v6)?\.(gre|udp)b?|ovl-(br|lan|ovs)-.+)$/;

export function isBackendDevice(name: string): boolean {
  return DEVICE_NAME.test(name);
}

/** A link is ours when it carries our alias, or is one that a stopped flanneld left and `adopt` takes over. */
export function isOurLink(link: LinkState, ownership: Ownership, wanted?: LinkObject): boolean {
  const named = ownership.links.includes(link.name);
  if (link.alias === ownership.alias) return named || isBackendDevice(link.name);
  if (!ownership.adopt || !named || link.alias !== '' || wanted === undefined) return false;
  if (wanted.kind === 'vxlan') return link.vxlan !== undefined && isCompatible(link.vxlan, wanted);
  return wanted.kind === 'ipip' && link.kind === 'ipip' && isSameIpip(link.tunnel, wanted);
}

/** Flanneld's `flannel.ipip`: what Flannel compares, the local end and that the other is open. The rest changes in place. */
function isSameIpip(tunnel: TunnelState | undefined, wanted: TunnelLink): boolean {
  if (tunnel?.local === undefined || wanted.local === undefined || wanted.encapsulation) return false;
  return !tunnel.special && tunnel.remote === undefined && equalAddress(tunnel.local, wanted.local);
}

/** What Flannel compares before it keeps a device (the settings that cannot be changed on an existing one). */
function isCompatible(vxlan: VxlanState, wanted: VxlanLink): boolean {
  return (
    vxlan.vni === wanted.vni &&
    vxlan.port === wanted.port &&
    vxlan.gbp === wanted.gbp &&
    vxlan.local !== undefined &&
    equalAddress(vxlan.local, wanted.local)
  );
}

export function insideNetworks(inner: Address | Prefix, networks: readonly Prefix[]): boolean {
  return networks.some((network) => network.family === inner.family && contains(network, inner));
}

/** What decides about routes: the ownership, the names of our devices that exist, and what is wanted by destination. */
export interface RouteOwnership {
  readonly ownership: Ownership;
  readonly links: ReadonlySet<string>;
  readonly wanted: ReadonlyMap<string, RouteObject>;
}

/**
 * A route is ours when it is on a device of ours (unless the kernel or a router advertisement made it), or has our protocol
 * number inside our networks. With `adopt`, also one that forwards exactly as the wanted one does: flanneld's host-gw route.
 */
export function isOurRoute(route: RouteState, owner: RouteOwnership, wanted?: RouteObject): boolean {
  if (!isPlainRoute(route)) return false;
  if (route.link !== undefined && owner.links.has(route.link)) return true;
  if (!insideNetworks(route.destination, owner.ownership.networks)) return false;
  if (route.protocol === ROUTE_PROTOCOL) return true;
  return (
    owner.ownership.adopt &&
    route.protocol === PROTOCOL_BOOT &&
    wanted !== undefined &&
    sameForwarding(route, wanted)
  );
}

/** Of the main table, of a kind that we make, and made by somebody: not by the kernel itself or a router advertisement. */
function isPlainRoute({ table, protocol, kind }: RouteState): boolean {
  const made = protocol !== PROTOCOL_KERNEL && protocol !== PROTOCOL_RA;
  return table === MAIN_TABLE && made && (kind === 'unicast' || kind === 'blackhole');
}

function sameForwarding(route: RouteState, wanted: RouteObject): boolean {
  if (route.gateway === undefined || wanted.gateway === undefined) return false;
  return (
    route.kind === wanted.kind &&
    route.link === wanted.link &&
    equalPrefix(route.destination, wanted.destination) &&
    equalAddress(route.gateway, wanted.gateway)
  );
}

/** A rule is ours when it has our protocol number and names an address range inside our networks. */
export function isOurRule(rule: RuleState, ownership: Ownership): boolean {
  if (rule.protocol !== ROUTE_PROTOCOL) return false;
  return [rule.source, rule.destination].some(
    (prefix) => prefix && insideNetworks(prefix, ownership.networks),
  );
}

/** The wanted link of that name, if any. */
export function wantedLink(desired: DesiredState | undefined, name: string): LinkObject | undefined {
  const object = desired?.get(`link:${name}`);
  return object?.type === 'link' ? object : undefined;
}
