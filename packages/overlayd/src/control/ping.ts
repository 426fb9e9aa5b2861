import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { formatAddress, type Address } from '@overlay/cidr';

/** Resolves to whether the address answered an ICMP echo. */
export type Pinger = (address: Address) => Promise<boolean>;

/** A program that pings, and what it takes before the address. */
export interface PingCommand {
  readonly file: string;
  readonly args: readonly string[];
}

const TIMEOUT_MS = 4000;
const IPUTILS = ['-n', '-q', '-c', '2', '-i', '0.2', '-W', '1'];
// Busybox has no -n.
const BUSYBOX = ['ping', '-q', '-c', '2', '-W', '1'];
const COMMANDS: readonly PingCommand[] = [
  { file: '/usr/bin/ping', args: IPUTILS },
  { file: '/bin/ping', args: IPUTILS },
  { file: '/usr/bin/busybox', args: BUSYBOX },
  { file: '/bin/busybox', args: BUSYBOX },
];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The ping of this host, undefined when it has none. */
export function findPing(executable: (file: string) => boolean = isExecutable): PingCommand | undefined {
  return COMMANDS.find(({ file }) => executable(file));
}

/** Pings with that command: two echoes, a second for the answer. */
export function pinger({ file, args }: PingCommand): Pinger {
  return (address) =>
    new Promise((resolve) => {
      const family = address.family === 4 ? '-4' : '-6';
      const argv = [...args, family, formatAddress(address)];
      const options = { timeout: TIMEOUT_MS, env: { LC_ALL: 'C' } };
      execFile(file, argv, options, (error) => resolve(error === null));
    });
}
