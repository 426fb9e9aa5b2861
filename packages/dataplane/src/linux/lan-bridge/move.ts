import type { LanBridgeLink } from '../../model.js';
import { AF, IFF, IFLA, IFLA_INFO, NLM_F, RTM } from '../netlink/constants.js';
import type { MessageWriter } from '../netlink/writer.js';
import { addressAdditions, addressRemoval, isLinkLocal, type End, type RawAddress } from './addresses.js';
import type { Belongings } from './inventory.js';
import { GONE, NOTHING, type Request } from './request.js';
import { routeAdditions, routeRemoval } from './routes.js';

/** uapi/linux/if_link.h */
const IFLA_BR = { FORWARD_DELAY: 1, STP_STATE: 5 } as const;

/** struct ifinfomsg. */
function writeIfinfo(writer: MessageWriter, index: number, up?: 'up'): void {
  writer.u32(AF.UNSPEC);
  writer.u32(index);
  writer.u32(up === 'up' ? IFF.UP : 0);
  writer.u32(up === 'up' ? IFF.UP : 0);
}

/**
 * The bridge, down and empty, with the NIC's MAC: what other hosts know of this one stays true. Without spanning tree and its delay:
 * a port forwards as soon as it is one.
 */
export function creation(link: LanBridgeLink, mac: string): readonly Request[] {
  const body = (writer: MessageWriter): void => {
    writeIfinfo(writer, 0);
    writer.attributeText(IFLA.IFNAME, link.name);
    writer.attributeMac(IFLA.ADDRESS, mac);
    writer.attributeU32(IFLA.MTU, link.mtu);
    writer.attribute(IFLA.LINKINFO, () => {
      writer.attributeText(IFLA_INFO.KIND, 'bridge', 'none');
      writer.attribute(IFLA_INFO.DATA, () => {
        writer.attributeU32(IFLA_BR.FORWARD_DELAY, 0);
        writer.attributeU32(IFLA_BR.STP_STATE, 0);
      });
    });
  };
  return [{ type: RTM.NEWLINK, flags: NLM_F.CREATE | NLM_F.EXCL, body, done: NOTHING }, settingsByName(link)];
}

/** The kernel takes no alias while it makes a link. */
function settingsByName({ name, mtu, alias }: LanBridgeLink): Request {
  const body = (writer: MessageWriter): void => {
    writeIfinfo(writer, 0);
    writer.attributeText(IFLA.IFNAME, name);
    writer.attributeU32(IFLA.MTU, mtu);
    writer.attributeText(IFLA.IFALIAS, alias, 'none');
  };
  return { type: RTM.NEWLINK, flags: 0, body, done: NOTHING };
}

/** What may change on a bridge that is there. */
export function bridgeSettings(link: LanBridgeLink, mac: string): readonly Request[] {
  const body = (writer: MessageWriter): void => {
    writeIfinfo(writer, 0);
    writer.attributeText(IFLA.IFNAME, link.name);
    writer.attributeMac(IFLA.ADDRESS, mac);
  };
  return [settingsByName(link), { type: RTM.NEWLINK, flags: 0, body, done: NOTHING }];
}

/** Makes a link a port of the bridge of an index; 0 takes it out. */
function mastering(index: number, master: number): Request {
  const body = (writer: MessageWriter): void => {
    writeIfinfo(writer, index);
    writer.attributeU32(IFLA.MASTER, master);
  };
  return { type: RTM.NEWLINK, flags: 0, body, done: NOTHING };
}

function bringUp(index: number): Request {
  return { type: RTM.NEWLINK, flags: 0, body: (writer) => writeIfinfo(writer, index, 'up'), done: NOTHING };
}

function deletion(index: number): Request {
  return { type: RTM.DELLINK, flags: 0, body: (writer) => writeIfinfo(writer, index), done: GONE };
}

/**
 * The NIC becomes a port. A bridge that comes up while it has a port sends at once; one that is up already waits for the kernel to notice
 * its carrier, and drops meanwhile.
 */
export function joining(nic: End, bridge: End): readonly Request[] {
  return [mastering(nic.index, bridge.index), bringUp(bridge.index)];
}

/** Undoes `joining` before anything moved; `made`: the bridge was made for it and goes, too. */
export function leaving(nic: End, bridge: End, made: boolean): readonly Request[] {
  return [mastering(nic.index, 0), ...(made ? [deletion(bridge.index)] : [])];
}

/** What the NIC, which is a port by now, carries becomes the bridge's. */
export function moveToBridge(nic: End, bridge: End, { addresses, routes }: Belongings): readonly Request[] {
  const moved = addresses.filter((address) => !isLinkLocal(address));
  return [
    bringUp(bridge.index),
    ...carried({ addresses, routes }, nic, bridge),
    ...dropped({ addresses: moved, routes }, nic),
  ];
}

/** The reverse. The NIC has kept its own link-local addresses; those of the bridge go with it. */
export function moveBack(bridge: End, nic: End | undefined, belongings: Belongings): readonly Request[] {
  if (nic === undefined) return [deletion(bridge.index)];
  const addresses = belongings.addresses.filter((address) => !isLinkLocal(address));
  const own = { addresses, routes: belongings.routes };
  return [
    ...carried(own, bridge, nic),
    ...dropped(own, bridge),
    { ...mastering(nic.index, 0), late: true },
    { ...deletion(bridge.index), late: true },
  ];
}

/** Everything a second time, on `to`. Nothing is without its address or route at any moment. */
export function carried({ addresses, routes }: Belongings, from: End, to: End): readonly Request[] {
  return [
    ...inKernelOrder(addresses).flatMap((address) => addressAdditions(address, from, to)),
    ...routeAdditions(routes, from, to),
  ];
}

/** An IPv6 address is put before the others of its scope, an IPv4 one behind. */
function inKernelOrder(addresses: readonly RawAddress[]): readonly RawAddress[] {
  const ipv6 = addresses.filter(({ family }) => family === AF.INET6);
  return [...addresses.filter(({ family }) => family !== AF.INET6), ...ipv6.toReversed()];
}

/** Backwards: with a primary IPv4 address its secondary ones would go too. */
function dropped({ addresses, routes }: Belongings, from: End): readonly Request[] {
  return [
    ...routes.map((route) => routeRemoval(route, from)),
    ...addresses
      .toReversed()
      .sort((a, b) => a.family - b.family)
      .map((address) => addressRemoval(address, from)),
  ];
}
