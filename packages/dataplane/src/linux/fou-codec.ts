import type { FouObject } from '../model.js';
import { AF } from './netlink/constants.js';
import { readAttributes, type Attributes } from './netlink/reader.js';
import type { MessageWriter } from './netlink/writer.js';

/** uapi/linux/fou.h */
export const FOU_VERSION = 1;
export const FOU_CMD = { ADD: 1, DEL: 2, GET: 3 } as const;
const FOU_ATTR = {
  PORT: 1,
  AF: 2,
  IPPROTO: 3,
  TYPE: 4,
  LOCAL_V4: 6,
  LOCAL_V6: 7,
  PEER_V4: 8,
  PEER_V6: 9,
  PEER_PORT: 10,
  IFINDEX: 11,
} as const;
const FOU_ENCAP_DIRECT = 1;
const NARROWING = [FOU_ATTR.LOCAL_V4, FOU_ATTR.LOCAL_V6, FOU_ATTR.PEER_V4, FOU_ATTR.PEER_V6];

/** A fou port as the kernel shows it; `plain` when it is one that we could have made: direct, for any address. */
export interface FouState extends FouObject {
  readonly inner: number;
  readonly plain: boolean;
}

/** Attributes of FOU_CMD_ADD, in the order of iproute2. */
export function writeFou(writer: MessageWriter, port: FouObject): void {
  writeFouKey(writer, port);
  writer.attributeU8(FOU_ATTR.IPPROTO, port.protocol);
}

/** Attributes of FOU_CMD_DEL, in the order of iproute2. */
export function writeFouKey(writer: MessageWriter, { family, port }: FouObject): void {
  writer.attributeU16be(FOU_ATTR.PORT, port);
  writer.attributeU8(FOU_ATTR.TYPE, FOU_ENCAP_DIRECT);
  writer.attributeU8(FOU_ATTR.AF, family === 4 ? AF.INET : AF.INET6);
}

/** Reads one port of a FOU_CMD_GET dump. */
export function decodeFou(bytes: Buffer): FouState {
  const attributes = readAttributes(bytes);
  const inner = attributes.get(FOU_ATTR.IPPROTO)?.[0] ?? 0;
  return {
    type: 'fou',
    family: attributes.get(FOU_ATTR.AF)?.[0] === AF.INET6 ? 6 : 4,
    port: attributes.get(FOU_ATTR.PORT)?.readUInt16BE(0) ?? 0,
    protocol: inner === 41 ? 41 : 4,
    inner,
    plain: attributes.get(FOU_ATTR.TYPE)?.[0] === FOU_ENCAP_DIRECT && isForAny(attributes),
  };
}

/** The kernel shows these attributes with zeros when they were not given. */
function isForAny(attributes: Attributes): boolean {
  return NARROWING.every((type) => attributes.get(type)?.every((byte) => byte === 0) ?? true);
}
