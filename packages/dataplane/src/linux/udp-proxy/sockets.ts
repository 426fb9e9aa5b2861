import { closeSync } from 'node:fs';
import { formatAddress, type Ipv4 } from '@overlay/cidr';
import { libc } from '../libc.js';
import { inNamespace } from '../namespace.js';
import { CallError, lastErrno } from './calls.js';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const IPPROTO_RAW = 255;
const SOL_SOCKET = 1;
const SO = { SNDBUF: 7, RCVBUF: 8, SNDBUFFORCE: 32, RCVBUFFORCE: 33 } as const;
/** What arrives while the event loop does something else for some milliseconds must fit. */
const BUFFER_BYTES = 4 * 1024 * 1024;
export const SOCKET_ADDRESS_BYTES = 16;

/** struct sockaddr_in. */
export function socketAddress(address: Ipv4, port: number): Uint8Array {
  const bytes = Buffer.alloc(SOCKET_ADDRESS_BYTES);
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.writeUInt32BE(address.bits, 4);
  return bytes;
}

/** A UDP socket bound to local:port; the caller closes it. Throws CallError. */
export function openUdp(netns: string | undefined, local: Ipv4, port: number): number {
  const fd = open(netns, SOCK_DGRAM, 0);
  for (const [forced, plain] of [
    [SO.SNDBUFFORCE, SO.SNDBUF],
    [SO.RCVBUFFORCE, SO.RCVBUF],
  ] as const)
    if (setBuffer(fd, forced) < 0) setBuffer(fd, plain);
  if (libc().bind(fd, Buffer.from(socketAddress(local, port)), SOCKET_ADDRESS_BYTES) >= 0) return fd;
  const code = lastErrno();
  closeSync(fd);
  const where = `UDP port ${port} of ${formatAddress(local)}`;
  throw new CallError(
    code,
    code === 'EADDRINUSE'
      ? `${where} is in use: stop who holds it, or set another Port`
      : `${where}: ${code}`,
  );
}

/** A socket that sends whole IPv4 packets and receives nothing; the kernel fills in source and checksum (raw(7)). Throws CallError. */
export const openRaw = (netns: string | undefined): number => open(netns, SOCK_RAW, IPPROTO_RAW);

function open(netns: string | undefined, type: number, protocol: number): number {
  const fd = inNamespace(netns, () => libc().socket(AF_INET, type | NONBLOCK_CLOEXEC, protocol));
  if (fd < 0) throw new CallError(lastErrno(), `opening a socket: ${lastErrno()}`);
  return fd;
}

function setBuffer(fd: number, option: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(BUFFER_BYTES);
  return libc().setsockopt(fd, SOL_SOCKET, option, bytes, bytes.length);
}
