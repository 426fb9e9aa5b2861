import { join } from 'node:path';
import { Daemon, type Host, run, tryRun } from '@overlay/testbed';

/** A namespace behind a host, like a container: it reaches the others only through the host's routes. */
export interface Endpoint {
  readonly namespace: string;
  readonly address: string;
}

/** Generous: programs start slowly in an emulated machine. */
const LISTENING_MS = 60_000;
const FINISHING_MS = 30_000;

const nameOf = (hostNamespace: string): string => `${hostNamespace}-e`;

const inside = (namespace: string, argv: readonly string[]): string[] => [
  'nsenter',
  `--net=/run/netns/${namespace}`,
  '--',
  ...argv,
];

/** Makes the endpoint `<subnet>.2` behind `<subnet>.1` of the host; `subnet` is a /24 without its last number: `10.5.1`. */
export async function addEndpoint(host: Host, subnet: string, mtu: number): Promise<Endpoint> {
  const namespace = nameOf(host.namespace);
  await removeEndpoint(host.namespace);
  await run(['ip', 'netns', 'add', namespace]);
  await batch(host.namespace, [
    `link add e0 mtu ${mtu} type veth peer name eth0 mtu ${mtu} netns ${namespace}`,
    'link set e0 up',
    `addr add ${subnet}.1/24 dev e0`,
  ]);
  await batch(namespace, [
    'link set lo up',
    'link set eth0 up',
    `addr add ${subnet}.2/24 dev eth0`,
    `route add default via ${subnet}.1`,
  ]);
  return { namespace, address: `${subnet}.2` };
}

async function batch(namespace: string, lines: readonly string[]): Promise<void> {
  await run(['ip', '-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/** Ends what runs in the endpoint of a host and removes it, if there is one. */
export async function removeEndpoint(hostNamespace: string): Promise<void> {
  const namespace = nameOf(hostNamespace);
  const { stdout } = await tryRun(['ip', 'netns', 'pids', namespace]);
  for (const pid of stdout.split('\n').filter(Boolean)) await tryRun(['kill', '-9', pid]);
  await tryRun(['ip', 'netns', 'delete', namespace]);
}

/** Starts iperf3 in an endpoint, to be ended with {@link removeEndpoint}. */
export async function serveIperf(host: Host, { namespace }: Endpoint): Promise<void> {
  const server = new Daemon({
    title: `iperf3 in ${namespace}`,
    argv: inside(namespace, ['iperf3', '-s']),
    logFile: join(host.context.directory, 'iperf3.log'),
  });
  const listening = ['sh', '-c', 'ss -Hltn sport = :5201 | grep -q .'];
  await server.waitUntil(async () => (await tryRun(inside(namespace, listening))).code === 0, LISTENING_MS);
}

/** Gbit/s the server received over one TCP stream, without its first `omit` seconds. */
export async function throughput(
  client: Endpoint,
  server: Endpoint,
  seconds: number,
  omit = 0,
): Promise<number> {
  const argv = ['iperf3', '-c', server.address, '-t', String(seconds), '-O', String(omit), '-J'];
  const timeoutMs = (omit + seconds) * 1000 + FINISHING_MS;
  const { stdout } = await run(inside(client.namespace, argv), { timeoutMs });
  const report = JSON.parse(stdout) as { end: { sum_received: { bits_per_second: number } } };
  return report.end.sum_received.bits_per_second / 1e9;
}

/** Microseconds of each round trip. */
export async function roundTrips(client: Endpoint, server: Endpoint, count: number): Promise<number[]> {
  const argv = ['ping', '-n', '-c', String(count), '-i', '0.01', '-W', '5', server.address];
  const { stdout } = await run(inside(client.namespace, argv), { timeoutMs: count * 100 + FINISHING_MS });
  return [...stdout.matchAll(/ time=([\d.]+) ms/g)].map(([, ms]) => 1000 * Number(ms));
}
