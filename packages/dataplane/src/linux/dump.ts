import type { AddressFact } from '../model.js';
import type { FdbState, KernelSnapshot, LinkState, NeighbourState, RouteState } from '../snapshot.js';
import type { NetlinkSocket } from './netlink-socket.js';
import { decodeAddress, writeAddressDump } from './netlink/address-codec.js';
import { AF, RT_TABLE_MAIN, RTM } from './netlink/constants.js';
import { decodeLink, writeLinkSelector, type DecodedLink } from './netlink/link-codec.js';
import { decodeFdb, decodeNeighbour, writeNeighbourDump } from './netlink/neighbour-codec.js';
import { decodeRoute, writeRouteDump } from './netlink/route-codec.js';
import { decodeRule, writeRuleDump } from './netlink/rule-codec.js';

/** Link names by index. */
type LinkNames = ReadonlyMap<number, string>;

export async function dumpLinks(socket: NetlinkSocket): Promise<LinkState[]> {
  const decoded = await socket.dump(RTM.GETLINK, (writer) => writeLinkSelector(writer), decodeLink);
  const names = linkNames(decoded);
  return decoded.map((link) => withNames(link, names));
}

/** A decoded link with names for the indexes that it refers to; `#` and the index for an underlay that `names` lacks. */
export function withNames(
  { masterIndex, peerIndex, underlayIndex, ...link }: DecodedLink,
  names: LinkNames,
): LinkState {
  const master = masterIndex === undefined ? undefined : names.get(masterIndex);
  const peer = peerIndex === undefined ? undefined : names.get(peerIndex);
  const { tunnel } = link;
  const bound = tunnel !== undefined && underlayIndex !== undefined;
  return {
    ...link,
    ...(master === undefined ? {} : { master }),
    ...(peer === undefined ? {} : { peer }),
    ...(bound ? { tunnel: { ...tunnel, underlay: names.get(underlayIndex) ?? `#${underlayIndex}` } } : {}),
  };
}

export function linkNames(links: readonly LinkState[]): Map<number, string> {
  return new Map(links.map((link) => [link.index, link.name]));
}

export async function dumpAddresses(socket: NetlinkSocket, names: LinkNames): Promise<AddressFact[]> {
  return named(await socket.dump(RTM.GETADDR, writeAddressDump, decodeAddress), names);
}

/** Main table, both families. */
export async function dumpRoutes(socket: NetlinkSocket, names: LinkNames): Promise<RouteState[]> {
  const routes: RouteState[] = [];
  for (const family of [4, 6] as const) {
    const decoded = await socket.dump(RTM.GETROUTE, (writer) => writeRouteDump(writer, family), decodeRoute);
    for (const route of decoded) if (route.table === RT_TABLE_MAIN) routes.push(withLink(route, names));
  }
  return routes;
}

/** Replaces the output interface's index by its name; the index itself where the name is not known. */
export function withLink(
  { oif, ...route }: NonNullable<ReturnType<typeof decodeRoute>>,
  names: LinkNames,
): RouteState {
  return oif === undefined ? route : { ...route, link: names.get(oif) ?? `#${oif}` };
}

async function dumpNeighbours(socket: NetlinkSocket, names: LinkNames): Promise<NeighbourState[]> {
  const write = (family: number) => (writer: Parameters<typeof writeNeighbourDump>[0]) =>
    writeNeighbourDump(writer, family);
  const decoded = await socket.dump(RTM.GETNEIGH, write(AF.UNSPEC), decodeNeighbour);
  return named(decoded, names);
}

async function dumpFdb(socket: NetlinkSocket, names: LinkNames): Promise<FdbState[]> {
  return named(
    await socket.dump(RTM.GETNEIGH, (writer) => writeNeighbourDump(writer, AF.BRIDGE), decodeFdb),
    names,
  );
}

function named<T extends { readonly index: number }>(
  items: readonly T[],
  names: LinkNames,
): (Omit<T, 'index'> & { link: string })[] {
  return items.flatMap(({ index, ...rest }) => {
    const link = names.get(index);
    return link === undefined ? [] : [{ ...rest, link }];
  });
}

/** Everything of the namespace but the sysctls. */
export async function dumpAll(socket: NetlinkSocket): Promise<Omit<KernelSnapshot, 'sysctls'>> {
  const links = await dumpLinks(socket);
  const names = linkNames(links);
  return {
    links,
    addresses: await dumpAddresses(socket, names),
    routes: await dumpRoutes(socket, names),
    neighbours: await dumpNeighbours(socket, names),
    fdb: await dumpFdb(socket, names),
    rules: [
      ...(await socket.dump(RTM.GETRULE, (writer) => writeRuleDump(writer, 4), decodeRule)),
      ...(await socket.dump(RTM.GETRULE, (writer) => writeRuleDump(writer, 6), decodeRule)),
    ],
  };
}
