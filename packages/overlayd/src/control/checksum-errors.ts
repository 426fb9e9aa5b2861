import { readIfThere } from '../host/files.js';

/** The counter of a protocol in the form of /proc/net/snmp: a line of names, a line of values. */
function fromTable(text: string, protocol: string, name: string): number {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}: `))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf(name)] ?? 0);
}

/** UDP packets, of both families, that came in with a bad checksum, from the texts of /proc/net/snmp and /proc/net/snmp6. */
export function parseChecksumErrors(snmp: string, snmp6: string): number {
  const [, six = '0'] = /^Udp6InCsumErrors\s+(\d+)/m.exec(snmp6) ?? [];
  return fromTable(snmp, 'Udp', 'InCsumErrors') + Number(six);
}

/** So far, in the network namespace of this process. */
export const checksumErrors = (): number =>
  parseChecksumErrors(readIfThere('/proc/net/snmp') ?? '', readIfThere('/proc/net/snmp6') ?? '');
