import type { Check } from '@overlay/api';
import { formatAddress, formatPrefix, networkAddress, nthAddress, type Address } from '@overlay/cidr';
import type { Lease } from '@overlay/lease';
import type { Daemon } from '../daemon.js';
import { nodeMtu } from '../plan/mtu.js';
import { largestAnswered } from './path-size.js';
import { findPing, pinger, type Pinger } from './ping.js';

const PARALLEL = 16;

type Verdict = Omit<Check, 'name'>;

/** Which addresses of a peer answered. */
export interface ProbeAnswers {
  readonly overlay: boolean;
  readonly underlay: boolean;
  /** Small packets are answered, and those of the overlay's MTU are not. */
  readonly narrow?: Narrow;
}

/** All in bytes. */
interface Narrow {
  /** Of the overlay. */
  readonly mtu: number;
  /** The largest packet that was answered. */
  readonly passes: number;
  readonly iface: { readonly name: string; readonly mtu: number };
  /** The overlay's follows that of the interface; else the network config says it. */
  readonly follows: boolean;
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

/** Whatever is sent in full packets stalls there, while pings and handshakes are well. */
function blackHole({ mtu, passes, iface, follows }: Narrow): Verdict {
  const excess = mtu - passes;
  const lower = follows
    ? `\`ip link set ${iface.name} mtu ${iface.mtu - excess}\` here and there, which overlayd follows`
    : `take ${excess} off the \`MTU\` of the backend in the network config`;
  return {
    result: 'fail',
    detail: `small packets are answered, those of ${mtu} bytes, the MTU of the overlay, are not; the largest that are have ${passes}`,
    advice: `a link on the way carries less than ${iface.name} here, or the peer takes less: correct that, or ${lower}`,
  };
}

/** What the answers say of a peer. `tunnel`: packets to it go through a tunnel device. */
export function judgeProbe(lease: Lease, answers: ProbeAnswers, tunnel: boolean): Verdict {
  if (answers.narrow !== undefined) return blackHole(answers.narrow);
  if (answers.overlay) return { result: 'ok', detail: 'answers over the overlay', advice: '' };
  if (answers.underlay) return silent(lease, tunnel);
  return {
    result: 'fail',
    detail: `${formatAddress(lease.attributes.publicIp)} does not answer`,
    advice: 'check the network between the hosts',
  };
}

type Widths = Omit<Narrow, 'passes'>;

function widthsOf({ nodeLane: { node } }: Daemon): Widths | undefined {
  if (node === undefined) return undefined;
  const { facts } = node.input;
  const narrower = { ...facts, iface: { ...facts.iface, mtu: facts.iface.mtu - 1 } };
  const mtu = nodeMtu(node);
  const follows = nodeMtu({ ...node, input: { ...node.input, facts: narrower } }) < mtu;
  return { mtu, iface: facts.iface, follows };
}

async function narrowness(
  address: Address,
  ping: Pinger,
  widths: Widths | undefined,
): Promise<Pick<ProbeAnswers, 'narrow'>> {
  if (widths === undefined) return {};
  // Twice: a lost packet is no black hole.
  for (let attempt = 0; attempt < 2; attempt += 1) if (await ping(address, widths.mtu)) return {};
  const passes = await largestAnswered(ping, address, widths.mtu);
  return { narrow: { ...widths, passes } };
}

/** Asks the peer's own addresses in its subnet (the tunnel device's, then the gateway of its Docker network), then its public one. */
async function ask(lease: Lease, ping: Pinger, widths: Widths | undefined): Promise<ProbeAnswers> {
  for (const address of [networkAddress(lease.subnet), nthAddress(lease.subnet, 1)])
    if (await ping(address))
      return { overlay: true, underlay: true, ...(await narrowness(address, ping, widths)) };
  return { overlay: false, underlay: await ping(lease.attributes.publicIp) };
}

async function probe(daemon: Daemon, lease: Lease, ping: Pinger): Promise<Check> {
  const { overlay, publicIp } = lease.attributes;
  const name = `probe ${overlay?.hostname ?? formatAddress(publicIp)} (${lease.name})`;
  const peer = daemon.kernelLane.state.peers.get(lease.name);
  if (peer !== undefined && peer.state !== 'used')
    return { name, result: 'skip', detail: `not programmed: ${peer.reason}`, advice: '' };
  const tunnel = daemon.nodeLane.node?.backends.some((backend) => backend.tunnel(4) !== undefined) === true;
  return { name, ...judgeProbe(lease, await ask(lease, ping, widthsOf(daemon)), tunnel) };
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
