import type { Cluster, Host } from '@overlay/testbed';
import { addEndpoint, serveIperf, throughput, type Endpoint } from '../endpoint';
import type { Figure, Row } from '../report';
import { FLAGS, withRig } from '../rig';
import { summarise } from '../stats';
import { connectByHand, HAND_MTU, handSubnet } from '../yardstick/by-hand';

type Backend = 'vxlan' | 'host-gw';

const BACKENDS: readonly Backend[] = ['vxlan', 'host-gw'];
const ROUNDS = 4;
const SECONDS = 3;

type Pair = readonly [client: Endpoint, server: Endpoint];

/** TCP throughput behind two overlayds, and behind the same devices made by hand, in turns. */
export async function traffic(): Promise<Figure> {
  const rows: Row[] = [];
  for (const backend of BACKENDS) rows.push(...(await backendRows(backend)));
  return {
    title: `TCP between namespaces behind two hosts, 1 stream, ${SECONDS} s`,
    unit: 'Gbit/s',
    yardstick: 'the same devices made by hand with iproute2',
    rows,
    notes: [`${ROUNDS} rounds of each, in turns.`],
  };
}

function backendRows(backend: Backend): Promise<Row[]> {
  const config = { Network: '10.6.0.0/16', Backend: { Type: backend } };
  return withRig('overlay', 2, config, (overlay) =>
    withRig('hand', 2, {}, async (hand) => {
      const pairs = { hand: await handPair(hand, backend), ours: await overlayPair(overlay) };
      const gigabits: Record<keyof typeof pairs, number[]> = { hand: [], ours: [] };
      for (let round = 0; round < ROUNDS; round += 1)
        for (const who of ['hand', 'ours'] as const)
          gigabits[who].push(await throughput(...pairs[who], SECONDS));
      const [floor, ours] = [summarise(gigabits.hand), summarise(gigabits.ours)];
      return [
        { name: `${backend}, by hand`, summary: floor },
        { name: `${backend}, overlayd`, summary: ours, ratio: ours.median / floor.median },
      ];
    }),
  );
}

async function overlayPair(cluster: Cluster): Promise<Pair> {
  for (const host of cluster.hosts) await host.startOverlayd(FLAGS);
  return pairOf(cluster, async (host) => {
    const line = `. ${host.overlayd().subnetFile}; echo $FLANNEL_SUBNET $FLANNEL_MTU`;
    const [subnet = '', mtu] = (await host.exec(['sh', '-c', line])).stdout.trim().split(' ');
    return addEndpoint(host, subnet.replace(/\.1\/24$/, ''), Number(mtu));
  });
}

async function handPair(cluster: Cluster, backend: Backend): Promise<Pair> {
  const [first, second] = [cluster.host(1), cluster.host(2)];
  await connectByHand(first, second, backend);
  return pairOf(cluster, (host) => addEndpoint(host, handSubnet(host === first ? 1 : 2), HAND_MTU[backend]));
}

async function pairOf(cluster: Cluster, add: (host: Host) => Promise<Endpoint>): Promise<Pair> {
  const [client, server] = [await add(cluster.host(1)), await add(cluster.host(2))];
  await serveIperf(cluster.host(2), server);
  return [client, server];
}
