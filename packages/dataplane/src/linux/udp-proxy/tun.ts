import { closeSync, constants, openSync } from 'node:fs';
import { inNamespace } from '../namespace.js';
import { CallError, lastErrno, packetCalls } from './calls.js';

/** uapi/linux/if_tun.h. */
const TUNSETIFF = 0x400454ca;
const TUNSETPERSIST = 0x400454cb;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const IFF_TUN_EXCL = 0x8000;
const NAME_BYTES = 16;
const IFREQ_BYTES = 40;
const DEVICE = '/dev/net/tun';

export interface TunRequest {
  readonly netns?: string | undefined;
  readonly name: string;
  /** True: make it, and fail when the name is taken. False: attach to the one there. */
  readonly create: boolean;
}

/**
 * A non-blocking descriptor of a TUN device without packet information; the caller closes it. A device that was made goes away with it
 * until `persist`. Throws CallError.
 */
export function openTun(request: TunRequest): number {
  return inNamespace(request.netns, () => {
    const fd = openDevice(request.name);
    if (packetCalls().ioctl(fd, TUNSETIFF, interfaceRequest(request)) >= 0) return fd;
    const code = lastErrno();
    closeSync(fd);
    throw new CallError(code, `${request.name}: ${REASONS[code] ?? `TUNSETIFF: ${code}`}`);
  });
}

const REASONS: Readonly<Record<string, string>> = {
  EBUSY: 'the name is taken, or another process carries its packets: stop that process or remove the device',
  EPERM: 'making a TUN device needs CAP_NET_ADMIN',
  EINVAL: 'the device of this name is no TUN device of ours: remove it',
};

function openDevice(name: string): number {
  try {
    return openSync(DEVICE, constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'EIO';
    throw new CallError(
      code,
      `${name}: ${DEVICE} cannot be opened (${code}): load the module tun, in a container also pass --device ${DEVICE}; or choose another backend`,
    );
  }
}

function interfaceRequest({ name, create }: TunRequest): Uint8Array {
  const request = Buffer.alloc(IFREQ_BYTES);
  request.write(name, 0, NAME_BYTES - 1);
  request.writeUInt16LE(IFF_TUN | IFF_NO_PI | (create ? IFF_TUN_EXCL : 0), NAME_BYTES);
  return request;
}

/** Lets the device, its addresses and routes outlive the descriptor. Throws CallError. */
export function persist(fd: number, name: string): void {
  // The argument is a number in the place of a pointer: any address but 0 means on.
  if (packetCalls().ioctl(fd, TUNSETPERSIST, Buffer.alloc(1)) >= 0) return;
  throw new CallError(lastErrno(), `${name}: TUNSETPERSIST: ${lastErrno()}`);
}
