import { RTM } from '../netlink/constants.js';
import { decodeLink, writeLinkSelector, type DecodedLink } from '../netlink/link-codec.js';
import { writeAddressDump } from '../netlink/address-codec.js';
import { readAttributes } from '../netlink/reader.js';
import type { NetlinkSocket } from '../netlink-socket.js';
import { decodeRawAddress, isLinkLocal, lateBytes, type RawAddress } from './addresses.js';
import { decodeRawRoute, isMovable, localRoute, writeAllRoutesDump, type RawRoute } from './routes.js';

/** What a link carries that belongs to the host: its addresses in the kernel's order, and the routes out of it. */
export interface Belongings {
  readonly addresses: readonly RawAddress[];
  readonly routes: readonly RawRoute[];
}

/** A link, with the numbers of what it is on and in. */
export type PlainLink = DecodedLink & { readonly ethernet: boolean; readonly lowerIndex?: number };

const ARPHRD_ETHER = 1;
/** linux/if_link.h */
const IFLA_LINK = 5;
const IFLA_LINK_NETNSID = 37;
/** struct ifinfomsg. */
const IFINFO_BYTES = 16;

/** All links of the namespace. */
export function allLinks(socket: NetlinkSocket): Promise<PlainLink[]> {
  return socket.dump(RTM.GETLINK, (writer) => writeLinkSelector(writer), decodePlain);
}

function decodePlain(payload: Buffer): PlainLink {
  const ethernet = payload.readUInt16LE(2) === ARPHRD_ETHER;
  const lower = lowerIndex(payload);
  return { ...decodeLink(payload), ethernet, ...(lower === undefined ? {} : { lowerIndex: lower }) };
}

/** Undefined for what is on nothing, or on a device of another namespace, whose number means nothing here. */
function lowerIndex(payload: Buffer): number | undefined {
  const attributes = readAttributes(payload, IFINFO_BYTES);
  return attributes.get(IFLA_LINK_NETNSID) === undefined
    ? attributes.get(IFLA_LINK)?.readInt32LE(0)
    : undefined;
}

/** A link by its name; undefined when there is none. */
export function linkNamed(socket: NetlinkSocket, name: string): DecodedLink | undefined {
  const { answer } = socket.request(RTM.GETLINK, (writer) => writeLinkSelector(writer, name));
  return answer && decodeLink(answer.payload);
}

/** Whether the host receives on the link of an index for all these IPv6 addresses: the kernel sees to that in a work queue. */
export async function receivesOn(
  socket: NetlinkSocket,
  index: number,
  addresses: readonly RawAddress[],
): Promise<boolean> {
  const wanted = addresses.filter((address) => !isLinkLocal(address)).flatMap((one) => lateBytes(one) ?? []);
  if (wanted.length === 0) return true;
  const routes = await socket.dump(RTM.GETROUTE, (writer) => writeAllRoutesDump(writer, 6), decodeRawRoute);
  const local = routes.flatMap((route) => localRoute(route) ?? []).filter((route) => route.index === index);
  return wanted.every((address) => local.some(({ destination }) => destination.equals(address)));
}

/** What the link of an index carries now. */
export async function belongingsOf(socket: NetlinkSocket, index: number): Promise<Belongings> {
  const addresses = await socket.dump(RTM.GETADDR, writeAddressDump, decodeRawAddress);
  const routes: RawRoute[] = [];
  for (const family of [4, 6] as const) {
    const write = (writer: Parameters<typeof writeAllRoutesDump>[0]) => writeAllRoutesDump(writer, family);
    routes.push(...(await socket.dump(RTM.GETROUTE, write, decodeRawRoute)));
  }
  return {
    addresses: addresses.filter((address) => address.index === index),
    routes: routes.filter((route) => isMovable(route, index)),
  };
}
