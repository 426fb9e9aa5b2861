import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { inNamespace } from './namespace.js';

/** Who has a UDP port of a network namespace, for an error message. */
export interface PortHolder {
  /** `dnsmasq (process 812)`; a tunnel of the kernel when no process has it open, or none that we may look at. */
  readonly name: string;
}

/** The holder of a UDP port, of either family and any local address; undefined when the port is free. Reads /proc only. */
export function udpPortHolder(port: number, netns?: string): PortHolder | undefined {
  const inodes = inNamespace(netns, () => ['udp', 'udp6'].flatMap((table) => inodesOf(table, port)));
  const [inode] = inodes;
  return inode === undefined ? undefined : { name: processOf(inode) };
}

/** Inodes of the sockets on a port: lines like `12: 00000000:2035 00000000:0000 07 ... inode ...`. */
function inodesOf(table: string, port: number): number[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return attempt(() => readFileSync(`/proc/thread-self/net/${table}`, 'utf8'), '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(ending))
    .map((fields) => Number(fields[9]));
}

function processOf(inode: number): string {
  const target = `socket:[${inode}]`;
  for (const pid of attempt(() => readdirSync('/proc'), []).filter((name) => /^\d+$/.test(name)))
    if (hasOpen(pid, target))
      return `${attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), 'a program')} (process ${pid})`;
  return 'a tunnel of the kernel, or a program that cannot be seen from here';
}

function hasOpen(pid: string, target: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return attempt(() => readdirSync(folder), []).some(
    (fd) => attempt(() => readlinkSync(`${folder}/${fd}`), '') === target,
  );
}

/** Processes end while they are looked at, and some may not be looked at. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
