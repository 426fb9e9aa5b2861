import { sweep, type Cluster, type Overlayd } from '@overlay/testbed';
import { eventually, openRig, overlayAddress, pings, startAll } from '../e2e/support/rig';
import { record } from './support/record';

const NAME = 'tb-soak-restarts';
const FLAGS = ['--ip-forward=on'];
const PACKETS = 100_000;
const ROUNDS = 50;

let cluster: Cluster;
afterAll(async () => {
  await cluster.destroy();
  await sweep(NAME);
});

/** By turns asked to end, and killed. */
async function startAgain(overlayd: Overlayd, round: number): Promise<void> {
  if (round % 2 === 0) await overlayd.stop();
  else await overlayd.kill();
  overlayd.start(FLAGS);
  await overlayd.ready();
}

test('I8 F05 F16 50 restarts and kills of both ends lose none of 100,000 packets', async () => {
  cluster = await openRig({ name: NAME, hosts: 2 }, { Network: '10.5.0.0/16', Backend: { Type: 'vxlan' } });
  const [one, two] = (await startAll(cluster, FLAGS)) as [Overlayd, Overlayd];
  const host = cluster.host(1);
  const remote = await overlayAddress(two, cluster.host(2));
  await eventually('the first ping', () => pings(host, remote));
  const ping = ['ping', '-n', '-q', '-i', '0.002', '-c', String(PACKETS), '-W', '2', remote];
  const pinging = host.tryExec(ping, { timeoutMs: 800_000 });
  let rounds = 0;
  for (; rounds < ROUNDS; rounds += 1) await startAgain(rounds % 4 < 2 ? one : two, rounds);
  const { stdout } = await pinging;
  const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(stdout) ?? [];
  await record('restarts', { rounds, sent: Number(sent), lost: Number(sent) - Number(received) });
  expect([Number(sent), Number(received)]).toEqual([PACKETS, PACKETS]);
}, 900_000);
