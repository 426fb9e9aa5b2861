import type { AddressFact, AddressObject } from '../../model.js';
import { AF, IFA, IFA_F, RT_SCOPE } from './constants.js';
import { readAddress, readAttributes, readU32 } from './reader.js';
import type { MessageWriter } from './writer.js';

/** Body of RTM_NEWADDR and RTM_DELADDR (struct ifaddrmsg). */
export function writeAddress(writer: MessageWriter, object: AddressObject, index: number): void {
  writer.u8(object.address.family === 4 ? AF.INET : AF.INET6);
  writer.u8(object.length);
  writer.u8(0);
  writer.u8(RT_SCOPE.UNIVERSE);
  writer.u32(index);
  writer.attributeAddress(IFA.LOCAL, object.address);
  writer.attributeAddress(IFA.ADDRESS, object.address);
}

/** Body of a dump of all addresses. */
export function writeAddressDump(writer: MessageWriter): void {
  writer.u32(AF.UNSPEC);
  writer.u32(0);
}

const SCOPES: Readonly<Record<number, AddressFact['scope']>> = {
  [RT_SCOPE.SITE]: 'site',
  [RT_SCOPE.LINK]: 'link',
  [RT_SCOPE.HOST]: 'host',
};

/** Decodes the body of RTM_NEWADDR; undefined for one without an address. The address is the local one of a point-to-point pair. */
export function decodeAddress(payload: Buffer): (Omit<AddressFact, 'link'> & { index: number }) | undefined {
  const attributes = readAttributes(payload, 8);
  const address = readAddress(attributes.get(IFA.LOCAL)) ?? readAddress(attributes.get(IFA.ADDRESS));
  if (address === undefined) return undefined;
  const flags = readU32(attributes.get(IFA.FLAGS)) ?? payload.readUInt8(2);
  return {
    index: payload.readUInt32LE(4),
    address,
    length: payload.readUInt8(1),
    scope: SCOPES[payload.readUInt8(3)] ?? 'global',
    permanent: (flags & IFA_F.PERMANENT) !== 0,
    deprecated: (flags & IFA_F.DEPRECATED) !== 0,
    temporary: address.family === 6 && (flags & IFA_F.TEMPORARY) !== 0,
  };
}
