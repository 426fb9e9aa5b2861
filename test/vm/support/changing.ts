import assert from 'node:assert/strict';
import {
  allFlows,
  lossTimes,
  runFlows,
  waitUntilSending,
  type Capture,
  type FlowResult,
  type LiveHost,
} from '@overlay/testbed';
import { openLive, putConfig, type LiveCluster } from './cluster.js';
import { dropsAround, noteDrops } from './drops.js';
import { LateError } from './late.js';

interface Way {
  readonly backend: object;
  /** That packets to peers leave by. */
  readonly device: string;
  /** What the packets between the hosts are, for tcpdump; those of host-gw are the pods' own, in clear. */
  readonly filter: string;
  /** Bytes of an inner packet that fills the underlay's 1500. */
  readonly mtu: number;
}

export const WAYS: Readonly<Record<string, Way>> = {
  'host-gw': { backend: { Type: 'host-gw' }, device: 'eth0', filter: 'net 10.5.0.0/16', mtu: 1500 },
  vxlan: { backend: { Type: 'vxlan' }, device: 'flannel.1', filter: 'udp port 8472', mtu: 1450 },
  gre: { backend: { Type: 'gre' }, device: 'overlay.gre', filter: 'ip proto 47', mtu: 1476 },
  ipip: { backend: { Type: 'ipip' }, device: 'flannel.ipip', filter: 'ip proto 4', mtu: 1480 },
  udp: { backend: { Type: 'udp' }, device: 'overlay.udp', filter: 'udp port 8285', mtu: 1472 },
  wireguard: { backend: { Type: 'wireguard' }, device: 'flannel-wg', filter: 'udp port 51820', mtu: 1420 },
};

/** News take seconds in here; changes do not wait for it. */
export const LINGER = 60;
const MOVE_MS = 90_000;
/**
 * On each of six flows, a second; the first that an unchanged network carries here without loss is taken. More than the first one takes
 * the emulated processors away from etcd and the daemons.
 */
const RATES = [20, 10];

/** Of the daemons' logs around a loss. */
const AROUND_MS = 2000;
/** In a line of a log, which is JSON where it goes to no terminal. */
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/;

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

export function wayOf(way: string): Way {
  const known = WAYS[way];
  assert.ok(known);
  return known;
}

export const lost = (results: readonly { readonly lost: number }[]): number =>
  results.reduce((sum, result) => sum + result.lost, 0);
const sent = (results: readonly { readonly sent: number }[]): number =>
  results.reduce((sum, result) => sum + result.sent, 0);

/** A cluster whose backend is changed while packets flow. */
export class Changing {
  rate = 0;

  private constructor(
    readonly live: LiveCluster,
    public at: string,
  ) {}

  static async open(name: string, way: string): Promise<Changing> {
    noteDrops();
    const config = { Network: '10.5.0.0/16', Backend: wayOf(way).backend };
    return new Changing(await openLive(name, config, [`--backend-linger=${LINGER}`]), way);
  }

  get hosts(): readonly LiveHost[] {
    return this.live.hosts;
  }

  /** Finds the highest rate that the network carries as it is, for so long. */
  async calibrate(seconds: number): Promise<void> {
    for (const candidate of RATES) {
      const options = { rate: candidate, seconds };
      const results = await runFlows(allFlows(this.hosts), options, () => Promise.resolve());
      say(`${candidate * 6} packets a second: ${lost(results)} of ${sent(results)} lost`);
      if (lost(results) > 0) continue;
      this.rate = candidate;
      return;
    }
  }

  async changeTo(way: string): Promise<void> {
    const { backend, device } = wayOf(way);
    await putConfig(this.live.cluster, { Network: '10.5.0.0/16', Backend: backend });
    await waitUntilSending(this.hosts, device, MOVE_MS).catch((cause: unknown) => {
      for (const { overlayd } of this.hosts) say(overlayd.log().slice(-2000));
      if (this.hosts.every(({ overlayd }) => overlayd.running)) throw new LateError(String(cause), { cause });
      throw cause;
    });
    this.at = way;
  }

  /** When packets were lost, what the kernel dropped and what the daemons did then. */
  explain(results: readonly FlowResult[]): void {
    for (const time of lossTimes(results)) say(`lost ${time}`);
    const times = results.flatMap(({ lostAt }) => lostAt);
    if (times.length === 0) return;
    for (const drop of dropsAround(times, AROUND_MS)) say(`dropped ${drop}`);
    for (const { host, overlayd } of this.hosts)
      for (const line of overlayd.log().split('\n')) {
        const at = Date.parse(TIME.exec(line)?.[0] ?? '');
        if (times.some((ms) => Math.abs(ms - at) < AROUND_MS)) say(`${host.name}: ${line.slice(0, 300)}`);
      }
  }

  /** One change under traffic: a line for the table. */
  async underTraffic(way: string): Promise<string> {
    const from = this.at;
    const results = await runFlows(allFlows(this.hosts), { rate: this.rate }, () => this.changeTo(way));
    this.explain(results);
    const line = `${from.padEnd(10)} -> ${way.padEnd(10)} ${sent(results)} sent, ${lost(results)} lost`;
    say(line);
    return line;
  }
}

/**
 * What a capture between the hosts has to show of a way that carried packets of the pods: at least so many of its own, and not one that
 * went by any other way, in clear above all (but with host-gw, whose own are clear).
 */
export async function assertOnly(way: string, seen: Capture, atLeast: number): Promise<void> {
  const own = await seen.count(wayOf(way).filter);
  assert.ok(own >= atLeast, `${own} packets of ${way} on the wire, which carried ${atLeast} at least`);
  for (const [other, { filter }] of Object.entries(WAYS))
    if (other !== way)
      assert.equal(await seen.count(filter), 0, `packets of ${other} on the wire when ${way} carries`);
}

/** Lines of a table that tell of losses. */
export const losses = (table: readonly string[]): readonly string[] =>
  table.filter((line) => !line.endsWith(', 0 lost'));
