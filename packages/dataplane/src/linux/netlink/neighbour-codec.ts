import type { FdbObject, NeighbourObject } from '../../model.js';
import type { NeighbourState, FdbState } from '../../snapshot.js';
import { AF, NDA, NTF_SELF, NUD_NOARP, NUD_PERMANENT } from './constants.js';
import { readAddress, readAttributes, readMac, type Attributes } from './reader.js';
import type { MessageWriter } from './writer.js';

/** struct ndmsg. */
function writeHeader(
  writer: MessageWriter,
  family: number,
  index: number,
  bits: { state: number; flags: number },
): void {
  writer.u32(family);
  writer.u32(index);
  writer.u16(bits.state);
  writer.u8(bits.flags);
  writer.u8(0);
}

/** Body of RTM_NEWNEIGH and RTM_DELNEIGH: a permanent entry. */
export function writeNeighbour(writer: MessageWriter, object: NeighbourObject, index: number): void {
  const family = object.address.family === 4 ? AF.INET : AF.INET6;
  writeHeader(writer, family, index, { state: NUD_PERMANENT, flags: 0 });
  writer.attributeAddress(NDA.DST, object.address);
  if (typeof object.mac === 'string') writer.attributeMac(NDA.LLADDR, object.mac);
  else writer.attributeAddress(NDA.LLADDR, object.mac);
}

/** Body of RTM_NEWNEIGH and RTM_DELNEIGH for an FDB entry of the device itself, as `bridge fdb ... self permanent`. */
export function writeFdb(writer: MessageWriter, object: FdbObject, index: number): void {
  writeHeader(writer, AF.BRIDGE, index, { state: NUD_PERMANENT | NUD_NOARP, flags: NTF_SELF });
  writer.attributeMac(NDA.LLADDR, object.mac);
  writer.attributeAddress(NDA.DST, object.destination);
}

/** Body of a dump of neighbours, or of FDB entries with AF_BRIDGE. */
export function writeNeighbourDump(writer: MessageWriter, family: number): void {
  writeHeader(writer, family, 0, { state: 0, flags: 0 });
}

/** The index of the link alone, for notifications. */
export function decodeNeighbourIndex(payload: Buffer): number {
  return payload.readInt32LE(4);
}

/** Decodes the body of an RTM_NEWNEIGH of AF_INET or AF_INET6; undefined when it has no address. */
export function decodeNeighbour(
  payload: Buffer,
): (Omit<NeighbourState, 'link'> & { index: number }) | undefined {
  const attributes = readAttributes(payload, 12);
  const address = readAddress(attributes.get(NDA.DST));
  if (address === undefined) return undefined;
  const permanent = (payload.readUInt16LE(8) & NUD_PERMANENT) !== 0;
  return { index: payload.readInt32LE(4), address, mac: readLinkLayer(attributes), permanent };
}

/** Six bytes are a MAC address, four the underlay address on a GRE device; anything else is left empty. */
function readLinkLayer(attributes: Attributes): NeighbourState['mac'] {
  const bytes = attributes.get(NDA.LLADDR);
  const address = bytes?.length === 4 ? readAddress(bytes) : undefined;
  return address?.family === 4 ? address : readMac(bytes);
}

/** Decodes the body of an RTM_NEWNEIGH of AF_BRIDGE; undefined for an entry without a tunnel destination. */
export function decodeFdb(payload: Buffer): (Omit<FdbState, 'link'> & { index: number }) | undefined {
  const attributes = readAttributes(payload, 12);
  const destination = readAddress(attributes.get(NDA.DST));
  if (destination === undefined) return undefined;
  const permanent = (payload.readUInt16LE(8) & NUD_PERMANENT) !== 0;
  return { index: payload.readInt32LE(4), mac: readMac(attributes.get(NDA.LLADDR)), destination, permanent };
}
