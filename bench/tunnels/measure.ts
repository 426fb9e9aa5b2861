import { liveHost, waitUntilMoved, type Cluster, type Etcd, type LiveHost } from '@overlay/testbed';
import { roundTrips, throughput } from '../endpoint';
import { FLAGS, putConfig, withHosts, withRig } from '../rig';
import { summarise } from '../stats';
import {
  connectByHand,
  HAND_MTU,
  handSubnet,
  masqueradeByHand,
  type HandBackend,
} from '../yardstick/by-hand';
import type { Measured, Result, Round } from './compare';
import type { TunnelOptions } from './options';
import { pairOf, requireAlike, setPodMtu, type Pair } from './pair';

/** The shortest: a backend that nobody needs any more goes as soon as it may. */
const LINGER = '--backend-linger=2';
/** Seconds a TCP stream has to find its speed before it counts. */
const SLOW_START = 1;
/** Generous: an emulated machine takes a minute to start a daemon. */
const READY_MS = 300_000;
const MOVE_MS = 180_000;

const networkOf = (backend: HandBackend): object => ({
  Network: '10.6.0.0/16',
  Backend: { Type: backend },
});

/** Measures every backend behind two overlayds, started once, and behind the same device made by hand, in turns. */
export function measureTunnels(
  options: TunnelOptions,
  say: (line: string) => void,
): Promise<readonly Measured[]> {
  const [first = 'host-gw'] = options.backends;
  return withRig('overlay', 2, networkOf(first), async (cluster, etcd) => {
    say('starting overlayd on two hosts');
    const hosts = await startDaemons(cluster);
    const ours = await pairOf(cluster, [hosts[0].pod, hosts[1].pod]);
    const measured: Measured[] = [];
    for (const backend of options.backends) {
      say(`measuring ${backend}`);
      await changeTo(etcd, hosts, backend);
      const rounds = besideHand(backend, ours, options, (round) => say(`  ${describeRound(round)}`));
      measured.push({ backend, rounds: await rounds });
    }
    return measured;
  });
}

const describeRound = ({ hand, ours }: Round): string =>
  `by hand ${describe(hand)}, overlayd ${describe(ours)}`;

const describe = ({ megabits, roundTrips }: Result): string =>
  `${megabits.toFixed(0)} Mbit/s and ${summarise(roundTrips).median.toFixed(0)} us`;

async function startDaemons(cluster: Cluster): Promise<readonly [LiveHost, LiveHost]> {
  const daemons = cluster.hosts.map((host) => host.overlayd());
  for (const daemon of daemons) daemon.start([...FLAGS, LINGER]);
  for (const daemon of daemons) await daemon.ready(READY_MS);
  const live = (number: 1 | 2): Promise<LiveHost> => {
    const host = cluster.host(number);
    return liveHost(host, host.overlayd(), HAND_MTU.wireguard);
  };
  return [await live(1), await live(2)];
}

async function changeTo(etcd: Etcd, hosts: readonly LiveHost[], backend: HandBackend): Promise<void> {
  await putConfig(etcd, networkOf(backend));
  await waitUntilMoved(hosts, { Type: backend }, MOVE_MS);
}

function besideHand(
  backend: HandBackend,
  ours: Pair,
  options: TunnelOptions,
  done: (round: Round) => void,
): Promise<Round[]> {
  return withHosts('hand', 2, async (cluster) => {
    const hand = await handPair(cluster, backend, options);
    for (const pair of [hand, ours]) await setPodMtu(pair, HAND_MTU[backend]);
    await requireAlike(hand, ours);
    // Neighbours, handshakes, and the code an emulator translates once, are nobody's figure.
    for (const pair of [hand, ours]) await measureOnce(pair, { ...options, seconds: 1, pings: 20 });
    const rounds: Round[] = [];
    for (let number = 0; number < options.rounds; number += 1) {
      const round = await measureRound(hand, ours, number % 2 === 0, options);
      rounds.push(round);
      done(round);
    }
    return rounds;
  });
}

async function handPair(
  cluster: Cluster,
  backend: HandBackend,
  { masquerade }: TunnelOptions,
): Promise<Pair> {
  await connectByHand(cluster.host(1), cluster.host(2), backend);
  if (masquerade) for (const number of [1, 2] as const) await masqueradeByHand(cluster.host(number), number);
  const pod = (number: 1 | 2) =>
    cluster.host(number).createPod({
      number: 1,
      addresses: [`${handSubnet(number)}.10/24`],
      gateways: [`${handSubnet(number)}.1`],
      mtu: HAND_MTU[backend],
    });
  return pairOf(cluster, [await pod(1), await pod(2)]);
}

/** Who is first changes from round to round: whatever else the machine does falls on both. */
async function measureRound(
  hand: Pair,
  ours: Pair,
  handFirst: boolean,
  options: TunnelOptions,
): Promise<Round> {
  const early = await measureOnce(handFirst ? hand : ours, options);
  const late = await measureOnce(handFirst ? ours : hand, options);
  return handFirst ? { hand: early, ours: late } : { hand: late, ours: early };
}

async function measureOnce({ pods }: Pair, { seconds, pings }: TunnelOptions): Promise<Result> {
  return {
    megabits: 1000 * (await throughput(...pods, seconds, SLOW_START)),
    roundTrips: await roundTrips(...pods, pings),
  };
}
