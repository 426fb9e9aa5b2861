import type { LeaseSink, LeaseStore, RawLease } from '@overlay/lease';
import type { Context } from '../context.js';
import { viewOfReply, type LeaseView } from './entry.js';
import { configOrNone, viewOfSnapshot } from './from-etcd.js';
import { asksDaemon } from './source.js';

/** The leases now and after each change, until Ctrl-C; several changes at once may come as one. */
export async function* followLeases(context: Context): AsyncGenerator<LeaseView> {
  if (await asksDaemon(context)) {
    const daemon = await context.daemon();
    for await (const reply of daemon.watchLeases({}, { signal: context.io.signal })) yield viewOfReply(reply);
  } else {
    yield* followEtcd(await context.store(), context.io.signal);
  }
}

async function* followEtcd(store: LeaseStore, signal: AbortSignal): AsyncGenerator<LeaseView> {
  // Following survives an etcd that is away; a first wrong endpoint or password is better said than waited for.
  await store.list();
  const mirror = new Mirror();
  const subscription = store.follow(mirror);
  const stop = (): void => mirror.wake();
  signal.addEventListener('abort', stop, { once: true });
  try {
    while (!signal.aborted) {
      await mirror.change();
      const view = mirror.take();
      if (view !== undefined) yield view;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await subscription.close();
  }
}

/** Holds what etcd told and wakes the one reader. */
class Mirror implements LeaseSink {
  private readonly leases = new Map<string, RawLease>();
  private configText: string | undefined;
  private revision: string | undefined;
  private changed = false;
  wake: () => void = () => undefined;

  change(): Promise<void> {
    return this.changed ? Promise.resolve() : new Promise((resolve) => (this.wake = resolve));
  }

  /** The view, once there is a complete list and something changed since the last one. */
  take(): LeaseView | undefined {
    if (!this.changed || this.revision === undefined) return undefined;
    this.changed = false;
    const snapshot = { leases: [...this.leases.values()], revision: this.revision };
    return viewOfSnapshot(snapshot, configOrNone(this.configText));
  }

  snapshot({ leases, revision }: Parameters<LeaseSink['snapshot']>[0]): void {
    this.leases.clear();
    for (const lease of leases) this.leases.set(lease.name, lease);
    this.mark(revision);
  }

  events(events: Parameters<LeaseSink['events']>[0], revision: string): void {
    for (const event of events) {
      if (event.type === 'put') this.leases.set(event.lease.name, event.lease);
      else this.leases.delete(event.name);
    }
    this.mark(revision);
  }

  config(text: string | undefined): void {
    this.configText = text;
    this.mark(this.revision);
  }

  state(): void {
    // Shown by `status` and `doctor`.
  }

  private mark(revision: string | undefined): void {
    this.revision = revision;
    this.changed = revision !== undefined;
    this.wake();
  }
}
