import { setTimeout as sleep } from 'node:timers/promises';
import type { Host, Overlayd } from '@overlay/testbed';
import { FLAGS, requirePeers } from '../rig';
import type { Yardsticks } from '../yardstick/compile';
import { listen, monotonicMs } from '../yardstick/listen';
import { readMemory, type Memory } from './memory';

/** One start of overlayd on an empty kernel, and one on the kernel it left. Milliseconds. */
export interface ColdStart {
  /** From before the process started until its last route, neighbour or FDB entry was there; until ready where there is no peer. */
  readonly programmed: number;
  /** From the first of them to the last; undefined without the listener. */
  readonly kernelWork: number | undefined;
  readonly memory: Memory;
  /** From before the second process started until it was ready. */
  readonly restart: number;
  /** Kernel changes the second one made. */
  readonly restartChanges: number;
}

const IDLE_MS = 2000;
const TIMEOUT_MS = 90_000;

/** Measures with `count` leases already in etcd; leaves the kernel of the host empty. */
export async function coldStart(
  host: Host,
  count: number,
  yardsticks: Yardsticks | undefined,
): Promise<ColdStart> {
  const overlayd = host.overlayd();
  const listening = count === 0 ? undefined : await listen(host, count, yardsticks);
  const started = monotonicMs();
  const ready = start(overlayd);
  const seen = listening === undefined ? { first: undefined, last: await ready } : await listening.entries;
  await ready;
  await sleep(IDLE_MS);
  const memory = readMemory(overlayd.process.pid);
  await requirePeers(host, count);
  await overlayd.stop();
  const again = monotonicMs();
  const restart = (await start(overlayd)) - again;
  await sleep(200);
  const restartChanges = await kernelChanges(overlayd);
  await overlayd.stop();
  await host.exec(['ip', 'link', 'delete', 'flannel.1']);
  const kernelWork = seen.first === undefined ? undefined : seen.last - seen.first;
  return { programmed: seen.last - started, kernelWork, memory, restart, restartChanges };
}

/** Starts it; gives when it had logged that it is ready, to 4 ms. */
async function start(overlayd: Overlayd): Promise<number> {
  const times = (): number => overlayd.log().split('"message":"ready"').length;
  const before = times();
  overlayd.start(FLAGS);
  await overlayd.process.waitUntil(() => Promise.resolve(times() > before), TIMEOUT_MS, 4);
  return monotonicMs();
}

async function kernelChanges(overlayd: Overlayd): Promise<number> {
  const { stdout } = await overlayd.health('metrics');
  const value = /^overlayd_kernel_changes_total (\d+)$/m.exec(stdout)?.[1];
  if (value === undefined) throw new Error('overlayd does not show overlayd_kernel_changes_total');
  return Number(value);
}
