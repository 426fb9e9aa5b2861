import { isDeepStrictEqual } from 'node:util';
import type { Cluster, Host, Pod } from '@overlay/testbed';
import { serveIperf } from '../endpoint';

/** A pod on each of two hosts; the second one serves iperf3. */
export interface Pair {
  readonly hosts: readonly [Host, Host];
  readonly pods: readonly [Pod, Pod];
}

export async function pairOf(cluster: Cluster, pods: readonly [Pod, Pod]): Promise<Pair> {
  await serveIperf(cluster.host(2), pods[1]);
  return { hosts: [cluster.host(1), cluster.host(2)], pods };
}

/** Gives both ends of both pods' cables this MTU, as Docker does with its network's. */
export async function setPodMtu({ hosts, pods }: Pair, mtu: number): Promise<void> {
  for (const [index, pod] of pods.entries()) {
    await hosts[index]?.exec(['ip', 'link', 'set', 'pod1', 'mtu', String(mtu)]);
    await pod.exec(['ip', 'link', 'set', 'eth0', 'mtu', String(mtu)]);
  }
}

/** What of a device decides how fast it is. */
interface DeviceTraits {
  readonly kind: string;
  readonly mtu: number;
  readonly data: Readonly<Record<string, unknown>>;
}

interface LinkJson {
  readonly mtu: number;
  readonly linkinfo: { readonly info_kind: string; readonly info_data?: Readonly<Record<string, unknown>> };
}

/** Whom a device belongs to, and how it is tied: not how it carries packets. */
const PRIVATE = ['local', 'link'];

/** The device by which the first host reaches the second pod. */
async function deviceOf({ hosts, pods }: Pair): Promise<DeviceTraits> {
  const ask = async (argv: readonly string[]): Promise<unknown> =>
    JSON.parse((await hosts[0].exec(['ip', '-j', '-d', ...argv])).stdout);
  const [route] = (await ask(['route', 'get', pods[1].address])) as [{ readonly dev: string }];
  const [{ mtu, linkinfo }] = (await ask(['link', 'show', 'dev', route.dev])) as [LinkJson];
  const data = Object.entries(linkinfo.info_data ?? {}).filter(([name]) => !PRIVATE.includes(name));
  return { kind: linkinfo.info_kind, mtu, data: Object.fromEntries(data) };
}

/** @throws Error when two pairs are not connected by devices of the same kind and settings: their ratio would mean nothing. */
export async function requireAlike(hand: Pair, ours: Pair): Promise<void> {
  const [one, two] = [await deviceOf(hand), await deviceOf(ours)];
  if (isDeepStrictEqual(one, two)) return;
  throw new Error(
    `the device made by hand is another one: ${JSON.stringify(one)}, and by overlayd ${JSON.stringify(two)}`,
  );
}
