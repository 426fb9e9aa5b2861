import type { ControlHandlers, LeasesReply } from '@overlay/api';
import { formatPrefix } from '@overlay/cidr';
import type { Daemon } from '../daemon.js';
import { doctor } from './doctor.js';
import { explain } from './explain.js';
import { leasesReply } from './peers.js';
import { planReply } from './plan-text.js';
import { counterValue, statusReply } from './status.js';

const WATCH_MS = 200;

/** Changes whenever a row of the list may have changed, and costs nothing to build. */
function leasesVersion({ book, kernelLane, keeper }: Daemon): string {
  return `${book.highestRevision} ${kernelLane.passes} ${keeper.status.lease?.name ?? ''} ${keeper.draining.size}`;
}

/** All leases now, and again after each change. */
async function* watchLeases(daemon: Daemon, signal: AbortSignal): AsyncGenerator<LeasesReply> {
  let seen = { version: '', text: '' };
  while (!signal.aborted) {
    const version = leasesVersion(daemon);
    if (version !== seen.version) {
      const reply = leasesReply(daemon);
      const text = JSON.stringify(reply.leases);
      if (text !== seen.text) yield reply;
      seen = { version, text };
    }
    await daemon.adapters.clock.sleep(WATCH_MS, signal);
  }
}

async function renumber(daemon: Daemon): ReturnType<ControlHandlers['renumber']> {
  const before = daemon.keeper.status.lease;
  await daemon.renumbering.order();
  const now = daemon.keeper.status.lease;
  return {
    previous: before === undefined ? '' : formatPrefix(before.subnet),
    subnet: now === undefined ? '' : formatPrefix(now.subnet),
    ipv6Subnet: now?.ipv6Subnet === undefined ? '' : formatPrefix(now.ipv6Subnet),
  };
}

async function resync(daemon: Daemon): ReturnType<ControlHandlers['resync']> {
  const { changes } = daemon.adapters.metrics;
  const before = await counterValue(changes);
  daemon.book.releaseHold();
  daemon.kernelLane.verifyNow();
  // Not waited for: Docker may hang.
  daemon.dockerLane?.lane.mark();
  await Promise.all([daemon.kernelLane.lane.flush(), daemon.firewallLane.lane.flush()]);
  return { changes: (await counterValue(changes)) - before };
}

/** What the control socket offers, on the running daemon. */
export function controlHandlers(daemon: Daemon): ControlHandlers {
  return {
    status: () => statusReply(daemon),
    leases: () => Promise.resolve(leasesReply(daemon)),
    watchLeases: (_, signal) => watchLeases(daemon, signal),
    explain: ({ address }) => explain(daemon, address),
    doctor: ({ probe }, signal) => doctor(daemon, probe, signal),
    plan: () => planReply(daemon),
    renumber: () => renumber(daemon),
    resync: () => resync(daemon),
  };
}
