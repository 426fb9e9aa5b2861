import type { LeaseSink, Subscription } from '@overlay/lease';
import type { Commit, Listing } from './etcd.js';
import { CallFailure } from './etcd-link.js';
import type { StorePlace } from './place.js';

interface Epoch {
  readonly revision: number;
  readonly term: number;
}

const CHECK_TIMEOUT_MS = 4000;
const SILENCE_MS = 12_000;
const RELIST_MS = 300_000;
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
const ENDPOINT = 'http://etcd:2379';

/** What one session ended by; undefined: a new one shall list. */
type End = CallFailure | undefined;

/**
 * Follows the model etcd as the real watch loop does: a session checks whether the store was restored, lists if it has nothing to go on
 * from, and watches; a dead connection is given up after 12 s of silence; every 5 minutes there is a complete list.
 */
export class Follower implements Subscription {
  private cursor: number | undefined;
  private epoch: Epoch | undefined;
  private configText: { readonly text: string | undefined } | undefined;
  private said: string | undefined;
  private watching = false;
  /** Which life of the server the connection is to. */
  private starts = 0;
  private listing = false;
  private closed = false;
  private failures = 0;
  private delivery = false;
  private end: (end: End) => void = () => undefined;
  private stopSilence: () => void = () => undefined;

  constructor(
    private readonly place: StorePlace,
    private readonly sink: LeaseSink,
  ) {
    const { etcd, link } = place;
    const stops = [etcd.onCommit(() => this.deliverSoon()), link.onChange(() => this.linkChanged())];
    this.stop = () => stops.forEach((stop) => stop());
    void this.run();
  }

  private readonly stop: () => void;

  /** Also for a process that was killed. */
  abandon(): void {
    this.closed = true;
    this.stop();
  }

  close(): Promise<void> {
    this.abandon();
    this.end(undefined);
    return Promise.resolve();
  }

  private async run(): Promise<void> {
    await Promise.resolve();
    while (!this.isClosed()) {
      const end = await this.session();
      if (this.isClosed()) return;
      this.failures = end === undefined ? 1 : this.failures + 1;
      if (end !== undefined) this.tell(end);
      await this.place.clock.sleep(this.pauseMs());
    }
  }

  private isClosed(): boolean {
    return this.closed;
  }

  private pauseMs(): number {
    if (this.failures <= 1) return 0;
    const longest = Math.min(SHORTEST_PAUSE_MS * 2 ** (this.failures - 1), LONGEST_PAUSE_MS);
    return longest * (0.5 + this.place.clock.random() / 2);
  }

  private async session(): Promise<End> {
    const { clock } = this.place;
    let stopRelist: () => void = () => undefined;
    try {
      if (await this.wasRestored()) return undefined;
      if (this.cursor === undefined) await this.relist();
      const compacted = await this.call(() => this.place.etcd.compacted);
      if (this.cursor === undefined || compacted >= this.cursor) {
        this.cursor = undefined;
        return undefined;
      }
      this.watching = true;
      this.starts = this.place.etcd.starts;
      this.failures = 0;
      this.tell(undefined);
      const ended = new Promise<End>((resolve) => (this.end = resolve));
      const again = (): void => {
        stopRelist = clock.timer(RELIST_MS * (0.9 + clock.random() / 5), () => void this.relistOrEnd(again));
      };
      again();
      this.deliverSoon();
      return await ended;
    } catch (error) {
      if (error instanceof CallFailure) return error;
      throw error;
    } finally {
      this.watching = false;
      this.stopSilence();
      stopRelist();
    }
  }

  private call<T>(act: () => T, timeoutMs?: number): Promise<T> {
    return this.place.link.call(this.place.clock, act, timeoutMs);
  }

  private async wasRestored(): Promise<boolean> {
    const { epoch } = this;
    const { revision, term } = await this.call(() => {
      const { etcd } = this.place;
      return { revision: etcd.revision, term: etcd.term };
    }, CHECK_TIMEOUT_MS);
    if (epoch === undefined || (revision >= epoch.revision && term >= epoch.term)) return false;
    this.epoch = { revision, term };
    this.cursor = undefined;
    return true;
  }

  private async relistOrEnd(again: () => void): Promise<void> {
    try {
      await this.relist();
      if (this.watching) again();
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      this.end(error);
    }
  }

  /** What the watch has to say waits until the list is told. */
  private async relist(): Promise<void> {
    this.listing = true;
    try {
      this.listed(await this.call(() => this.place.etcd.list()));
    } finally {
      this.listing = false;
      this.deliverSoon();
    }
  }

  private listed({ leases, revision, configText, term }: Listing): void {
    if (this.closed) return;
    this.tellConfig(configText);
    const snapshot = { leases, revision };
    this.place.told({ kind: 'list', snapshot });
    this.sink.snapshot(snapshot);
    this.cursor = Number(revision) + 1;
    this.epoch = { revision: Number(revision), term };
  }

  /** Commits on their way together arrive together. */
  private deliverSoon(): void {
    if (!this.watching || this.delivery || this.closed) return;
    const { link, clock } = this.place;
    this.delivery = true;
    clock.later(link.delayMs() + link.lagMs, () => {
      this.delivery = false;
      if (!this.watching || this.listing || this.closed || !link.reachable) return;
      if (this.historyIsGone()) return clock.arrive(() => this.end(undefined));
      const commits = this.cursor === undefined ? [] : this.place.etcd.since(this.cursor);
      if (commits.length > 0) clock.arrive(() => this.happened(commits));
    });
  }

  private historyIsGone(): boolean {
    const gone = this.cursor !== undefined && this.place.etcd.compacted >= this.cursor;
    if (gone) this.cursor = undefined;
    return gone;
  }

  private happened(commits: readonly Commit[]): void {
    const { cursor } = this;
    if (cursor === undefined || this.listing || this.closed) return;
    const fresh = commits.filter(({ revision }) => revision >= cursor);
    const last = fresh.at(-1);
    if (last === undefined) return;
    for (const { config } of fresh) if (config !== undefined) this.tellConfig(config);
    const events = fresh.flatMap((commit) => commit.events);
    if (events.length > 0) {
      this.place.told({ kind: 'events', events });
      this.sink.events(events, String(last.revision));
    }
    this.cursor = last.revision + 1;
    if (this.epoch !== undefined) this.epoch = { ...this.epoch, revision: last.revision };
  }

  /** A server that went away resets the connection; a network that did is noticed by the silence. */
  private linkChanged(): void {
    const { link, clock, etcd } = this.place;
    this.stopSilence();
    if (!this.watching) return;
    const isReset = link.cuts === 0 && (!etcd.up || etcd.starts !== this.starts);
    if (isReset) return clock.arrive(() => this.end(new CallFailure('OVL_ETCD_UNREACHABLE', 'reset', false)));
    if (link.reachable) return this.deliverSoon();
    const silent = new CallFailure('OVL_ETCD_TIMEOUT', 'the watch is silent', false);
    this.stopSilence = clock.timer(SILENCE_MS, () => this.end(silent));
  }

  private tellConfig(text: string | undefined): void {
    if (this.configText?.text === text && this.configText !== undefined) return;
    this.place.told({ kind: 'config' });
    this.sink.config(text);
    this.configText = { text };
  }

  private tell(failure: End): void {
    const kind = failure?.code ?? 'connected';
    if (this.said === kind) return;
    this.said = kind;
    if (failure === undefined)
      return this.sink.state({ connected: true, endpoint: ENDPOINT, detail: 'following' });
    const { message: detail, code } = failure;
    this.sink.state({ connected: false, endpoint: ENDPOINT, detail, code });
  }
}
