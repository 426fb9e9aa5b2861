import { contains, formatAddress, formatPrefix } from '@overlay/cidr';
import type { Address, Prefix } from '@overlay/cidr';
import { FLOOD } from './identity.js';
import type { Change, KernelObject, Ownership } from './model.js';
import { isLanBridge } from './lan-bridge.js';
import { insideNetworks, isBackendDevice } from './ownership.js';

/** Never routed to a peer, whatever a lease says: this network, loopback, link-local, multicast and reserved. */
const NEVER: readonly Prefix[] = [
  { family: 4, bits: 0, length: 8 },
  { family: 4, bits: 0x7f000000, length: 8 },
  { family: 4, bits: 0xa9fe0000, length: 16 },
  { family: 4, bits: 0xe0000000, length: 3 },
  { family: 6, bits: 0n, length: 127 },
  { family: 6, bits: 0xfe80n << 112n, length: 10 },
  { family: 6, bits: 0xff00n << 112n, length: 8 },
];

type Of<T extends KernelObject['type']> = Extract<KernelObject, { type: T }>;

/**
 * The last check before a write: the reason why a change must not be made, undefined when it may. A route, neighbour or address
 * must lie inside our networks and be on a device of ours or none; a MAC and a tunnel end must be unicast; a link must carry our
 * alias. Planning never asks for anything else; this keeps a fault there from reaching the kernel.
 */
export function unsafeReason({ op, object }: Change, ownership: Ownership): string | undefined {
  switch (object.type) {
    case 'link':
      return unsafeLink(object, op, ownership);
    case 'route':
      return unsafeRoute(object, op, ownership);
    case 'rule':
      return unsafeRule(object, ownership);
    case 'sysctl':
      return SYSCTL_KEY.test(object.key) ? undefined : `sysctl ${object.key} is not below net/`;
    case 'fou':
    case 'hook':
      return undefined;
    case 'ovs-port':
      return unsafeOvsPort(object, op, ownership);
    default:
      return offDevice(object, ownership) ?? (op === 'remove' ? undefined : unsafeContent(object, ownership));
  }
}

/** Below net/, with no step that starts with a dot. */
const SYSCTL_KEY = /^net\/(?:[\w@-][\w@.-]*\/)*[\w@-][\w@.-]*$/;

type OnLink = Of<'address' | 'neighbour' | 'fdb' | 'wireguard-peer' | 'proxy-peer' | 'bridge-port'>;

function unsafeContent(object: OnLink, ownership: Ownership): string | undefined {
  switch (object.type) {
    case 'address':
      return unsafeRange(object.address, ownership);
    case 'fdb':
      return unsafeFdb(object);
    case 'neighbour':
      return unsafeLinkLayer(object.mac) ?? unsafeRange(object.address, ownership);
    case 'wireguard-peer':
      return (
        first(object.allowedIps, (prefix) => unsafeRange(prefix, ownership)) ??
        (object.endpoint && unsafeUnicast(object.endpoint.address))
      );
    case 'proxy-peer':
      return unsafeRange(object.subnet, ownership) ?? unsafeUnicast(object.endpoint.address);
    case 'bridge-port':
      return undefined;
  }
}

function unsafeFdb({ mac, destination }: Of<'fdb'>): string | undefined {
  return (mac === FLOOD ? undefined : unsafeMac(mac)) ?? unsafeUnicast(destination);
}

function first<T>(items: readonly T[], reason: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = reason(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function unsafeOvsPort(port: Of<'ovs-port'>, op: Change['op'], ownership: Ownership): string | undefined {
  if (port.alias !== ownership.alias) return `${port.name} does not carry our alias ${ownership.alias}`;
  const off = offDevice({ link: port.bridge }, ownership);
  return (
    off ?? (op === 'remove' || port.tunnel === undefined ? undefined : unsafeUnicast(port.tunnel.remote))
  );
}

function unsafeRule(rule: Of<'rule'>, { networks }: Ownership): string | undefined {
  const inside = [rule.source, rule.destination].some((prefix) => prefix && insideNetworks(prefix, networks));
  return inside ? undefined : `rule ${rule.priority} names no range of our networks`;
}

function unsafeLink(link: Of<'link'>, op: Change['op'], ownership: Ownership): string | undefined {
  const named = ownership.links.includes(link.name) || (op === 'remove' && isBackendDevice(link.name));
  if (!named) return `${link.name} is not the name of a device of ours`;
  return link.alias === ownership.alias
    ? undefined
    : `${link.name} does not carry our alias ${ownership.alias}`;
}

function offDevice(object: { readonly link: string }, { links }: Ownership): string | undefined {
  if (isLanBridge(object.link)) return `what is on ${object.link} is the host's own`;
  return links.includes(object.link) || isBackendDevice(object.link)
    ? undefined
    : `${object.link} is not a device of ours`;
}

function unsafeRange(inner: Address | Prefix, { networks }: Ownership): string | undefined {
  if (!insideNetworks(inner, networks))
    return `${textOf(inner)} is outside our networks ${networks.map(formatPrefix).join(', ')}`;
  return overlapsNever(inner) ? `${textOf(inner)} is never a peer's` : undefined;
}

function overlapsNever(inner: Address | Prefix): boolean {
  return NEVER.some(
    (never) =>
      never.family === inner.family &&
      (contains(never, inner) || ('length' in inner && contains(inner, never))),
  );
}

function textOf(inner: Address | Prefix): string {
  return 'length' in inner ? formatPrefix(inner) : formatAddress(inner);
}

function unsafeRoute(route: Of<'route'>, op: Change['op'], ownership: Ownership): string | undefined {
  const onOurs =
    route.link !== undefined && (ownership.links.includes(route.link) || isBackendDevice(route.link));
  if (op === 'remove' && onOurs && !isLanBridge(route.link ?? '')) return undefined;
  return unsafeRange(route.destination, ownership) ?? (route.gateway && unsafeUnicast(route.gateway));
}

function unsafeUnicast(address: Address): string | undefined {
  const linkLocal6 = address.family === 6 && address.bits >> 118n === 0x3fan;
  if (linkLocal6 || !overlapsNever(address)) return undefined;
  return `${formatAddress(address)} is not a unicast address of another host`;
}

function unsafeLinkLayer(mac: Of<'neighbour'>['mac']): string | undefined {
  return typeof mac === 'string' ? unsafeMac(mac) : unsafeUnicast(mac);
}

function unsafeMac(mac: string): string | undefined {
  const unicast = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(mac) && mac !== '00:00:00:00:00:00';
  return unicast ? undefined : `${mac} is not a unicast MAC address`;
}
