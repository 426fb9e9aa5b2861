import { setTimeout as sleep } from 'node:timers/promises';
import { formatLeaseName, formatLeaseValue } from '@overlay/lease';
import { recordHistory, sweep, type Cluster } from '@overlay/testbed';
import { NETWORK, peerAttributes, peerSubnets } from '../../bench/leases';
import { eventually, openRig, PREFIX, startAll } from '../e2e/support/rig';
import { numbers } from './support/numbers';
import { record } from './support/record';
import { median, sample, type Sample } from './support/sample';

const NAME = 'tb-soak-churn';
const PEERS = 1000;
const CHANGES = 10_000;
/** `SOAK_MINUTES`: in how many minutes the changes are made. */
const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 60);
const KEY = (index: number): string => `${PREFIX}/subnets/${formatLeaseName(peerSubnets(index))}`;

let cluster: Cluster;
afterAll(async () => {
  await cluster.destroy();
  await sweep(NAME);
});

/** Peers come, move to another host and go. */
class Peers {
  readonly there = new Set<number>();
  private readonly random = numbers();

  constructor(private readonly lease: string) {}

  async change(): Promise<void> {
    const index = this.random(PEERS);
    const goes = this.there.has(index) && this.random(2) === 0;
    if (goes) await cluster.etcd.etcdctl(['del', KEY(index)]);
    else await this.put(index);
    if (goes) this.there.delete(index);
    else this.there.add(index);
  }

  private async put(index: number): Promise<void> {
    // A peer that is there has moved: its address and MAC are a thousand further on.
    const host = this.there.has(index) ? index + PEERS * (1 + this.random(20)) : index;
    const overlay = { nodeId: `peer-${index}`, hostname: `peer-${index}`, version: '1', backends: [] };
    const value = formatLeaseValue({ ...peerAttributes(host), overlay });
    await cluster.etcd.etcdctl(['put', KEY(index), value, `--lease=${this.lease}`]);
  }
}

async function churn(peers: Peers): Promise<readonly Sample[]> {
  const overlayd = cluster.host(1).overlayd();
  const samples: Sample[] = [];
  const started = performance.now();
  for (let done = 0; done < CHANGES; done += 1) {
    await peers.change();
    const dueMs = started + ((done + 1) / CHANGES) * MINUTES * 60_000;
    await sleep(Math.max(0, dueMs - performance.now()));
    if ((done + 1) % (CHANGES / 50) > 0) continue;
    await eventually('a route for each peer', async () => {
      const { routes } = await sample(cluster, overlayd, 0);
      return routes === peers.there.size;
    });
    samples.push(await sample(cluster, overlayd, (performance.now() - started) / 60_000));
  }
  return samples;
}

test(
  `I1 I2 I14 F12 10,000 lease changes in ${MINUTES} minutes leave memory, files and etcd leases as they were`,
  async () => {
    cluster = await openRig({ name: NAME, hosts: 1 }, NETWORK);
    const history = await recordHistory(cluster.etcd, PREFIX);
    await startAll(cluster, ['--ip-forward=on']);
    const granted = await cluster.etcd.etcdctl(['lease', 'grant', '86400']);
    const samples = await churn(new Peers(/lease ([0-9a-f]+) granted/.exec(granted)?.[1] ?? ''));
    // In the first third the peers come, and V8 finds its size.
    const third = Math.ceil(samples.length / 3);
    const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
    const memory = [middle, last].map((part) => median(part.map((one) => one.memory)));
    const files = samples.map((one) => one.files);
    const etcdLeases = [...new Set(samples.map((one) => one.etcdLeases))];
    const { events, violations } = await history.stop();
    await record('churn', {
      minutes: MINUTES,
      changes: CHANGES,
      memory,
      files: [Math.min(...files), Math.max(...files)],
      etcdLeases,
      samples,
    });
    expect(memory[1]! - memory[0]!).toBeLessThan(10);
    expect(Math.max(...files) - Math.min(...files)).toBeLessThanOrEqual(5);
    expect(etcdLeases).toEqual([2]);
    expect([events.length > CHANGES, violations]).toEqual([true, []]);
  },
  (MINUTES + 10) * 60_000,
);
