import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatPrefix } from '@overlay/cidr';
import { formatLeaseName, type LeaseStore, type RawLease } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import { peerAttributes, peerSubnets, PREFIX } from '../leases';

/** Milliseconds from just before each put. */
export interface ChangeTimes {
  /** Until the route was in the kernel. */
  readonly kernel: readonly number[];
  /** Until a bare etcd watcher had the event. */
  readonly watch: readonly number[];
}

const TIMEOUT_MS = 10_000;

/** Things that are waited for by name, and when they came. */
class Arrivals {
  private readonly waiting = new Map<string, (at: number) => void>();

  came(name: string): void {
    this.waiting.get(name)?.(performance.now());
    this.waiting.delete(name);
  }

  async wait(name: string): Promise<number> {
    const late = new AbortController();
    const timeout = sleep(TIMEOUT_MS, undefined, { signal: late.signal }).then(() => {
      throw new Error(`${name} did not come within ${TIMEOUT_MS} ms`);
    });
    const arrival = new Promise<number>((resolve) => this.waiting.set(name, resolve));
    try {
      return await Promise.race([arrival, timeout]);
    } finally {
      late.abort();
      timeout.catch(() => undefined);
    }
  }
}

/** Every route that appears in this network namespace, by its prefix. */
async function watchRoutes(arrivals: Arrivals): Promise<ChildProcess> {
  const monitor = spawn('ip', ['-o', 'monitor', 'route'], { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface(monitor.stdout).on('line', (line) => arrivals.came(line.split(' ', 1)[0] ?? ''));
  // It says nothing when it is there.
  await sleep(200);
  return monitor;
}

function watchLeases(store: LeaseStore, arrivals: Arrivals): Promise<void> {
  return new Promise((listed) => {
    store.follow({
      snapshot: () => listed(),
      events: (events) => {
        for (const event of events) if (event.type === 'put') arrivals.came(event.lease.name);
      },
      config: () => undefined,
      state: () => undefined,
    });
  });
}

/** Puts peers `from` to `from + count - 1` one after the other, with pauses that hit every phase of the daemon's own work. */
async function measure(
  store: LeaseStore,
  arrivals: Arrivals,
  peers: readonly number[],
): Promise<ChangeTimes> {
  const kernel: number[] = [];
  const watch: number[] = [];
  const etcdLease = await store.grant(3600);
  let listedAt = (await store.list()).revision;
  for (const index of peers) {
    const subnets = peerSubnets(index);
    const started = performance.now();
    const route = arrivals.wait(formatPrefix(subnets.subnet));
    const event = arrivals.wait(formatLeaseName(subnets));
    const put = store.create(subnets, peerAttributes(index), { listedAt, etcdLease });
    const [routeAt, eventAt, result] = await Promise.all([route, event, put]);
    if (!result.ok) throw new Error(`the put of peer ${index} failed: ${result.reason}`);
    listedAt = (result.lease satisfies RawLease).modRevision;
    kernel.push(routeAt - started);
    watch.push(eventAt - started);
    await sleep(30 + ((index * 37) % 71));
  }
  return { kernel, watch };
}

/** Runs in a host's network namespace, beside its overlayd. Prints {@link ChangeTimes} as JSON. */
export async function runChangeWorker([
  endpoint = '',
  from = '',
  count = '',
]: readonly string[]): Promise<void> {
  const open = (): LeaseStore => openLeaseStore({ endpoints: [endpoint], prefix: PREFIX });
  const [writer, watcher] = [open(), open()];
  const arrivals = new Arrivals();
  const monitor = await watchRoutes(arrivals);
  try {
    await watchLeases(watcher, arrivals);
    const peers = Array.from({ length: Number(count) }, (_, index) => Number(from) + index);
    process.stdout.write(JSON.stringify(await measure(writer, arrivals, peers)));
  } finally {
    monitor.kill();
    await Promise.all([writer.close(), watcher.close()]);
  }
}
