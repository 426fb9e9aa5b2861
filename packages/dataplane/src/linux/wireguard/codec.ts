import { comparePrefix } from '@overlay/cidr';
import type { Prefix } from '@overlay/cidr';
import type { Endpoint } from '../../model.js';
import { readItems, writeBytes, writeNest, writeU16 } from '../genetlink/attributes.js';
import { AF } from '../netlink/constants.js';
import { readAddress, readAttributes, type Attributes } from '../netlink/reader.js';
import type { MessageWriter } from '../netlink/writer.js';
import type { DeviceSetting, DeviceState, PeerSetting, PeerState } from './state.js';

/** uapi/linux/wireguard.h */
export const WG_FAMILY = 'wireguard';
export const WG_VERSION = 1;
export const WG_CMD = { GET_DEVICE: 0, SET_DEVICE: 1 } as const;
const DEVICE = { IFNAME: 2, PRIVATE_KEY: 3, PUBLIC_KEY: 4, LISTEN_PORT: 6, PEERS: 8 } as const;
const PEER = {
  PUBLIC_KEY: 1,
  PRESHARED_KEY: 2,
  FLAGS: 3,
  ENDPOINT: 4,
  KEEPALIVE: 5,
  LAST_HANDSHAKE: 6,
  ALLOWEDIPS: 9,
} as const;
const PEER_F = { REMOVE_ME: 1, REPLACE_ALLOWEDIPS: 2, UPDATE_ONLY: 4 } as const;
const ALLOWEDIP = { FAMILY: 1, IPADDR: 2, CIDR_MASK: 3 } as const;

const KEY_BYTES = 32;
const SOCKADDR_IN_BYTES = 16;

/** Attributes that name a device. */
export function writeDeviceName(writer: MessageWriter, name: string): void {
  writer.attributeText(DEVICE.IFNAME, name);
}

/** Attributes of WG_CMD_SET_DEVICE for the device itself, in the order of `wg`. */
export function writeDevice(writer: MessageWriter, name: string, setting: DeviceSetting): void {
  writeDeviceName(writer, name);
  if (setting.privateKey !== undefined) writeBytes(writer, DEVICE.PRIVATE_KEY, setting.privateKey);
  if (setting.listenPort !== undefined) writeU16(writer, DEVICE.LISTEN_PORT, setting.listenPort);
}

/** Attributes of WG_CMD_SET_DEVICE for peers, in the order of `wg`. */
export function writePeers(writer: MessageWriter, name: string, peers: readonly PeerSetting[]): void {
  writeDeviceName(writer, name);
  writeNest(writer, DEVICE.PEERS, () => {
    for (const peer of peers) writeNest(writer, 0, () => writePeer(writer, peer));
  });
}

function writePeer(writer: MessageWriter, peer: PeerSetting): void {
  writeBytes(writer, PEER.PUBLIC_KEY, keyBytes(peer.publicKey));
  if (peer.presharedKey !== undefined) writeBytes(writer, PEER.PRESHARED_KEY, keyBytes(peer.presharedKey));
  if (peer.endpoint !== undefined) writeBytes(writer, PEER.ENDPOINT, socketAddress(peer.endpoint));
  if (peer.keepaliveSeconds !== undefined) writeU16(writer, PEER.KEEPALIVE, peer.keepaliveSeconds);
  const flags =
    (peer.remove === true ? PEER_F.REMOVE_ME : 0) |
    (peer.replaceAllowedIps === true ? PEER_F.REPLACE_ALLOWEDIPS : 0) |
    (peer.onlyExisting === true ? PEER_F.UPDATE_ONLY : 0);
  if (flags !== 0) writer.attributeU32(PEER.FLAGS, flags);
  if (peer.allowedIps.length === 0) return;
  writeNest(writer, PEER.ALLOWEDIPS, () => {
    for (const prefix of peer.allowedIps) writeNest(writer, 0, () => writeAllowedIp(writer, prefix));
  });
}

function writeAllowedIp(writer: MessageWriter, prefix: Prefix): void {
  writeU16(writer, ALLOWEDIP.FAMILY, prefix.family === 4 ? AF.INET : AF.INET6);
  writer.attributeAddress(ALLOWEDIP.IPADDR, prefix);
  writer.attributeU8(ALLOWEDIP.CIDR_MASK, prefix.length);
}

/** Base64 to bytes; an empty text is the key of zeros, which means none. */
function keyBytes(key: string): Uint8Array {
  return key === '' ? new Uint8Array(KEY_BYTES) : Buffer.from(key, 'base64');
}

/** struct sockaddr_in or sockaddr_in6. */
function socketAddress({ address, port }: Endpoint): Uint8Array {
  const bytes = Buffer.alloc(address.family === 4 ? SOCKADDR_IN_BYTES : 28);
  bytes.writeUInt16LE(address.family === 4 ? AF.INET : AF.INET6, 0);
  bytes.writeUInt16BE(port, 2);
  if (address.family === 4) bytes.writeUInt32BE(address.bits, 4);
  else {
    bytes.writeBigUInt64BE(address.bits >> 64n, 8);
    bytes.writeBigUInt64BE(BigInt.asUintN(64, address.bits), 16);
  }
  return bytes;
}

/** What one message of a dump says: the device's own attributes are in the first only, a peer goes on in the next when it does not fit. */
export interface DevicePiece {
  readonly listenPort?: number;
  readonly publicKey?: string;
  readonly peers: readonly PeerState[];
}

/** Reads the attributes of one message that answers WG_CMD_GET_DEVICE. */
export function decodeDevice(bytes: Buffer): DevicePiece {
  const attributes = readAttributes(bytes);
  const listenPort = attributes.get(DEVICE.LISTEN_PORT)?.readUInt16LE(0);
  const publicKey = readKey(attributes.get(DEVICE.PUBLIC_KEY));
  return {
    peers: readItems(attributes.get(DEVICE.PEERS)).map(decodePeer),
    ...(listenPort === undefined ? {} : { listenPort }),
    ...(publicKey === undefined ? {} : { publicKey }),
  };
}

function decodePeer(bytes: Buffer): PeerState {
  const attributes = readAttributes(bytes);
  const presharedKey = readKey(attributes.get(PEER.PRESHARED_KEY));
  const endpoint = readEndpoint(attributes.get(PEER.ENDPOINT));
  const handshake = attributes.get(PEER.LAST_HANDSHAKE);
  return {
    publicKey: readKey(attributes.get(PEER.PUBLIC_KEY)) ?? '',
    allowedIps: readItems(attributes.get(PEER.ALLOWEDIPS)).flatMap((item) =>
      readAllowedIp(readAttributes(item)),
    ),
    keepaliveSeconds: attributes.get(PEER.KEEPALIVE)?.readUInt16LE(0) ?? 0,
    handshakeSeconds: handshake === undefined ? 0 : Number(handshake.readBigInt64LE(0)),
    ...(presharedKey === undefined ? {} : { presharedKey }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** Base64; undefined for none, which the kernel shows as zeros. */
function readKey(bytes: Buffer | undefined): string | undefined {
  return bytes === undefined || bytes.every((byte) => byte === 0) ? undefined : bytes.toString('base64');
}

function readAllowedIp(attributes: Attributes): Prefix[] {
  const address = readAddress(attributes.get(ALLOWEDIP.IPADDR));
  const length = attributes.get(ALLOWEDIP.CIDR_MASK)?.[0];
  return address === undefined || length === undefined ? [] : [{ ...address, length }];
}

function readEndpoint(bytes: Buffer | undefined): Endpoint | undefined {
  if (bytes === undefined || bytes.length < SOCKADDR_IN_BYTES) return undefined;
  const inet = bytes.readUInt16LE(0) === AF.INET;
  const address = readAddress(inet ? bytes.subarray(4, 8) : bytes.subarray(8, 24));
  return address && { address, port: bytes.readUInt16BE(2) };
}

/** One device of all messages of a dump, allowed IPs sorted. */
export function mergePieces(pieces: readonly DevicePiece[]): DeviceState {
  const peers = new Map<string, { first: PeerState; allowedIps: Prefix[] }>();
  for (const peer of pieces.flatMap((piece) => piece.peers)) {
    const known = peers.get(peer.publicKey);
    if (known === undefined) peers.set(peer.publicKey, { first: peer, allowedIps: [...peer.allowedIps] });
    else known.allowedIps.push(...peer.allowedIps);
  }
  return {
    listenPort: pieces[0]?.listenPort ?? 0,
    publicKey: pieces[0]?.publicKey ?? '',
    peers: [...peers.values()].map(({ first, allowedIps }) => ({
      ...first,
      allowedIps: allowedIps.sort(comparePrefix),
    })),
  };
}
