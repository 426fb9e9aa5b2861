import type { StatusReply } from '@overlay/api';
import type { Daemon } from '../daemon.js';
import type { Running } from '../plan/running.js';

type BackendRow = StatusReply['backends'][number];

/** Names of leases that a row lists at most. */
const NAMES = 20;

function countWays(daemon: Daemon): ReadonlyMap<string, number> {
  const ways = new Map<string, number>();
  for (const peer of daemon.kernelLane.state.peers.values())
    if (peer.state === 'used') ways.set(peer.way, (ways.get(peer.way) ?? 0) + 1);
  return ways;
}

function row(daemon: Daemon, one: Running, ways: ReadonlyMap<string, number>): BackendRow {
  const { backend, role } = one;
  const needed = role === 'wanted' ? [] : daemon.backends.neededBy(backend, daemon.book.used());
  const more = needed.length > NAMES ? `and ${needed.length - NAMES} more` : '';
  return {
    id: backend.id,
    type: backend.type,
    role,
    announced: daemon.backends.announced().some(({ id }) => id === backend.id),
    peers: ways.get(backend.id) ?? 0,
    neededBy: needed.slice(0, NAMES),
    detail: more,
  };
}

/** The backends of this host, those that wait to run last. */
export function backendRows(daemon: Daemon): BackendRow[] {
  const ways = countWays(daemon);
  const waiting = daemon.backends.waiting.map(({ type, reason }) => ({
    id: '',
    type,
    role: 'waiting',
    announced: false,
    peers: 0,
    neededBy: [],
    detail: reason,
  }));
  return [...daemon.backends.running.map((one) => row(daemon, one, ways)), ...waiting];
}
