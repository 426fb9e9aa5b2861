import type { LeaseSink, StoreOptions, Subscription, WatchState } from '../store.js';
import { isEndpointTrouble } from './errors.js';
import { Followed } from './followed.js';
import type { FollowedKeys } from './paths.js';
import { explain } from './pool.js';
import type { Pool } from './pool.js';
import { WatchSession } from './watch-session.js';
import type { SessionEnd } from './watch-session.js';

const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
/** A session that stood this long shows that etcd is well again. */
const STEADY_MS = 2000;

export interface LoopSettings {
  readonly paths: FollowedKeys;
  readonly timeoutMs: number;
  readonly relistMs: number;
  readonly log: NonNullable<StoreOptions['log']>;
}

/** How long to wait before the next session: nothing after the first failure, then doubling to 2 s. `random` is in [0, 1). */
export function pauseBefore(failures: number, random: number): number {
  if (failures <= 1) return 0;
  const longest = Math.min(SHORTEST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return longest * (0.5 + random / 2);
}

/** Follows etcd with one session after the other until it is closed. */
export class WatchLoop implements Subscription {
  private closed = false;
  private session: WatchSession | undefined;
  private wake: () => void = () => undefined;
  private connectedAt: number | undefined;
  private failures = 0;
  /** What the sink was told last about the connection, to tell it only what is new. */
  private told: string | undefined;
  private readonly followed: Followed;
  private readonly unsubscribe: () => void;
  private readonly done: Promise<void>;

  constructor(
    private readonly pool: Pool,
    private readonly sink: LeaseSink,
    private readonly settings: LoopSettings,
    private readonly onClosed: (loop: WatchLoop) => void,
  ) {
    this.followed = new Followed(sink, settings.paths);
    this.unsubscribe = pool.onRenewal(() => {
      this.session?.renew();
      // It may wait for another try after the old files were refused.
      this.wake();
    });
    this.done = this.run();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.unsubscribe();
    this.session?.abort();
    this.wake();
    await this.done;
    this.onClosed(this);
  }

  private async run(): Promise<void> {
    // The sink hears nothing before follow() has returned.
    await Promise.resolve();
    while (!this.isClosed()) {
      const endpoint = this.pool.current();
      const end = await this.follow(endpoint);
      if (this.isClosed()) return;
      await this.ended(endpoint, end);
      await this.pause(pauseBefore(this.failures, Math.random()));
    }
  }

  private isClosed(): boolean {
    return this.closed;
  }

  private follow(endpoint: string): Promise<SessionEnd> {
    this.connectedAt = undefined;
    this.session = new WatchSession(this.pool.open(endpoint), this.followed, {
      ...this.settings,
      onConnected: () => {
        this.connectedAt = performance.now();
        this.tell({ connected: true, endpoint, detail: `following etcd at ${endpoint}` });
      },
    });
    return this.session.run();
  }

  private async ended(endpoint: string, end: SessionEnd): Promise<void> {
    if (end.kind === 'renewed') {
      this.failures = 0;
      this.settings.log('info', `etcd at ${endpoint}: connecting anew with the new TLS files`);
      return;
    }
    const steady = this.connectedAt !== undefined && performance.now() - this.connectedAt > STEADY_MS;
    this.failures = steady ? 1 : this.failures + 1;
    if (end.kind === 'again') {
      this.settings.log('info', `etcd at ${endpoint}: ${end.reason}: listing all leases again`);
      return;
    }
    if (isEndpointTrouble(end.error)) this.pool.avoid(endpoint);
    // Once the watch stood, the scheme is right, and the next try shall not wait.
    const { message, code } = this.followed.cursor ? end.error : await explain(end.error, endpoint);
    this.tell({ connected: false, endpoint, detail: message, code });
  }

  private tell(state: WatchState): void {
    const kind = state.code ?? 'connected';
    if (this.told === kind) return;
    this.told = kind;
    this.sink.state(state);
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
