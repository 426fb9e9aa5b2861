import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { OverlayError } from '@overlay/cidr';
import { run, tryRun } from './command.js';
import {
  type HostPlace,
  OUTSIDE_ADDRESS,
  OUTSIDE_ADDRESS6,
  SWITCH_ADDRESS6,
  switchAddress,
  switchNamespace,
  type Topology,
} from './topology.js';

const NETNS_DIRECTORY = '/run/netns';

/** The file that stands for a network namespace. */
export function namespaceFile(namespace: string): string {
  return `${NETNS_DIRECTORY}/${namespace}`;
}

/** `nsenter` and not `ip netns exec`: that one mounts a new /sys, which hides the cgroups. */
export function inNamespace(namespace: string, argv: readonly string[]): string[] {
  return ['nsenter', `--net=${namespaceFile(namespace)}`, '--', ...argv];
}

/** Makes the switch: a bridge with etcd's address, and the outside address on its loopback. */
export async function createSwitch(topology: Topology): Promise<void> {
  const namespace = switchNamespace(topology.name);
  await run(['ip', 'netns', 'add', namespace]);
  await batch(namespace, [
    'link set lo up',
    `link add br0 mtu ${topology.mtu} type bridge`,
    'link set br0 up',
    `addr add ${switchAddress(topology.name)}/24 dev br0`,
    `addr add ${OUTSIDE_ADDRESS}/32 dev lo`,
    ...(topology.ipv6
      ? [`addr add ${SWITCH_ADDRESS6}/64 dev br0 nodad`, `addr add ${OUTSIDE_ADDRESS6}/128 dev lo nodad`]
      : []),
  ]);
}

/** Makes one host: a namespace with `eth0` plugged into the switch, and a default route to it. */
export async function createHostNamespace(topology: Topology, place: HostPlace): Promise<void> {
  await run(['ip', 'netns', 'add', place.namespace]);
  const { mtu, name } = topology;
  await batch(switchNamespace(name), [
    `link add ${place.port} mtu ${mtu} type veth peer name eth0 mtu ${mtu} netns ${place.namespace}`,
    `link set ${place.port} master br0 up`,
  ]);
  await batch(place.namespace, [
    'link set lo up',
    'link set eth0 up',
    `addr add ${place.address}/24 dev eth0`,
    `route add default via ${switchAddress(name)}`,
    ...(place.address6 === undefined
      ? []
      : [`addr add ${place.address6}/64 dev eth0 nodad`, `route add default via ${SWITCH_ADDRESS6}`]),
  ]);
}

/** The namespaces of a rig, by name; those of pods (`NAME-h1p1`) too. */
export function listNamespaces(name: string): string[] {
  let names: string[];
  try {
    names = readdirSync(NETNS_DIRECTORY);
  } catch {
    return [];
  }
  const ours = new RegExp(`^${name}-(sw|h[0-9]+(p[0-9]+)?)$`);
  return names.filter((candidate) => ours.test(candidate)).sort();
}

/**
 * Ends every process in a namespace, then removes it. A process is ours because it runs in our namespace: nothing has to be
 * remembered, so a rig whose maker was killed can be swept too.
 * @throws OverlayError OVL_TESTBED_SWEEP when processes are still there after ten seconds.
 */
export async function removeNamespace(namespace: string): Promise<void> {
  const end = performance.now() + 10_000;
  for (let pids = await processesIn(namespace); pids.length > 0; pids = await processesIn(namespace)) {
    pids.forEach(killQuietly);
    if (performance.now() > end)
      throw new OverlayError(
        'OVL_TESTBED_SWEEP',
        `Processes ${pids.join(', ')} in ${namespace} do not end. Look at them with ps, then sweep again`,
      );
    await sleep(20);
  }
  await tryRun(['ip', 'netns', 'delete', namespace]);
}

async function processesIn(namespace: string): Promise<number[]> {
  const { stdout } = await tryRun(['ip', 'netns', 'pids', namespace]);
  return stdout.split('\n').filter(Boolean).map(Number);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile, which is what we want.
  }
}

export async function batch(namespace: string, lines: readonly string[]): Promise<void> {
  await run(['ip', '-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}
