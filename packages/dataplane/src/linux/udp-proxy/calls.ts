import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

/**
 * System calls on packets that return a number instead of throwing: an EAGAIN of `fs.readSync` costs 14 microseconds, one of these
 * 0.5, and there is one per wake-up.
 */
interface PacketCalls {
  read(fd: number, data: Uint8Array, length: number): number;
  write(fd: number, data: Uint8Array, length: number): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  sendto(
    fd: number,
    data: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ): number;
  recvfrom(
    fd: number,
    data: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: Uint8Array,
  ): number;
}

let loaded: PacketCalls | undefined;

/** Loaded on first use, so that importing this package costs nothing. */
export function packetCalls(): PacketCalls {
  loaded ??= load();
  return loaded;
}

function load(): PacketCalls {
  const library = koffi.load(null);
  return {
    read: library.func('long read(int, void *, size_t)') as PacketCalls['read'],
    write: library.func('long write(int, const void *, size_t)') as PacketCalls['write'],
    ioctl: library.func('int ioctl(int, unsigned long, void *)') as PacketCalls['ioctl'],
    sendto: library.func(
      'long sendto(int, const void *, size_t, int, const void *, uint32_t)',
    ) as PacketCalls['sendto'],
    recvfrom: library.func(
      'long recvfrom(int, void *, size_t, int, void *, void *)',
    ) as PacketCalls['recvfrom'],
  };
}

/** A system call was refused; `code` is the errno name. */
export class CallError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The errno name of the call that just returned -1. */
export const lastErrno = (): string => getSystemErrorName(-koffi.errno());
