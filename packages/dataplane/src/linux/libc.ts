import { getSystemErrorName } from 'node:util';
import { OverlayError } from '@overlay/cidr';
import koffi from 'koffi';

/** The few calls of the C library that Node does not offer: sockets of other families, and network namespaces. */
interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Buffer, length: number): number;
  setsockopt(fd: number, level: number, option: number, value: Buffer, length: number): number;
  sendto(
    fd: number,
    data: Buffer,
    length: number,
    flags: number,
    address: Buffer,
    addressLength: number,
  ): number;
  setns(fd: number, kind: number): number;
}

let loaded: Libc | undefined;

/** Loaded on first use, so that importing this package costs nothing. */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}

function load(): Libc {
  const library = koffi.load(null);
  return {
    socket: library.func('int socket(int, int, int)') as Libc['socket'],
    bind: library.func('int bind(int, const void *, uint32_t)') as Libc['bind'],
    setsockopt: library.func('int setsockopt(int, int, int, const void *, uint32_t)') as Libc['setsockopt'],
    sendto: library.func(
      'long sendto(int, const void *, size_t, int, const void *, uint32_t)',
    ) as Libc['sendto'],
    setns: library.func('int setns(int, int)') as Libc['setns'],
  };
}

/** Linux has one number with two names, of which Node takes the other. */
const EOPNOTSUPP = 95;

/** `ENETUNREACH` for 101. */
export function errnoName(errno: number): string {
  if (errno === EOPNOTSUPP) return 'EOPNOTSUPP';
  const name = getSystemErrorName(-errno);
  return name.startsWith('Unknown') ? `errno ${errno}` : name;
}

/** Throws OVL_DATAPLANE_SYSCALL when a C call returned -1. */
export function checked(result: number, doing: string): number {
  if (result >= 0) return result;
  throw new OverlayError('OVL_DATAPLANE_SYSCALL', `${doing}: ${errnoName(koffi.errno())}`);
}
