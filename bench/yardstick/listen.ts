import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '@overlay/testbed';
import { peerObjects } from '../rig';
import type { Yardsticks } from './compile';

/** When the peers' entries came, in milliseconds of {@link monotonicMs}. */
export interface Entries {
  /** Undefined without the listener in C. */
  readonly first: number | undefined;
  readonly last: number;
}

const TIMEOUT_MS = 90_000;
const ROUTE_PROTOCOL = '76';

/** CLOCK_MONOTONIC, as C programs on this machine see it. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Listens in a host's namespace, from the moment this resolves, for the entries of `count` peers. */
export async function listen(
  host: Host,
  count: number,
  yardsticks: Yardsticks | undefined,
): Promise<{ readonly entries: Promise<Entries> }> {
  if (yardsticks === undefined) return { entries: poll(host, count) };
  const argv = [`--net=/run/netns/${host.namespace}`, '--', yardsticks.listen, String(count), ROUTE_PROTOCOL];
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'], timeout: TIMEOUT_MS });
  const lines = createInterface(child.stdout);
  await once(lines, 'line');
  return { entries: Promise.race([lastLine(lines), failure(child, count)]) };
}

async function lastLine(lines: ReturnType<typeof createInterface>): Promise<Entries> {
  const [line] = (await once(lines, 'line')) as [string];
  const [first = NaN, last = NaN] = line.split(' ').map((nanoseconds) => Number(nanoseconds) / 1e6);
  return { first, last };
}

async function failure(child: ReturnType<typeof spawn>, count: number): Promise<never> {
  const [code] = (await once(child, 'close')) as [number | null];
  // After the line of a listener that succeeded, this comes too late to matter.
  throw new Error(`the entries of ${count} peers did not come (listener: ${code ?? 'killed after 90 s'})`);
}

/** Without a C compiler: looks every 50 ms. */
async function poll(host: Host, count: number): Promise<Entries> {
  const end = monotonicMs() + TIMEOUT_MS;
  while (monotonicMs() < end) {
    const objects = await peerObjects(host).catch(() => [0]);
    if (objects.every((found) => found === count)) return { first: undefined, last: monotonicMs() };
    await sleep(50);
  }
  throw new Error(`the entries of ${count} peers did not come within ${TIMEOUT_MS} ms`);
}
