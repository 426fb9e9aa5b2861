import type { Check } from '@overlay/api';
import { formatAddress, formatPrefix, networkAddress, nthAddress } from '@overlay/cidr';
import type { Lease } from '@overlay/lease';
import type { Daemon } from '../daemon.js';
import { findPing, pinger, type Pinger } from './ping.js';

const PARALLEL = 16;

type Verdict = Omit<Check, 'name'>;

/** Which addresses of a peer answered. */
export interface ProbeAnswers {
  readonly overlay: boolean;
  readonly underlay: boolean;
}

/** Where the peer's device is a tunnel's, it has an address of the subnet as soon as overlayd runs there; else only its containers' bridge has one. */
function silent(lease: Lease, tunnel: boolean): Verdict {
  const publicIp = formatAddress(lease.attributes.publicIp);
  if (tunnel)
    return {
      result: 'warn',
      detail: `${publicIp} answers, its overlay addresses do not`,
      advice: 'is overlayd running there? Do firewalls let the tunnel port (UDP 8472 for vxlan) through?',
    };
  return {
    result: 'warn',
    detail: `its public address ${publicIp} answers; nothing answers in ${formatPrefix(lease.subnet)}`,
    advice: 'there is no container network there yet, or a firewall drops the echo',
  };
}

/** What the answers say of a peer. `tunnel`: packets to it go through a tunnel device. */
export function judgeProbe(lease: Lease, answers: ProbeAnswers, tunnel: boolean): Verdict {
  if (answers.overlay) return { result: 'ok', detail: 'answers over the overlay', advice: '' };
  if (answers.underlay) return silent(lease, tunnel);
  return {
    result: 'fail',
    detail: `${formatAddress(lease.attributes.publicIp)} does not answer`,
    advice: 'check the network between the hosts',
  };
}

/** Asks the peer's own addresses in its subnet (the tunnel device's, then the gateway of its Docker network), then its public one. */
async function ask(lease: Lease, ping: Pinger): Promise<ProbeAnswers> {
  for (const address of [networkAddress(lease.subnet), nthAddress(lease.subnet, 1)])
    if (await ping(address)) return { overlay: true, underlay: true };
  return { overlay: false, underlay: await ping(lease.attributes.publicIp) };
}

async function probe(daemon: Daemon, lease: Lease, ping: Pinger): Promise<Check> {
  const { overlay, publicIp } = lease.attributes;
  const name = `probe ${overlay?.hostname ?? formatAddress(publicIp)} (${lease.name})`;
  const peer = daemon.kernelLane.state.peers.get(lease.name);
  if (peer !== undefined && peer.state !== 'used')
    return { name, result: 'skip', detail: `not programmed: ${peer.reason}`, advice: '' };
  const tunnel = daemon.nodeLane.node?.backends.some((backend) => backend.tunnel(4) !== undefined) === true;
  return { name, ...judgeProbe(lease, await ask(lease, ping), tunnel) };
}

function systemPinger(): Pinger | undefined {
  const command = findPing();
  return command === undefined ? undefined : pinger(command);
}

/** Probes every peer in use, sixteen at a time. */
export async function* probePeers(
  daemon: Daemon,
  signal: AbortSignal,
  ping = systemPinger(),
): AsyncGenerator<Check> {
  if (ping === undefined) {
    yield {
      name: 'probe',
      result: 'skip',
      detail: 'there is no ping on this host',
      advice: 'install iputils-ping',
    };
    return;
  }
  const peers = [...daemon.book.used()];
  for (let start = 0; start < peers.length && !signal.aborted; start += PARALLEL) {
    const some = peers.slice(start, start + PARALLEL);
    yield* await Promise.all(some.map((lease) => probe(daemon, lease, ping)));
  }
}
