import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { formatAddress, type Address } from '@overlay/cidr';

/** Resolves to whether the address answered an ICMP echo; `bytes`: one in a packet of that size that no router may split. */
export type Pinger = (address: Address, bytes?: number) => Promise<boolean>;

/** A program that pings, and what it takes before the address. */
export interface PingCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** What has it send packets that may not be split; nothing where it does so of its own. */
  readonly whole: readonly string[];
}

const TIMEOUT_MS = 4000;
const IPUTILS = { args: ['-n', '-q', '-c', '2', '-i', '0.2', '-W', '1'], whole: ['-M', 'do'] };
// Busybox has no -n, and leaves the DF bit to the kernel, which sets it on what fits the route (ip_dont_fragment in net/ip.h).
const BUSYBOX = { args: ['ping', '-q', '-c', '2', '-W', '1'], whole: [] };
const COMMANDS: readonly PingCommand[] = [
  { file: '/usr/bin/ping', ...IPUTILS },
  { file: '/bin/ping', ...IPUTILS },
  { file: '/usr/bin/busybox', ...BUSYBOX },
  { file: '/bin/busybox', ...BUSYBOX },
];
/** IP header without options, and ICMP header (RFC 791, 792, 4443, 8200). */
const HEADER_BYTES = { 4: 20 + 8, 6: 40 + 8 } as const;

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

/** The arguments for one address. */
export function pingArguments(
  { args, whole }: PingCommand,
  address: Address,
  bytes?: number,
): readonly string[] {
  const family = address.family === 4 ? '-4' : '-6';
  const size = bytes === undefined ? [] : [...whole, '-s', `${bytes - HEADER_BYTES[address.family]}`];
  return [...args, ...size, family, formatAddress(address)];
}

/** Pings with that command: two echoes, a second for the answer. */
export function pinger(command: PingCommand): Pinger {
  return (address, bytes) =>
    new Promise((resolve) => {
      const options = { timeout: TIMEOUT_MS, env: { LC_ALL: 'C' } };
      execFile(command.file, [...pingArguments(command, address, bytes)], options, (error) =>
        resolve(error === null),
      );
    });
}
