import type { FouEncapsulation, TunnelLink } from '../../model.js';
import type { TunnelState } from '../../snapshot.js';
import { GRE_KEY, IFLA_GRE, IFLA_IPTUN, TUNNEL_ENCAP } from './constants.js';
import { readAddress, readU32, type Attributes } from './reader.js';
import type { MessageWriter } from './writer.js';

/**
 * IFLA_INFO_DATA of a gre, ipip or sit device (linux/if_tunnel.h), whole: for a new one and for a change in place. Every setting is
 * there, so that a change also ends what is no longer wanted. `underlayIndex` 0 binds it to no device.
 */
export function writeTunnel(writer: MessageWriter, link: TunnelLink, underlayIndex: number): void {
  if (link.kind === 'gre') writeGre(writer, link, underlayIndex);
  else writeIpTunnel(writer, link, underlayIndex);
}

function writeGre(writer: MessageWriter, link: TunnelLink, underlayIndex: number): void {
  const flags = link.key === undefined ? 0 : GRE_KEY;
  writer.attributeU32be(IFLA_GRE.IKEY, link.key ?? 0);
  writer.attributeU32be(IFLA_GRE.OKEY, link.key ?? 0);
  writer.attributeU16be(IFLA_GRE.IFLAGS, flags);
  writer.attributeU16be(IFLA_GRE.OFLAGS, flags);
  if (link.local) writer.attributeAddress(IFLA_GRE.LOCAL, link.local);
  writer.attributeU8(IFLA_GRE.PMTUDISC, link.pathMtuDiscovery ? 1 : 0);
  writer.attributeU8(IFLA_GRE.TOS, 0);
  if (underlayIndex !== 0) writer.attributeU32(IFLA_GRE.LINK, underlayIndex);
  writer.attributeU8(IFLA_GRE.TTL, link.ttl);
  writer.attributeU32(IFLA_GRE.FWMARK, 0);
  writeEncapsulation(writer, IFLA_GRE, link.encapsulation);
}

/** Protocol 0: a device takes all that its kind can carry, as one of iproute2 does. */
function writeIpTunnel(writer: MessageWriter, link: TunnelLink, underlayIndex: number): void {
  writer.attributeU8(IFLA_IPTUN.PROTO, 0);
  if (link.local) writer.attributeAddress(IFLA_IPTUN.LOCAL, link.local);
  writer.attributeU8(IFLA_IPTUN.PMTUDISC, link.pathMtuDiscovery ? 1 : 0);
  writer.attributeU8(IFLA_IPTUN.TOS, 0);
  writer.attributeU8(IFLA_IPTUN.TTL, link.ttl);
  writer.attributeU32(IFLA_IPTUN.LINK, underlayIndex);
  writer.attributeU32(IFLA_IPTUN.FWMARK, 0);
  writeEncapsulation(writer, IFLA_IPTUN, link.encapsulation);
  if (link.kind === 'sit') writer.attributeU16be(IFLA_IPTUN.FLAGS, 0);
}

type EncapsulationTypes = Pick<
  typeof IFLA_GRE | typeof IFLA_IPTUN,
  'ENCAP_TYPE' | 'ENCAP_FLAGS' | 'ENCAP_SPORT' | 'ENCAP_DPORT'
>;

function writeEncapsulation(
  writer: MessageWriter,
  types: EncapsulationTypes,
  fou: FouEncapsulation | undefined,
): void {
  writer.attribute(types.ENCAP_TYPE, () => writer.u16(fou ? TUNNEL_ENCAP.FOU : TUNNEL_ENCAP.NONE));
  writer.attribute(types.ENCAP_FLAGS, () => writer.u16(0));
  writer.attributeU16be(types.ENCAP_SPORT, fou?.sourcePort ?? 0);
  writer.attributeU16be(types.ENCAP_DPORT, fou?.destinationPort ?? 0);
}

export type DecodedTunnel = Omit<TunnelState, 'underlay'> & { readonly underlayIndex?: number };

/** Decodes IFLA_INFO_DATA of a gre device; `underlayIndex` is resolved to a name by the caller. */
export function decodeGre(data: Attributes): DecodedTunnel {
  const [input, output] = [IFLA_GRE.IFLAGS, IFLA_GRE.OFLAGS].map((type) => readU16be(data, type));
  const keyed = input === GRE_KEY;
  const key = data.get(IFLA_GRE.IKEY)?.readUInt32BE(0) ?? 0;
  const plain = (keyed || input === 0) && output === input;
  const oneKey = !keyed || key === data.get(IFLA_GRE.OKEY)?.readUInt32BE(0);
  return {
    ...decodeCommon(data, IFLA_GRE, !plain || !oneKey),
    ...(keyed ? { key } : {}),
  };
}

/** Decodes IFLA_INFO_DATA of an ipip or sit device. Which protocols it takes is not looked at: Flanneld's says 4 and ours 0. */
export function decodeIpTunnel(data: Attributes): DecodedTunnel {
  return decodeCommon(data, IFLA_IPTUN, false);
}

function decodeCommon(
  data: Attributes,
  types: typeof IFLA_GRE | typeof IFLA_IPTUN,
  special: boolean,
): DecodedTunnel {
  const local = readEnd(data, types.LOCAL);
  const remote = readEnd(data, types.REMOTE);
  const underlayIndex = readU32(data.get(types.LINK)) ?? 0;
  const { encapsulation, otherwise } = decodeEncapsulation(data, types);
  return {
    ttl: data.get(types.TTL)?.[0] ?? 0,
    pathMtuDiscovery: data.get(types.PMTUDISC)?.[0] === 1,
    special: special || otherwise || data.has(types.COLLECT_METADATA),
    ...(local ? { local } : {}),
    ...(remote ? { remote } : {}),
    ...(encapsulation ? { encapsulation } : {}),
    ...(underlayIndex === 0 ? {} : { underlayIndex }),
  };
}

/** An end of a tunnel; 0.0.0.0 is any. */
function readEnd(data: Attributes, type: number): TunnelState['local'] {
  const address = readAddress(data.get(type));
  return address?.family === 4 && address.bits !== 0 ? address : undefined;
}

function decodeEncapsulation(
  data: Attributes,
  types: EncapsulationTypes,
): { readonly encapsulation?: FouEncapsulation; readonly otherwise: boolean } {
  const type = data.get(types.ENCAP_TYPE)?.readUInt16LE(0) ?? TUNNEL_ENCAP.NONE;
  if (type !== TUNNEL_ENCAP.FOU) return { otherwise: type !== TUNNEL_ENCAP.NONE };
  const flags = data.get(types.ENCAP_FLAGS)?.readUInt16LE(0) ?? 0;
  const sourcePort = readU16be(data, types.ENCAP_SPORT);
  const destinationPort = readU16be(data, types.ENCAP_DPORT);
  return { encapsulation: { sourcePort, destinationPort }, otherwise: flags !== 0 };
}

function readU16be(data: Attributes, type: number): number {
  return data.get(type)?.readUInt16BE(0) ?? 0;
}
