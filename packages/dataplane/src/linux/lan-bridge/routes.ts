import { AF, NLM_F, RTA, RTM, RTN, RTNH_F_ONLINK } from '../netlink/constants.js';
import type { MessageWriter } from '../netlink/writer.js';
import type { End } from './addresses.js';
import {
  GONE,
  THERE,
  attributeOf,
  rawAttributes,
  writeRaw,
  type RawAttribute,
  type Request,
} from './request.js';

const HEADER_BYTES = 12;
const RTN_MULTICAST = 5;
const RT_TABLE_LOCAL = 255;
const RTPROT_KERNEL = 2;
const RTM_F_CLONED = 0x200;
/** ONLINK and PERVASIVE; the others tell how the next hop is just now. */
const SETTABLE_FLAGS = 0x6;
const RTA_SRC = 2;
const RTA_CACHEINFO = 12;
const RTA_EXPIRES = 23;
/** Of linux/rtnetlink.h: DST SRC PRIORITY PREFSRC METRICS FLOW TABLE VIA PREF ENCAP_TYPE ENCAP GATEWAY. */
const KEPT: ReadonlySet<number> = new Set([1, 2, 5, 6, 7, 8, 11, 15, 18, 20, 21, 22]);
/** struct rtnexthop: length, flags, hops, then the interface's index at this byte. */
const NEXT_HOP = { BYTES: 8, INDEX_AT: 4, FLAGS_AT: 2 } as const;

/** A route with everything that the kernel tells of it (struct rtmsg and attributes). */
export interface RawRoute {
  readonly header: Buffer;
  readonly attributes: readonly RawAttribute[];
}

/** Decodes the body of RTM_NEWROUTE. */
export function decodeRawRoute(payload: Buffer): RawRoute {
  return {
    header: Buffer.from(payload.subarray(0, HEADER_BYTES)),
    attributes: rawAttributes(payload, HEADER_BYTES),
  };
}

/** Body of a dump of all tables of one family. */
export function writeAllRoutesDump(writer: MessageWriter, family: 4 | 6): void {
  writer.u8(family === 4 ? AF.INET : AF.INET6);
  for (let byte = 1; byte < HEADER_BYTES; byte++) writer.u8(0);
}

/**
 * Whether a route leads out of a link and has to move with its addresses. The kernel makes those of the local table and the
 * IPv6 link-local ones for each link by itself.
 */
export function isMovable(route: RawRoute, index: number): boolean {
  const { header, attributes } = route;
  const [table, protocol, type] = [header.readUInt8(4), header.readUInt8(5), header.readUInt8(7)];
  if (table === RT_TABLE_LOCAL || (header.readUInt32LE(8) & RTM_F_CLONED) !== 0) return false;
  if (type !== RTN.UNICAST && type !== RTN_MULTICAST) return false;
  if (protocol === RTPROT_KERNEL && isLinkLocal(route)) return false;
  const oif = attributeOf(attributes, RTA.OIF)?.readUInt32LE(0);
  return oif === index || nextHopIndexes(attributes).includes(index);
}

/** Where the host receives for an address: destination and link of a route of the local table; undefined for any other route. */
export function localRoute({
  header,
  attributes,
}: RawRoute): { index: number; destination: Buffer } | undefined {
  if (header.readUInt8(4) !== RT_TABLE_LOCAL || header.readUInt8(7) !== RTN.LOCAL) return undefined;
  const destination = attributeOf(attributes, RTA.DST);
  const index = attributeOf(attributes, RTA.OIF)?.readUInt32LE(0);
  return destination === undefined || index === undefined ? undefined : { index, destination };
}

function isLinkLocal({ attributes }: RawRoute): boolean {
  const destination = attributeOf(attributes, RTA.DST);
  return destination?.length === 16 && destination.readUInt16BE(0) === 0xfe80;
}

/** Those without a gateway first: the kernel takes a gateway only when it knows the way to it. */
function inOrder(routes: readonly RawRoute[]): readonly RawRoute[] {
  return [...routes.filter((route) => !hasGateway(route)), ...routes.filter(hasGateway)];
}

const hasGateway = ({ attributes }: RawRoute): boolean =>
  [RTA.GATEWAY, RTA.VIA, RTA.MULTIPATH].some((type) => attributeOf(attributes, type) !== undefined);

/**
 * The same routes out of `to`. An IPv4 route stands behind the one that is there: packets change over when that one is taken away. An
 * IPv6 route with a gateway takes its place, or the kernel would make one route with two ways of them.
 */
export function routeAdditions(routes: readonly RawRoute[], from: End, to: End): readonly Request[] {
  const replaced = new Set<string>();
  return inOrder(routes).map((route) => {
    const key = identity(route);
    const isFirst = route.header.readUInt8(0) === AF.INET6 && hasGateway(route) && !replaced.has(key);
    if (isFirst) replaced.add(key);
    return routeAddition(route, { from, to }, isFirst ? NLM_F.REPLACE : NLM_F.APPEND);
  });
}

/** What IPv6 allows one route of, ways aside: table, destination, source and metric. */
function identity({ header, attributes }: RawRoute): string {
  const parts = [RTA.DST, RTA_SRC, RTA.PRIORITY, RTA.TABLE].map((type) => attributeOf(attributes, type));
  return [header.subarray(0, 5), ...parts].map((part) => part?.toString('hex') ?? '').join(' ');
}

/** A gateway that no address of the link leads to any more was checked when the route was made: the kernel now takes it as on-link only. */
function routeAddition(route: RawRoute, ends: Pick<Redirection, 'from' | 'to'>, placing: number): Request {
  const addition = (extraFlags: number): Request => ({
    type: RTM.NEWROUTE,
    flags: NLM_F.CREATE | placing,
    body: (writer) => writeRoute(writer, route, { ...ends, extraFlags }),
    done: THERE,
  });
  return { ...addition(0), fallback: addition(RTNH_F_ONLINK) };
}

export function routeRemoval(route: RawRoute, from: End): Request {
  const body = (writer: MessageWriter) => writeRoute(writer, route, { from, to: from, extraFlags: 0 });
  return { type: RTM.DELROUTE, flags: 0, body, done: GONE };
}

interface Redirection {
  readonly from: End;
  readonly to: End;
  readonly extraFlags: number;
}

function writeRoute(writer: MessageWriter, { header, attributes }: RawRoute, way: Redirection): void {
  const { from, to, extraFlags } = way;
  for (const byte of header.subarray(0, 8)) writer.u8(byte);
  writer.u32((header.readUInt32LE(8) & SETTABLE_FLAGS) | extraFlags);
  for (const attribute of attributes) {
    if (KEPT.has(attribute.type)) writeRaw(writer, attribute);
    if (attribute.type === RTA.OIF) writer.attributeU32(RTA.OIF, to.index);
    if (attribute.type === RTA.MULTIPATH) writeRaw(writer, redirected(attribute, from, to));
  }
  const expires = secondsLeft(header.readUInt8(0), attributes);
  if (expires !== undefined) writer.attributeU32(RTA_EXPIRES, expires);
}

/** rta_expires of struct rta_cacheinfo, in hundredths of a second (USER_HZ); IPv6 only. */
function secondsLeft(family: number, attributes: readonly RawAttribute[]): number | undefined {
  const info = attributeOf(attributes, RTA_CACHEINFO);
  if (family !== AF.INET6 || info === undefined || info.length < 12) return undefined;
  const hundredths = info.readInt32LE(8);
  return hundredths > 0 ? Math.ceil(hundredths / 100) : undefined;
}

function nextHopIndexes(attributes: readonly RawAttribute[]): number[] {
  const hops = attributeOf(attributes, RTA.MULTIPATH);
  return hops === undefined
    ? []
    : nextHops(hops).map((offset) => hops.readInt32LE(offset + NEXT_HOP.INDEX_AT));
}

/** Where each next hop starts. */
function nextHops(hops: Buffer): number[] {
  const offsets: number[] = [];
  for (let offset = 0; offset + NEXT_HOP.BYTES <= hops.length;) {
    const length = hops.readUInt16LE(offset);
    if (length < NEXT_HOP.BYTES) break;
    offsets.push(offset);
    offset += (length + 3) & ~3;
  }
  return offsets;
}

function redirected({ type, value }: RawAttribute, from: End, to: End): RawAttribute {
  const hops = Buffer.from(value);
  for (const offset of nextHops(hops)) {
    const at = offset + NEXT_HOP.INDEX_AT;
    if (hops.readInt32LE(at) === from.index) hops.writeInt32LE(to.index, at);
    hops.writeUInt8(hops.readUInt8(offset + NEXT_HOP.FLAGS_AT) & SETTABLE_FLAGS, offset + NEXT_HOP.FLAGS_AT);
  }
  return { type, value: hops };
}
