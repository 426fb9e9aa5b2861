import type { LeaseSink, Subscription } from '@overlay/lease';
import { CONFIG, leaseEvents, type Listing } from './etcd.js';
import { CallFailure, type Call } from './etcd-link.js';
import type { Commit } from './kv-model.js';
import type { Member } from './members.js';
import type { StorePlace } from './place.js';
import type { MemberPool } from './pool.js';
import { WatchEnds } from './watch-ends.js';
import { isRestored, pauseMs, type Epoch } from './watch-rules.js';

const CHECK_TIMEOUT_MS = 4000;
const RELIST_MS = 300_000;
const STEADY_MS = 2000;

/** How it reads and watches. */
interface ReadingWays {
  readonly reads: 'read' | 'local';
  readonly needsLeader: boolean;
  /** By how much a watch begins before the revision that is wanted. */
  readonly stepBack: number;
  readonly noticesRestore: boolean;
}

/** What one session ended by; undefined: a new one shall list. */
type End = CallFailure | undefined;

/**
 * Follows the model etcd as the real watch loop does: a session, at one member, checks whether the store was restored, lists if it has
 * nothing to go on from, and watches; a dead connection is given up after 12 s of silence; every 5 minutes there is a complete list.
 */
export class Follower implements Subscription {
  private cursor: number | undefined;
  private epoch: Epoch | undefined;
  private configText: { readonly text: string | undefined } | undefined;
  private said: string | undefined;
  /** The member of the session, once the watch stands. */
  private watched: Member | undefined;
  /** On their way through that watch. */
  private pending: Commit[] = [];
  private listing = false;
  private closed = false;
  private failures = 0;
  private connectedMs: number | undefined;
  private delivery = false;
  private end: (end: End) => void = () => undefined;
  private readonly ends: WatchEnds;

  constructor(
    private readonly place: StorePlace,
    private readonly pool: MemberPool,
    private readonly sink: LeaseSink,
    private readonly ways: ReadingWays,
  ) {
    const { etcd, link } = place;
    this.ends = new WatchEnds(place, {
      needsLeader: ways.needsLeader,
      end: (end) => this.end(end),
      goOn: () => this.deliverSoon(),
      isRestored: (member) => this.wasRestored(member),
    });
    const stops = [
      etcd.onCommit((commit) => this.committed(commit)),
      link.onChange(() => this.ends.linkChanged()),
      etcd.members.onChange((member) => this.ends.memberChanged(member)),
    ];
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
      const member = this.pool.current();
      const end = await this.session(member);
      if (this.isClosed()) return;
      const { connectedMs = Infinity } = this;
      const steady = this.place.clock.monotonicMs() - connectedMs > STEADY_MS;
      this.failures = steady ? 1 : this.failures + 1;
      if (end?.isTrouble === true) this.pool.avoid(member);
      if (end !== undefined) this.tell(end, member);
      await this.place.clock.sleep(pauseMs(this.failures, this.place.clock.random()));
    }
  }

  private isClosed(): boolean {
    return this.closed;
  }

  private async session(member: Member): Promise<End> {
    let stopRelist: () => void = () => undefined;
    this.connectedMs = undefined;
    try {
      if (await this.wasRestored(member)) return undefined;
      if (this.cursor === undefined) await this.relist(member);
      if (!(await this.watchStands(member))) return undefined;
      const ended = new Promise<End>((resolve) => (this.end = resolve));
      stopRelist = this.relistAgain(member);
      this.ends.begin(member);
      this.deliverSoon();
      return await ended;
    } catch (error) {
      if (error instanceof CallFailure) return error;
      throw error;
    } finally {
      this.watched = undefined;
      this.pending = [];
      this.ends.stop();
      stopRelist();
    }
  }

  /** Only at a member that has a leader. False when the history was compacted away. */
  private async watchStands(member: Member): Promise<boolean> {
    const { cursor } = this;
    if (cursor === undefined) return false;
    const compacted = await this.pool.at(member, {
      kind: this.ways.needsLeader ? 'leader' : 'local',
      act: ({ kv }) => {
        // One revision before what is wanted: the compacted one itself may not be told in full (etcd#19179).
        if (kv.compacted > cursor - this.ways.stepBack) return true;
        this.watched = member;
        this.pending = [...kv.since(cursor - this.ways.stepBack)];
        return false;
      },
    });
    if (compacted) {
      this.cursor = undefined;
      return false;
    }
    this.connectedMs = this.place.clock.monotonicMs();
    this.tell(undefined, member);
    return true;
  }

  private async wasRestored(member: Member): Promise<boolean> {
    const { epoch } = this;
    const act: Call<Epoch>['act'] = ({ term }, revision) => ({ revision, term });
    const seen = await this.pool.at(member, { kind: this.ways.reads, act }, CHECK_TIMEOUT_MS);
    if (!this.ways.noticesRestore || !isRestored(epoch, seen)) return false;
    this.epoch = seen;
    this.cursor = undefined;
    return true;
  }

  /** A complete list every 5 minutes; returns what stops that. */
  private relistAgain(member: Member): () => void {
    const { clock } = this.place;
    let stop: () => void = () => undefined;
    const again = (): void => {
      stop = clock.timer(RELIST_MS * (0.9 + clock.random() / 5), () => void list());
    };
    const list = async (): Promise<void> => {
      try {
        await this.relist(member);
        if (this.watched === member) again();
      } catch (error) {
        if (!(error instanceof CallFailure)) throw error;
        this.end(error);
      }
    };
    again();
    return () => stop();
  }

  /** What the watch has to say waits until the list is told. */
  private async relist(member: Member): Promise<void> {
    this.listing = true;
    try {
      const act: Call<Listing>['act'] = (etcd, revision) => etcd.list(revision);
      this.listed(await this.pool.at(member, { kind: this.ways.reads, act }));
    } finally {
      this.listing = false;
      this.deliverSoon();
    }
  }

  private listed({ leases, revision, configText, term }: Listing): void {
    if (this.closed) return;
    this.tellConfig(configText);
    const snapshot = { leases, revision };
    this.place.told({ kind: 'list', snapshot, term });
    this.sink.snapshot(snapshot);
    this.cursor = Number(revision) + 1;
    this.epoch = { revision: Number(revision), term };
  }

  private committed(commit: Commit): void {
    if (this.watched === undefined || this.closed) return;
    this.pending.push(commit);
    this.deliverSoon();
  }

  /** Commits on their way together arrive together. */
  private deliverSoon(): void {
    if (this.watched === undefined || this.pending.length === 0 || this.delivery || this.closed) return;
    const { link, clock } = this.place;
    this.delivery = true;
    clock.later(link.delayMs() + link.lagMs, () => {
      this.delivery = false;
      const waits = this.listing || this.connectedMs === undefined || !link.reachable;
      if (this.watched !== undefined && !waits && !this.closed) this.deliver(this.watched);
    });
  }

  /** A member tells what it has applied. */
  private deliver(member: Member): void {
    const { clock, link, etcd } = this.place;
    if (member.down || member.isolated) return;
    // A watch that is behind and whose history goes is ended.
    if (link.lagMs > 0 && this.cursor !== undefined && etcd.kv.compacted > this.cursor) {
      this.cursor = undefined;
      return clock.arrive(() => this.end(undefined));
    }
    const commits = this.pending.filter(({ revision }) => revision <= member.applied);
    this.pending = this.pending.slice(commits.length);
    if (commits.length > 0) clock.arrive(() => this.happened(commits));
  }

  private happened(commits: readonly Commit[]): void {
    const { cursor } = this;
    if (cursor === undefined || this.closed) return;
    const fresh = commits.filter(({ revision }) => revision >= cursor);
    const last = fresh.at(-1);
    if (last === undefined) return;
    // Two watches, and each may be told first.
    const isFirst = this.place.clock.random() < 0.5;
    if (isFirst) this.configHappened(fresh);
    const events = fresh.flatMap(leaseEvents);
    if (events.length > 0) {
      this.place.told({ kind: 'events', events });
      this.sink.events(events, String(last.revision));
    }
    if (!isFirst) this.configHappened(fresh);
    this.cursor = last.revision + 1;
    if (this.epoch !== undefined) this.epoch = { ...this.epoch, revision: last.revision };
  }

  private configHappened(commits: readonly Commit[]): void {
    for (const { key, after } of commits.flatMap(({ events }) => events))
      if (key === CONFIG) this.tellConfig(after?.value);
  }

  private tellConfig(text: string | undefined): void {
    if (this.configText?.text === text && this.configText !== undefined) return;
    this.place.told({ kind: 'config', text });
    this.sink.config(text);
    this.configText = { text };
  }

  private tell(failure: End, { number }: Member): void {
    const kind = failure?.code ?? 'connected';
    if (this.said === kind) return;
    this.said = kind;
    const endpoint = `http://etcd${number}:2379`;
    if (failure === undefined) return this.sink.state({ connected: true, endpoint, detail: 'following' });
    const { message: detail, code } = failure;
    this.sink.state({ connected: false, endpoint, detail, code });
  }
}
