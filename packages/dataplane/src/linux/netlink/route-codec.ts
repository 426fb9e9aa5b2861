import type { Address, Prefix } from '@overlay/cidr';
import { ROUTE_PROTOCOL } from '../../ownership.js';
import type { RouteFact, RouteObject } from '../../model.js';
import type { RouteState } from '../../snapshot.js';
import { AF, RTA, RTAX_MTU, RTN, RTNH_F_ONLINK, RT_SCOPE, RT_TABLE_MAIN } from './constants.js';
import { readAddress, readAttributes, readU32, type Attributes } from './reader.js';
import type { MessageWriter } from './writer.js';

interface RouteHeader {
  readonly family: 4 | 6;
  readonly length: number;
  readonly protocol: number;
  readonly scope: number;
  readonly type: number;
  readonly flags: number;
}

/** struct rtmsg, main table. */
function writeHeader(writer: MessageWriter, header: RouteHeader): void {
  writer.u8(header.family === 4 ? AF.INET : AF.INET6);
  writer.u8(header.length);
  writer.u8(0);
  writer.u8(0);
  writer.u8(RT_TABLE_MAIN);
  writer.u8(header.protocol);
  writer.u8(header.scope);
  writer.u8(header.type);
  writer.u32(header.flags);
}

function scopeOf(route: RouteObject): number {
  const direct = route.destination.family === 4 && route.kind === 'unicast' && route.gateway === undefined;
  return direct ? RT_SCOPE.LINK : RT_SCOPE.UNIVERSE;
}

/** Body of RTM_NEWROUTE. `oif` is the index of `route.link`. The protocol is always ours: what is written, is ours. */
export function writeRoute(writer: MessageWriter, route: RouteObject, oif: number | undefined): void {
  writeHeader(writer, {
    family: route.destination.family,
    length: route.destination.length,
    protocol: ROUTE_PROTOCOL,
    scope: scopeOf(route),
    type: route.kind === 'blackhole' ? RTN.BLACKHOLE : RTN.UNICAST,
    flags: route.onlink ? RTNH_F_ONLINK : 0,
  });
  writeRouteAttributes(writer, route, oif);
  const { mtu } = route;
  if (mtu !== undefined) writer.attribute(RTA.METRICS, () => writer.attributeU32(RTAX_MTU, mtu));
}

/**
 * Body of RTM_DELROUTE. The kernel deletes the first route that agrees in everything given, and takes metric 0 as "any":
 * the protocol is what keeps it from one that is not meant.
 */
export function writeRouteRemoval(writer: MessageWriter, route: RouteObject, oif: number | undefined): void {
  writeHeader(writer, {
    family: route.destination.family,
    length: route.destination.length,
    protocol: route.protocol ?? ROUTE_PROTOCOL,
    scope: RT_SCOPE.NOWHERE,
    type: route.kind === 'blackhole' ? RTN.BLACKHOLE : RTN.UNICAST,
    flags: 0,
  });
  writeRouteAttributes(writer, route, oif);
}

function writeRouteAttributes(writer: MessageWriter, route: RouteObject, oif: number | undefined): void {
  writer.attributeAddress(RTA.DST, route.destination);
  if (route.gateway) writer.attributeAddress(RTA.GATEWAY, route.gateway);
  writer.attributeU32(RTA.PRIORITY, route.metric);
  if (oif !== undefined) writer.attributeU32(RTA.OIF, oif);
}

/** Body of a dump of the main table, one family. The kernel honours the table only with strict checking on. */
export function writeRouteDump(writer: MessageWriter, family: 4 | 6): void {
  writeHeader(writer, { family, length: 0, protocol: 0, scope: 0, type: 0, flags: 0 });
}

/** Body of RTM_GETROUTE for one destination: "how would a packet go there". */
export function writeRouteLookup(writer: MessageWriter, destination: Address): void {
  const length = destination.family === 4 ? 32 : 128;
  writer.u32((destination.family === 4 ? AF.INET : AF.INET6) | (length << 8));
  writer.u32(0);
  writer.u32(0);
  writer.attributeAddress(RTA.DST, destination);
}

const KINDS: Readonly<Record<number, RouteFact['kind']>> = {
  [RTN.UNICAST]: 'unicast',
  [RTN.LOCAL]: 'local',
  [RTN.BROADCAST]: 'broadcast',
  [RTN.BLACKHOLE]: 'blackhole',
};

/** Decodes the body of RTM_NEWROUTE; undefined for families other than IPv4 and IPv6. */
export function decodeRoute(payload: Buffer): (Omit<RouteState, 'link'> & { oif?: number }) | undefined {
  const family = payload.readUInt8(0);
  if (family !== AF.INET && family !== AF.INET6) return undefined;
  const attributes = readAttributes(payload, 12);
  const oif = readU32(attributes.get(RTA.OIF));
  const multipath = attributes.has(RTA.MULTIPATH);
  return {
    destination: destinationOf(attributes, family, payload.readUInt8(1)),
    metric: readU32(attributes.get(RTA.PRIORITY)) ?? 0,
    table: readU32(attributes.get(RTA.TABLE)) ?? payload.readUInt8(4),
    protocol: payload.readUInt8(5),
    scope: payload.readUInt8(6),
    kind: multipath ? 'other' : (KINDS[payload.readUInt8(7)] ?? 'other'),
    onlink: (payload.readUInt32LE(8) & RTNH_F_ONLINK) !== 0,
    ...optionalOf(attributes),
    ...(oif === undefined ? {} : { oif }),
  };
}

function destinationOf(attributes: Attributes, family: number, length: number): Prefix {
  const address = readAddress(attributes.get(RTA.DST));
  if (address) return { ...address, length };
  return family === AF.INET ? { family: 4, bits: 0, length } : { family: 6, bits: 0n, length };
}

function optionalOf(attributes: Attributes): Pick<RouteState, 'gateway' | 'source' | 'mtu'> {
  const gateway =
    readAddress(attributes.get(RTA.GATEWAY)) ?? readAddress(attributes.get(RTA.VIA)?.subarray(2));
  const source = readAddress(attributes.get(RTA.PREFSRC));
  const mtu = readU32(readAttributes(attributes.get(RTA.METRICS) ?? Buffer.alloc(0)).get(RTAX_MTU));
  return {
    ...(gateway ? { gateway } : {}),
    ...(source ? { source } : {}),
    ...(mtu === undefined ? {} : { mtu }),
  };
}
