import { OverlayError } from '@overlay/cidr';
import type { LeaseStore } from '@overlay/lease';
import type { Context } from '../context.js';
import { withProgress } from '../output/progress.js';
import { viewOfReply, type LeaseEntry, type LeaseView } from './entry.js';
import { configOrNone, viewOfSnapshot } from './from-etcd.js';

/** The daemon is there but not for us; the leases in etcd are. */
const NO_DAEMON = new Set(['OVL_DAEMON_UNREACHABLE', 'OVL_DAEMON_DENIED']);

/** Whether to ask the daemon for leases: its socket is there, and no flag names another etcd. */
export async function asksDaemon(context: Context): Promise<boolean> {
  return !context.settings.etcdAsked && (await context.hasDaemon());
}

/** All leases, as the daemon of this host sees them, or straight from etcd where none answers. */
export async function readLeases(context: Context): Promise<LeaseView> {
  const work = readView(context);
  return withProgress(context.io, 'reading the leases', work);
}

async function readView(context: Context): Promise<LeaseView> {
  if (await asksDaemon(context)) {
    try {
      return viewOfReply(await (await context.daemon()).leases({}));
    } catch (error) {
      if (!(error instanceof OverlayError && NO_DAEMON.has(error.code))) throw error;
    }
  }
  return readFromEtcd(await context.store());
}

async function readFromEtcd(store: LeaseStore): Promise<LeaseView> {
  const [snapshot, config] = await Promise.all([store.list(), store.config()]);
  return viewOfSnapshot(snapshot, configOrNone(config?.text));
}

/** One call of etcd per lease, so not for more than this, not more than some at once, and not for long. */
const MOST_EXPIRIES = 500;
const AT_ONCE = 16;
const EXPIRIES_MS = 2_000;

/** The leases with their remaining time, as far as etcd tells. */
export async function withExpiries(
  context: Context,
  leases: readonly LeaseEntry[],
): Promise<readonly LeaseEntry[]> {
  const ids = [
    ...new Set(leases.filter(({ reservation }) => !reservation).map(({ etcdLease }) => etcdLease)),
  ];
  if (ids.length === 0) return leases;
  if (ids.length > MOST_EXPIRIES) {
    context.io.stderr.write(
      `overlayctl: note: with more than ${MOST_EXPIRIES} leases the expiry is not asked; see lease show\n`,
    );
    return leases;
  }
  const remaining = new Map<string, number>();
  try {
    const store = await context.store();
    await withProgress(
      context.io,
      'asking for the expiries',
      within(EXPIRIES_MS, askAll(store, ids, remaining)),
    );
  } catch {
    // The daemon reaches an etcd that we do not: the leases are shown without.
  }
  return leases.map((lease) => ({ ...lease, expiresInSeconds: remaining.get(lease.etcdLease) ?? null }));
}

/** Resolves when `work` does, at the latest after `ms`. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function askAll(
  store: LeaseStore,
  ids: readonly string[],
  remaining: Map<string, number>,
): Promise<void> {
  const queue = ids.values();
  const worker = async (): Promise<void> => {
    for (const id of queue) {
      const seconds = await store.timeToLive(id);
      if (seconds !== undefined) remaining.set(id, seconds);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, worker));
}
