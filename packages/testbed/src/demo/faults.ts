import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { OverlayError } from '@overlay/cidr';
import type { Cluster } from '../cluster.js';

/** One kind of damage on h1, and how to see that it is repaired: the observed text is as before. */
export interface Fault {
  /** False where the backend has no such thing. */
  readonly vxlanOnly: boolean;
  readonly inflict: (cluster: Cluster) => readonly string[];
  readonly observe: (cluster: Cluster) => readonly string[];
}

const DEVICE = 'flannel.1';
const REPAIR_TIMEOUT_MS = 30_000;
const OUR_RULES = ['sh', '-c', 'iptables-save | grep -i overlay'] as const;

/** What `demo break` knows. */
export const FAULTS: Readonly<Record<'route' | 'neighbour' | 'device' | 'firewall', Fault>> = {
  route: {
    vxlanOnly: false,
    inflict: (cluster) => ['ip', 'route', 'del', peerSubnet(cluster)],
    observe: (cluster) => ['ip', 'route', 'show', peerSubnet(cluster)],
  },
  neighbour: {
    vxlanOnly: true,
    inflict: () => ['ip', 'neigh', 'flush', 'dev', DEVICE, 'nud', 'permanent'],
    observe: () => ['ip', 'neigh', 'show', 'dev', DEVICE],
  },
  device: {
    vxlanOnly: true,
    inflict: () => ['ip', 'link', 'del', DEVICE],
    observe: () => ['ip', '-br', 'link', 'show', DEVICE],
  },
  firewall: {
    vxlanOnly: false,
    inflict: () => ['sh', '-c', 'iptables-save | grep -vi overlay | iptables-restore'],
    observe: () => OUR_RULES,
  },
};

/** What happened: the command, milliseconds until the state was as before, and that state. */
interface Repair {
  readonly typed: string;
  readonly repairedMs: number;
  readonly state: string;
}

/** Does the damage and waits for the repair. @throws OverlayError OVL_DEMO_FAILED when there is none in 30 s. */
export async function inflict(cluster: Cluster, fault: Fault): Promise<Repair> {
  const host = cluster.host(1);
  const observe = async (): Promise<string> => normalise((await host.tryExec(fault.observe(cluster))).stdout);
  const before = await observe();
  const command = fault.inflict(cluster);
  await host.exec(command);
  const started = performance.now();
  for (;;) {
    const state = await observe();
    const elapsed = Math.round(performance.now() - started);
    if (state === before) return { typed: shown(command), repairedMs: elapsed, state };
    if (elapsed > REPAIR_TIMEOUT_MS)
      throw new OverlayError(
        'OVL_DEMO_FAILED',
        `\`${shown(command)}\` was not repaired in ${REPAIR_TIMEOUT_MS} ms. Look at \`overlayctl demo exec h1 -- overlayctl status\``,
      );
    await sleep(2);
  }
}

function shown(command: readonly string[]): string {
  return command[0] === 'sh' ? (command[2] ?? '') : command.join(' ');
}

/** Without what counts or is numbered anew, in one order: rule counters, interface numbers. */
function normalise(text: string): string {
  const lines = text.split('\n').map((line) =>
    line
      .replace(/\[\d+:\d+\]/, '')
      .replace(/@\S+/, '')
      .trimEnd(),
  );
  return lines
    .filter((line) => line !== '')
    .sort()
    .join('\n');
}

/** The subnet of h2, from the file its overlayd wrote: `10.77.4.1/24` there is `10.77.4.0/24` here. */
function peerSubnet(cluster: Cluster): string {
  const text = readFileSync(cluster.host(2).overlayd().subnetFile, 'utf8');
  const found = /^FLANNEL_SUBNET=(\S+)\.\d+\/(\d+)$/m.exec(text);
  if (found === null)
    throw new OverlayError('OVL_DEMO_FAILED', 'h2 has no lease yet. Wait for it and try again');
  return `${found[1] ?? ''}.0/${found[2] ?? ''}`;
}
