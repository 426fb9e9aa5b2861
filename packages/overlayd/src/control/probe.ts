import { execFile } from 'node:child_process';
import type { Check } from '@overlay/api';
import { formatAddress, networkAddress, nthAddress, type Address } from '@overlay/cidr';
import type { Lease } from '@overlay/lease';
import type { Daemon } from '../daemon.js';

const PARALLEL = 16;
const PING = '/usr/bin/ping';
const TIMEOUT_MS = 4000;

/** One ICMP echo; resolves to whether an answer came. */
function ping(address: Address): Promise<boolean> {
  const argv = [
    address.family === 4 ? '-4' : '-6',
    '-n',
    '-q',
    '-c',
    '2',
    '-i',
    '0.2',
    '-W',
    '1',
    formatAddress(address),
  ];
  return new Promise((resolve) => {
    execFile(PING, argv, { timeout: TIMEOUT_MS, env: { LC_ALL: 'C' } }, (error) => resolve(error === null));
  });
}

/** The peer's own addresses in its subnet: the tunnel device's, then the gateway of its Docker network. */
async function reaches(lease: Lease): Promise<boolean> {
  for (const address of [networkAddress(lease.subnet), nthAddress(lease.subnet, 1)])
    if (await ping(address)) return true;
  return false;
}

async function probe(lease: Lease): Promise<Check> {
  const { overlay, publicIp } = lease.attributes;
  const name = `probe ${overlay?.hostname ?? formatAddress(publicIp)} (${lease.name})`;
  if (await reaches(lease)) return { name, result: 'ok', detail: 'answers over the overlay', advice: '' };
  const underlay = await ping(publicIp);
  const detail = underlay
    ? `${formatAddress(publicIp)} answers, its overlay addresses do not`
    : `${formatAddress(publicIp)} does not answer`;
  const advice = underlay
    ? 'is overlayd running there? Do firewalls let the tunnel port (UDP 8472 for vxlan) through?'
    : 'check the network between the hosts';
  return { name, result: underlay ? 'warn' : 'fail', detail, advice };
}

/** Probes every peer in use, sixteen at a time. */
export async function* probePeers(daemon: Daemon, signal: AbortSignal): AsyncGenerator<Check> {
  const peers = [...daemon.book.used()];
  for (let start = 0; start < peers.length && !signal.aborted; start += PARALLEL) {
    yield* await Promise.all(peers.slice(start, start + PARALLEL).map(probe));
  }
}
