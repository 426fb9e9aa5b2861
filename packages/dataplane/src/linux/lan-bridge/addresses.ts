import { AF, NLM_F, RTM, RT_SCOPE } from '../netlink/constants.js';
import type { MessageWriter } from '../netlink/writer.js';
import {
  GONE,
  NOTHING,
  THERE,
  attributeOf,
  rawAttributes,
  writeRaw,
  type RawAttribute,
  type Request,
} from './request.js';

/** linux/if_addr.h */
const IFA = {
  ADDRESS: 1,
  LOCAL: 2,
  LABEL: 3,
  BROADCAST: 4,
  CACHEINFO: 6,
  FLAGS: 8,
  RT_PRIORITY: 9,
  PROTO: 11,
} as const;
const KEPT: ReadonlySet<number> = new Set(Object.values(IFA).filter((type) => type !== IFA.FLAGS));
const IFA_F = {
  NODAD: 0x02,
  DADFAILED: 0x08,
  HOMEADDRESS: 0x10,
  MANAGETEMPADDR: 0x100,
  NOPREFIXROUTE: 0x200,
  MCAUTOJOIN: 0x400,
};
/** Flags that belong to the address and not to its age or what became of it. */
const SETTINGS =
  IFA_F.HOMEADDRESS | IFA_F.MANAGETEMPADDR | IFA_F.NOPREFIXROUTE | IFA_F.MCAUTOJOIN | IFA_F.NODAD;

/** An address of a link with everything that the kernel tells of it (struct ifaddrmsg and attributes). */
export interface RawAddress {
  readonly family: number;
  readonly length: number;
  readonly scope: number;
  readonly index: number;
  readonly flags: number;
  readonly attributes: readonly RawAttribute[];
}

/** Decodes the body of RTM_NEWADDR. */
export function decodeRawAddress(payload: Buffer): RawAddress {
  const attributes = rawAttributes(payload, 8);
  return {
    family: payload.readUInt8(0),
    length: payload.readUInt8(1),
    scope: payload.readUInt8(3),
    index: payload.readUInt32LE(4),
    flags: attributeOf(attributes, IFA.FLAGS)?.readUInt32LE(0) ?? payload.readUInt8(2),
    attributes,
  };
}

/** A link as the move needs it. */
export interface End {
  readonly index: number;
  readonly name: string;
}

/** IPv6 link-local addresses stay where they are: the kernel makes them for a link when it comes up and not again. */
export function isLinkLocal({ family, scope }: RawAddress): boolean {
  return family === AF.INET6 && scope === RT_SCOPE.LINK;
}

/**
 * Gives `to` the address. An IPv6 address skips duplicate address detection, which would leave it unusable for a second: it is in use
 * on this LAN by this host already. What it says of that afterwards is what it said before.
 */
export function addressAdditions(address: RawAddress, from: End, to: End): readonly Request[] {
  const settings = address.flags & SETTINGS;
  const write = (flags: number) => (writer: MessageWriter) =>
    writeAddress(writer, { address, from, to, flags });
  // One that is there gets the lifetimes: a DHCP client renews it on the NIC.
  const renew = NLM_F.CREATE | NLM_F.REPLACE;
  if (address.family !== AF.INET6)
    return [{ type: RTM.NEWADDR, flags: renew, body: write(settings), done: THERE }];
  const create = NLM_F.CREATE | NLM_F.EXCL;
  const quick = (address.flags & IFA_F.DADFAILED) === 0 ? IFA_F.NODAD : 0;
  return [
    { type: RTM.NEWADDR, flags: create, body: write(settings | quick), done: THERE },
    { type: RTM.NEWADDR, flags: NLM_F.REPLACE, body: write(settings), done: NOTHING },
  ];
}

/** Takes the address from the link it was read on. An IPv6 address is received on another link only a little after it was given to it. */
export function addressRemoval(address: RawAddress, from: End): Request {
  const body = (writer: MessageWriter) => writeAddress(writer, { address, from, to: from, flags: 0 });
  const late = address.family === AF.INET6 ? { late: true as const } : {};
  return { type: RTM.DELADDR, flags: 0, body, done: GONE, ...late };
}

/** The bytes of an IPv6 address as its local route has them; undefined for IPv4, which the kernel puts into effect at once. */
export function lateBytes(address: RawAddress): Buffer | undefined {
  return address.family === AF.INET6 ? attributeOf(address.attributes, IFA.ADDRESS) : undefined;
}

interface AddressMessage {
  readonly address: RawAddress;
  readonly from: End;
  readonly to: End;
  readonly flags: number;
}

function writeAddress(writer: MessageWriter, { address, from, to, flags }: AddressMessage): void {
  writer.u8(address.family);
  writer.u8(address.length);
  writer.u8(flags & 0xff);
  writer.u8(address.scope);
  writer.u32(to.index);
  for (const attribute of address.attributes) {
    if (!KEPT.has(attribute.type)) continue;
    if (attribute.type === IFA.LABEL && isName(attribute.value, from.name))
      writer.attributeText(IFA.LABEL, to.name);
    else writeRaw(writer, attribute);
  }
  writer.attributeU32(IFA.FLAGS, flags);
}

function isName(label: Buffer, name: string): boolean {
  return label.toString('utf8').replace(/\0.*$/s, '') === name;
}
