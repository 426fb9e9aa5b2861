import { closeSync } from 'node:fs';
import { checked, libc } from './libc.js';

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;

/**
 * Sends one datagram to a unix socket, as sd_notify(3) does: `path` is a file, or starts with `@` for an abstract name.
 * Throws OVL_DATAPLANE_SYSCALL.
 */
export function sendDatagram(path: string, text: string): void {
  const address = unixAddress(path);
  const data = Buffer.from(text);
  const fd = checked(libc().socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0), 'opening a unix socket');
  try {
    checked(libc().sendto(fd, data, data.length, 0, address, address.length), `sending to ${path}`);
  } finally {
    closeSync(fd);
  }
}

/** struct sockaddr_un: an abstract name starts with a zero byte and has no terminator. */
function unixAddress(path: string): Buffer {
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  const name = path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`;
  return Buffer.concat([family, Buffer.from(name)]);
}
