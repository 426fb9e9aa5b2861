import type { Address } from '@overlay/cidr';
import { isTunnel } from '../../compare.js';
import type { LinkObject, Mac, TunnelLink, VxlanLink } from '../../model.js';
import type { LinkState, VxlanState } from '../../snapshot.js';
import {
  AF,
  IFF,
  IFLA,
  IFLA_INFO,
  IFLA_VXLAN,
  RTEXT_FILTER_SKIP_STATS,
  VETH_INFO_PEER,
} from './constants.js';
import { readAddress, readAttributes, readMac, readText, readU32, type Attributes } from './reader.js';
import { decodeGre, decodeIpTunnel, writeTunnel, type DecodedTunnel } from './tunnel-codec.js';
import type { MessageWriter } from './writer.js';

/** struct ifinfomsg. */
function writeHeader(writer: MessageWriter, index: number, up: boolean): void {
  writer.u32(AF.UNSPEC);
  writer.u32(index);
  writer.u32(up ? IFF.UP : 0);
  writer.u32(up ? IFF.UP : 0);
}

/** Body of RTM_GETLINK for one link by its name, or of a dump of all links; without statistics. */
export function writeLinkSelector(writer: MessageWriter, name?: string): void {
  writeHeader(writer, 0, false);
  if (name !== undefined) writer.attributeText(IFLA.IFNAME, name);
  writer.attributeU32(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

/** Body of RTM_DELLINK by index. */
export function writeLinkIndex(writer: MessageWriter, index: number): void {
  writeHeader(writer, index, false);
}

/**
 * Body of RTM_NEWLINK that creates the link, down. Attributes are in the order of iproute2, as in all codecs here, so that the
 * bytes can be compared with captured ones. The alias cannot be given here (the kernel ignores it on creation):
 * send `writeLinkSettings` in the same batch. `underlayIndex` is that of the device a tunnel is bound to, 0 for none.
 */
export function writeNewLink(writer: MessageWriter, link: LinkObject, underlayIndex = 0): void {
  writeHeader(writer, 0, false);
  // A bridge keeps the MTU that it is given once it is there; one that it was made with follows its ports.
  if (link.kind !== 'bridge') writer.attributeU32(IFLA.MTU, link.mtu);
  if ('mac' in link) writer.attributeMac(IFLA.ADDRESS, link.mac);
  writer.attributeText(IFLA.IFNAME, link.name);
  writer.attribute(IFLA.LINKINFO, () => {
    writer.attributeText(IFLA_INFO.KIND, link.kind, 'none');
    if (link.kind === 'vxlan') writer.attribute(IFLA_INFO.DATA, () => writeVxlan(writer, link));
    if (link.kind === 'veth')
      writer.attribute(IFLA_INFO.DATA, () => writeVethPeer(writer, link.peer, link.mtu));
    if (isTunnel(link)) writer.attribute(IFLA_INFO.DATA, () => writeTunnel(writer, link, underlayIndex));
  });
}

/** No device can have it: the kernel takes it for -1. */
const NO_MTU = 0xffffffff;

/** Body of RTM_NEWLINK for a link that cannot be made, to ask whether the kernel has its kind. */
export function writeLinkProbe(writer: MessageWriter, name: string, kind: string): void {
  writeHeader(writer, 0, false);
  writer.attributeU32(IFLA.MTU, NO_MTU);
  writer.attributeText(IFLA.IFNAME, name);
  writer.attribute(IFLA.LINKINFO, () => writer.attributeText(IFLA_INFO.KIND, kind, 'none'));
}

function writeVxlan(writer: MessageWriter, link: VxlanLink): void {
  writer.attributeU8(IFLA_VXLAN.UDP_CSUM, 1);
  if (link.gbp) writer.attribute(IFLA_VXLAN.GBP, () => undefined);
  writer.attributeU32(IFLA_VXLAN.ID, link.vni);
  writeLocal(writer, link.local);
  writer.attributeU8(IFLA_VXLAN.LEARNING, link.learning ? 1 : 0);
  writer.attributeU16be(IFLA_VXLAN.PORT, link.port);
}

function writeLocal(writer: MessageWriter, local: Address): void {
  writer.attributeAddress(local.family === 4 ? IFLA_VXLAN.LOCAL : IFLA_VXLAN.LOCAL6, local);
}

function writeVethPeer(writer: MessageWriter, peer: string, mtu: number): void {
  writer.attribute(VETH_INFO_PEER, () => {
    writeHeader(writer, 0, false);
    writer.attributeU32(IFLA.MTU, mtu);
    writer.attributeText(IFLA.IFNAME, peer);
  });
}

/** What a link gets after it exists. `masterIndex` 0 is no master; `mac` only when it must change. */
export interface LinkSettings {
  readonly link: LinkObject;
  readonly masterIndex: number;
  readonly mac?: Mac | undefined;
  /** Whether to bring the link up too; it is else left as it is. */
  readonly up?: boolean;
}

/** Body of RTM_NEWLINK that sets what can change while the link is up, and unless told otherwise brings it up. */
export function writeLinkSettings(writer: MessageWriter, settings: LinkSettings): void {
  const { link, masterIndex, mac, up = true } = settings;
  writeHeader(writer, 0, up);
  writer.attributeText(IFLA.IFNAME, link.name);
  writer.attributeU32(IFLA.MTU, link.mtu);
  if (mac !== undefined) writer.attributeMac(IFLA.ADDRESS, mac);
  writer.attributeText(IFLA.IFALIAS, link.alias, 'none');
  if (link.kind === 'veth' || link.kind === 'vxlan') writer.attributeU32(IFLA.MASTER, masterIndex);
}

/** Body of RTM_NEWLINK that changes `local` and `learning` of an existing vxlan (vxlan_changelink takes only these of ours). */
export function writeVxlanChange(writer: MessageWriter, link: VxlanLink): void {
  writeHeader(writer, 0, false);
  writer.attributeText(IFLA.IFNAME, link.name);
  writer.attribute(IFLA.LINKINFO, () => {
    writer.attributeText(IFLA_INFO.KIND, 'vxlan', 'none');
    writer.attribute(IFLA_INFO.DATA, () => {
      writeLocal(writer, link.local);
      writer.attributeU8(IFLA_VXLAN.LEARNING, link.learning ? 1 : 0);
    });
  });
}

/** Body of RTM_NEWLINK that changes what makes up an existing gre, ipip or sit device. */
export function writeTunnelChange(writer: MessageWriter, link: TunnelLink, underlayIndex: number): void {
  writeHeader(writer, 0, false);
  writer.attributeText(IFLA.IFNAME, link.name);
  writer.attribute(IFLA.LINKINFO, () => {
    writer.attributeText(IFLA_INFO.KIND, link.kind, 'none');
    writer.attribute(IFLA_INFO.DATA, () => writeTunnel(writer, link, underlayIndex));
  });
}

export type DecodedLink = LinkState & {
  readonly masterIndex?: number;
  readonly peerIndex?: number;
  readonly underlayIndex?: number;
};

/** Decodes the body of RTM_NEWLINK. `masterIndex`, `peerIndex` and `underlayIndex` are resolved to names by the caller. */
export function decodeLink(payload: Buffer): DecodedLink {
  const flags = payload.readUInt32LE(8);
  const attributes = readAttributes(payload, 16);
  const info = readAttributes(attributes.get(IFLA.LINKINFO) ?? Buffer.alloc(0));
  const kind = readText(info.get(IFLA_INFO.KIND));
  const data = info.get(IFLA_INFO.DATA);
  const masterIndex = readU32(attributes.get(IFLA.MASTER));
  const peerIndex = attributes.has(IFLA.LINK_NETNSID) ? undefined : readU32(attributes.get(IFLA.LINK));
  return {
    index: payload.readInt32LE(4),
    name: readText(attributes.get(IFLA.IFNAME)),
    kind,
    mtu: readU32(attributes.get(IFLA.MTU)) ?? 0,
    mac: readMac(attributes.get(IFLA.ADDRESS)),
    up: (flags & IFF.UP) !== 0,
    carrier: (flags & IFF.LOWER_UP) !== 0,
    loopback: (flags & IFF.LOOPBACK) !== 0,
    alias: readText(attributes.get(IFLA.IFALIAS)),
    ...(data ? decodeData(kind, readAttributes(data)) : {}),
    ...(masterIndex === undefined ? {} : { masterIndex }),
    ...(kind === 'veth' && peerIndex !== undefined ? { peerIndex } : {}),
  };
}

const TUNNELS: Readonly<Record<string, (data: Attributes) => DecodedTunnel>> = {
  gre: decodeGre,
  ipip: decodeIpTunnel,
  sit: decodeIpTunnel,
};

function decodeData(kind: string, data: Attributes): Pick<DecodedLink, 'vxlan' | 'tunnel' | 'underlayIndex'> {
  if (kind === 'vxlan') return { vxlan: decodeVxlan(data) };
  const decode = TUNNELS[kind];
  if (!decode) return {};
  const { underlayIndex, ...tunnel } = decode(data);
  return { tunnel, ...(underlayIndex === undefined ? {} : { underlayIndex }) };
}

function decodeVxlan(data: Attributes): VxlanState {
  const local = readAddress(data.get(IFLA_VXLAN.LOCAL)) ?? readAddress(data.get(IFLA_VXLAN.LOCAL6));
  return {
    vni: readU32(data.get(IFLA_VXLAN.ID)) ?? 0,
    port: data.get(IFLA_VXLAN.PORT)?.readUInt16BE(0) ?? 0,
    learning: data.get(IFLA_VXLAN.LEARNING)?.[0] === 1,
    gbp: data.has(IFLA_VXLAN.GBP),
    ...(local ? { local } : {}),
  };
}
