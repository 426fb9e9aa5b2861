import { foreignLink } from './foreign-link.js';
import { formatAddress, formatPrefix } from '@overlay/cidr';
import type { Prefix } from '@overlay/cidr';
import { byKey, linkKey, objectKey } from './identity.js';
import { isLanBridge } from './lan-bridge.js';
import type {
  ActualState,
  AddressFact,
  DesiredState,
  KernelObject,
  LinkObject,
  Ownership,
  RouteObject,
  TunnelLink,
  VxlanLink,
} from './model.js';
import {
  ROUTE_PROTOCOL,
  isOurLink,
  isOurRoute,
  isOurRule,
  wantedLink,
  type RouteOwnership,
} from './ownership.js';
import type { KernelSnapshot, LinkState, RouteState, RuleState, VxlanState } from './snapshot.js';
import { twinReason } from './twins.js';

/** Sorts what the kernel shows into ours and, where `desired` asks for the same identity, foreign. */
export function classify(
  snapshot: KernelSnapshot,
  ownership: Ownership,
  desired?: DesiredState,
): ActualState {
  // On a LAN bridge addresses and routes are the host's own.
  const ours = snapshot.links.filter(
    (link) => isOurLink(link, ownership, wantedLink(desired, link.name)) && !isLanBridge(link.name),
  );
  const names = new Set(ours.map((link) => link.name));
  const routes = classifyRoutes(snapshot.routes, { ownership, links: names, wanted: wantedRoutes(desired) });
  const objects = byKey([
    ...ours.flatMap((link) => linkObject(link) ?? []),
    ...addressObjects(snapshot, names),
    ...routes.objects,
    ...neighbourObjects(snapshot, names),
    ...snapshot.rules.filter((rule) => isOurRule(rule, ownership)).map(ruleObject),
    ...[...snapshot.sysctls].map(([key, value]) => ({ type: 'sysctl', key, value }) as const),
  ]);
  return {
    objects,
    foreign: new Map([...foreignLinks(snapshot.links, names, desired), ...routes.foreign]),
    down: new Set(ours.filter((link) => !link.up).map((link) => linkKey(link.name))),
  };
}

/** A link as read, as an object; undefined for a kind that we do not make. */
export function linkObject(link: LinkState): LinkObject | undefined {
  const common = { type: 'link', name: link.name, mtu: link.mtu, alias: link.alias } as const;
  switch (link.kind) {
    case 'vxlan':
      return link.vxlan && vxlanObject(link, link.vxlan);
    case 'gre':
    case 'ipip':
    case 'sit':
      return tunnelObject(link, link.kind);
    case 'bridge':
      return { ...common, kind: 'bridge', mac: link.mac };
    case 'dummy':
      return { ...common, kind: 'dummy' };
    case 'veth':
      return {
        ...common,
        kind: 'veth',
        peer: link.peer ?? '',
        ...(link.master ? { master: link.master } : {}),
      };
    default:
      return undefined;
  }
}

function vxlanObject(link: LinkState, vxlan: VxlanState): VxlanLink {
  const { name, mtu, alias, mac, master } = link;
  const local = vxlan.local ?? ({ family: 4, bits: 0 } as const);
  const object: VxlanLink = { type: 'link', kind: 'vxlan', name, mtu, alias, mac, ...vxlan, local };
  return master === undefined ? object : { ...object, master };
}

function tunnelObject(link: LinkState, kind: TunnelLink['kind']): TunnelLink | undefined {
  if (link.tunnel === undefined) return undefined;
  const { name, mtu, alias } = link;
  const { remote, special, ...settings } = link.tunnel;
  const altered = remote !== undefined || special;
  return { type: 'link', kind, name, mtu, alias, ...settings, ...(altered ? { altered } : {}) };
}

function addressObjects(snapshot: KernelSnapshot, names: ReadonlySet<string>): KernelObject[] {
  return snapshot.addresses
    .filter((fact) => names.has(fact.link) && fact.permanent && fact.scope !== 'link')
    .filter((fact) => !isSitAddress(fact, snapshot))
    .map(({ link, address, length }) => ({ type: 'address', link, address, length }));
}

/** The kernel gives a sit device that comes up the IPv4-compatible address of its local end, `::192.0.2.1/96` (add_v4_addrs). */
function isSitAddress({ address, length, link }: AddressFact, { links }: KernelSnapshot): boolean {
  if (address.family !== 6 || length !== 96 || address.bits >> 32n !== 0n) return false;
  return links.some(({ name, kind }) => name === link && kind === 'sit');
}

function neighbourObjects(snapshot: KernelSnapshot, names: ReadonlySet<string>): KernelObject[] {
  const objects: KernelObject[] = [];
  for (const { link, address, mac, permanent } of snapshot.neighbours)
    if (permanent && names.has(link)) objects.push({ type: 'neighbour', link, address, mac });
  for (const { link, mac, destination, permanent } of snapshot.fdb)
    if (permanent && names.has(link)) objects.push({ type: 'fdb', link, mac, destination });
  return objects;
}

function ruleObject({ family, priority, table, source, destination }: RuleState): KernelObject {
  return {
    type: 'rule',
    family,
    priority,
    table,
    ...(source ? { source } : {}),
    ...(destination ? { destination } : {}),
  };
}

/** Cheaper than the text form: this is asked for every route of the kernel. */
function prefixKey({ family, bits, length }: Prefix): string {
  return `${family} ${bits.toString(36)} ${length}`;
}

function wantedRoutes(desired: DesiredState | undefined): Map<string, RouteObject> {
  const wanted = new Map<string, RouteObject>();
  for (const object of desired?.values() ?? [])
    if (object.type === 'route') wanted.set(prefixKey(object.destination), object);
  return wanted;
}

function classifyRoutes(routes: readonly RouteState[], owner: RouteOwnership) {
  const objects: RouteObject[] = [];
  const foreign = new Map<string, string>();
  for (const route of routes) {
    const wanted = owner.wanted.size > 0 ? owner.wanted.get(prefixKey(route.destination)) : undefined;
    if (isOurRoute(route, owner, wanted)) objects.push(routeObject(route));
    else if (wanted && route.table === 254) foreign.set(objectKey(wanted), describeForeignRoute(route));
  }
  return { objects, foreign };
}

/** A route as read, as an object. */
export function routeObject(route: RouteState): RouteObject {
  const { destination, metric, onlink, gateway, link, mtu, protocol } = route;
  const blackhole = route.kind === 'blackhole';
  return {
    type: 'route',
    destination,
    metric,
    onlink,
    kind: blackhole ? 'blackhole' : 'unicast',
    ...(gateway ? { gateway } : {}),
    ...(link !== undefined && !blackhole ? { link } : {}),
    ...(mtu === undefined ? {} : { mtu }),
    ...(protocol === ROUTE_PROTOCOL ? {} : { protocol }),
  };
}

/** One line for a person about a route in our way. */
export function describeForeignRoute(route: RouteState): string {
  const via = route.gateway ? ` via ${formatAddress(route.gateway)}` : '';
  const dev = route.link === undefined ? '' : ` dev ${route.link}`;
  return `route ${formatPrefix(route.destination)}${via}${dev} proto ${route.protocol} metric ${route.metric} is not ours`;
}

function foreignLinks(links: readonly LinkState[], ours: ReadonlySet<string>, desired?: DesiredState) {
  const foreign = new Map<string, string>();
  const missing = [...(desired?.values() ?? [])].flatMap((object) =>
    object.type === 'link' && !ours.has(object.name) ? [object] : [],
  );
  for (const link of links.filter(({ name }) => !ours.has(name))) {
    if (!isLanBridge(link.name) && wantedLink(desired, link.name))
      foreign.set(linkKey(link.name), foreignLink(link));
    for (const wanted of missing) {
      const reason = twinReason(link, wanted);
      if (reason !== undefined) foreign.set(linkKey(wanted.name), `${reason}, and is not ours`);
    }
  }
  return foreign;
}
