import type { IWatchResponse } from 'etcd3';
import type { Connection } from './connection.js';
import type { EtcdError } from './errors.js';
import type { Followed } from './followed.js';
import type { FollowedKeys } from './paths.js';
import { listAll } from './list.js';
import { observe } from './revision.js';
import { TARGETS, judgeResponse } from './watch-response.js';
import type { Created } from './watch-response.js';
import { openWatchStream } from './watch-stream.js';
import type { WatchStream } from './watch-stream.js';

/** A sign of life is asked for this often; etcd's own ping policy is reset by its answer. */
const TICK_MS = 4000;
/** No answer for this long: the connection is dead, whatever TCP says. */
const SILENCE_MS = 12_000;

export interface SessionSettings {
  readonly paths: FollowedKeys;
  readonly timeoutMs: number;
  readonly relistMs: number;
  /** All watches stand. */
  onConnected(): void;
}

/** Why a session is over: something failed, or what was followed is gone and a new session shall list. */
export type SessionEnd =
  | { readonly kind: 'failed'; readonly error: EtcdError }
  | { readonly kind: 'again'; readonly reason: string }
  /** Nothing is wrong: a new session shall go on over a new connection. */
  | { readonly kind: 'renewed' };

/** Follows etcd over one connection until that is of no more use. */
export class WatchSession {
  private created: Created = [];
  private stream: WatchStream | undefined;
  /** Responses that arrived while a complete list was on its way. */
  private held: IWatchResponse[] | undefined;
  private heardAt = performance.now();
  private relistAt: number;
  private ticks = 0;
  private busy = false;
  private finish: (end: SessionEnd) => void = () => undefined;
  private readonly finished = new Promise<SessionEnd>((resolve) => {
    this.finish = resolve;
  });

  constructor(
    private readonly connection: Connection,
    private readonly followed: Followed,
    private readonly settings: SessionSettings,
  ) {
    this.relistAt = performance.now() + settings.relistMs * (0.9 + Math.random() * 0.2);
  }

  private get watches(): number {
    return this.settings.paths.request === undefined ? TARGETS.length - 1 : TARGETS.length;
  }

  /** Resolves when the session is over; never rejects. The connection is closed then. */
  async run(): Promise<SessionEnd> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const restored = await this.checkEpoch();
      if (restored !== undefined) return { kind: 'again', reason: restored };
      if (!this.followed.cursor) await this.relist();
      await this.open();
      this.heardAt = performance.now();
      timer = setInterval(() => void this.tick(), TICK_MS);
      return await this.finished;
    } catch (error) {
      return { kind: 'failed', error: this.connection.errorOf(error) };
    } finally {
      clearInterval(timer);
      this.stream?.cancel();
      this.connection.close();
    }
  }

  /** Ends the session, for another one to go on where it was. */
  renew(): void {
    this.finish({ kind: 'renewed' });
  }

  /** Ends the session from outside. */
  abort(): void {
    this.finish({ kind: 'again', reason: 'closed' });
    this.connection.close();
  }

  private async open(): Promise<void> {
    const { followed, connection, settings } = this;
    if (!followed.cursor) return;
    this.stream = await openWatchStream(connection, settings.paths, followed.cursor, settings.timeoutMs, {
      response: (response) => this.received(response),
      ended: (error) => this.fail(error),
    });
  }

  private received(response: IWatchResponse): void {
    this.heardAt = performance.now();
    if (this.held) {
      this.held.push(response);
      return;
    }
    try {
      this.act(response);
    } catch (error) {
      this.fail(error);
    }
  }

  private act(response: IWatchResponse): void {
    const verdict = judgeResponse(response, this.created);
    switch (verdict.kind) {
      case 'alive':
        return;
      case 'created':
        this.created = verdict.created;
        if (this.created.length === this.watches) this.settings.onConnected();
        return;
      case 'events':
        this.followed.happened(verdict.target, verdict.events);
        return;
      case 'compacted':
        this.followed.forget();
        this.finish({ kind: 'again', reason: verdict.reason });
        return;
      case 'broken':
        this.fail(new Error(verdict.reason));
    }
  }

  private async tick(): Promise<void> {
    if (performance.now() - this.heardAt > SILENCE_MS) {
      this.fail(new Error('4 DEADLINE_EXCEEDED: the watch is silent'));
      return;
    }
    if (this.created.length > 0) this.stream?.requestProgress();
    if (this.busy) return;
    this.busy = true;
    try {
      if (performance.now() >= this.relistAt) await this.relist();
      this.ticks += 1;
      if (this.ticks % 2 === 0) await this.recheck();
    } catch (error) {
      this.fail(error);
    } finally {
      this.busy = false;
    }
  }

  private async recheck(): Promise<void> {
    const restored = await this.checkEpoch();
    if (restored !== undefined) this.finish({ kind: 'again', reason: restored });
  }

  /** One small linearizable read. Resolves to the reason when the store was restored; then nothing known holds any more. */
  private async checkEpoch(): Promise<string | undefined> {
    const before = this.followed.epoch;
    const key = Buffer.from(this.settings.paths.config);
    const { header } = await this.connection.call(
      Math.min(this.settings.timeoutMs, 4000),
      (client, options) => client.kv.range({ key, keys_only: true }, options),
    );
    const { epoch, restored } = observe(before, header);
    if (restored !== undefined) {
      this.followed.epoch = epoch;
      this.followed.forget();
    }
    return restored;
  }

  /** A complete list; the responses of the watch wait until it is told. */
  private async relist(): Promise<void> {
    this.held = [];
    const { connection, settings } = this;
    const listing = await listAll((run) => connection.call(settings.timeoutMs, run), settings.paths);
    this.followed.listed(listing);
    this.relistAt = performance.now() + settings.relistMs;
    const { held } = this;
    this.held = undefined;
    for (const response of held) this.received(response);
  }

  private fail(error: unknown): void {
    this.finish({ kind: 'failed', error: this.connection.errorOf(error) });
  }
}
