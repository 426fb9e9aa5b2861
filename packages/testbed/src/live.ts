import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Flow } from './flows.js';
import type { Host } from './host.js';
import type { Overlayd } from './overlayd.js';
import type { Pod } from './pod.js';

/** One host of a cluster whose backends are changed while packets flow. */
export interface LiveHost {
  readonly host: Host;
  readonly overlayd: Overlayd;
  readonly pod: Pod;
}

/** Puts a pod on a host, in the subnet that its overlayd leased. */
export async function liveHost(host: Host, overlayd: Overlayd, mtu: number): Promise<LiveHost> {
  const { stdout } = await host.exec(['sh', '-c', `. ${overlayd.subnetFile}; echo $FLANNEL_SUBNET`]);
  const subnet = stdout.trim();
  const gateway = subnet.split('/')[0] ?? '';
  const address = subnet.replace(/\.1\/(\d+)$/, '.10/$1');
  const pod = await host.createPod({ number: 1, addresses: [address], gateways: [gateway], mtu });
  return { host, overlayd, pod };
}

/** From every pod to every other one. */
export function allFlows(hosts: readonly LiveHost[]): readonly Flow[] {
  return hosts.flatMap((from) =>
    hosts.flatMap((to) => (from === to ? [] : [{ from: from.pod, to: to.pod.address }])),
  );
}

/** Devices that a host's packets to its peers leave by. */
async function devicesOf({ host }: LiveHost): Promise<ReadonlySet<string>> {
  const { stdout } = await host.exec(['ip', 'route', 'show', 'proto', '76']);
  return new Set([...stdout.matchAll(/ dev (\S+)/g)].map(([, device = '']) => device));
}

/**
 * Waits until every host sends to all its peers by this device. The old backend may still be there.
 * @throws Error with the devices each host sends by when that takes longer
 */
export async function waitUntilSending(
  hosts: readonly LiveHost[],
  device: string,
  timeoutMs: number,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const devices = await Promise.all(hosts.map(devicesOf));
    if (devices.every((used) => used.size === 1 && used.has(device))) return;
    if (performance.now() > end) {
      const said = devices.map((used, index) => `${hosts[index]?.host.name ?? ''}: ${[...used].join(', ')}`);
      throw new Error(`not every host sends by ${device} within ${timeoutMs} ms: ${said.join('; ')}`);
    }
    await sleep(100);
  }
}

/** What a host keeps of the backends it runs, so that asking costs it nothing. */
function runningOf({ overlayd }: LiveHost): unknown {
  const text = readFileSync(join(overlayd.stateDirectory, 'backends.json'), 'utf8');
  const { backends } = JSON.parse(text) as { readonly backends: readonly { readonly options: unknown }[] };
  return backends.map(({ options }) => options);
}

/**
 * Waits until every host runs the backend with these options (`Type` in lower case) and no other: it goes on to be there when the last
 * peer has moved.
 * @throws Error with what each host runs when that takes longer
 */
export async function waitUntilMoved(
  hosts: readonly LiveHost[],
  backend: object,
  timeoutMs: number,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const running = hosts.map(runningOf);
    if (running.every((one) => isDeepStrictEqual(one, [backend]))) return;
    if (performance.now() > end)
      throw new Error(
        `not every host runs only ${JSON.stringify(backend)} within ${timeoutMs} ms: ${JSON.stringify(running)}`,
      );
    await sleep(100);
  }
}
