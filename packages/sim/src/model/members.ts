import type { Scheduler } from '../scheduler.js';

interface Waiting {
  readonly revision: number;
  readonly run: () => void;
}

/** What is wrong with a member. */
export type Trouble = Partial<Pick<Member, 'down' | 'isolated' | 'lagMs'>>;

/**
 * One member of etcd as its clients see it. It may be behind with applying what the cluster has agreed on, or cut off from the others: then
 * it knows of no leader, and has only its old state to show.
 */
export class Member {
  down = false;
  isolated = false;
  /** How long it takes to apply what was agreed on. */
  lagMs = 0;
  /** Up to where it is, while it is behind. */
  private behindAt: number | undefined;
  private waiting: Waiting[] = [];
  private current: Trouble | undefined;

  constructor(
    readonly number: number,
    private readonly scheduler: Scheduler,
    private readonly agreed: () => number,
    private readonly changed: (member: Member) => void,
  ) {}

  /** The last revision that it has. */
  get applied(): number {
    return this.behindAt ?? this.agreed();
  }

  get isWell(): boolean {
    return !this.isLost && this.lagMs === 0;
  }

  /** The others have to do without it. */
  get isLost(): boolean {
    return this.down || this.isolated;
  }

  /** Runs it once this member has that revision. */
  whenApplied(revision: number, run: () => void): void {
    if (this.applied >= revision) run();
    else this.waiting.push({ revision, run });
  }

  /** Something is wrong with it from now on; what is returned ends that, unless it is well since, or something else came. */
  trouble(what: Trouble): () => void {
    this.behindAt ??= this.agreed();
    Object.assign(this, what);
    this.current = what;
    this.changed(this);
    return () => {
      if (this.current === what) this.recover();
    };
  }

  /** It is well again, and has all there is at once. */
  recover(): void {
    Object.assign(this, { down: false, isolated: false, lagMs: 0 });
    this.behindAt = undefined;
    this.current = undefined;
    this.apply();
  }

  /** The cluster agreed on a revision. */
  committed(revision: number): void {
    if (this.behindAt === undefined || this.lagMs === 0) return;
    this.scheduler.at(this.lagMs, () => {
      if (this.behindAt === undefined || this.isolated || this.down) return;
      this.behindAt = Math.max(this.behindAt, revision);
      this.apply();
    });
  }

  private apply(): void {
    const due = this.waiting.filter(({ revision }) => revision <= this.applied);
    this.waiting = this.waiting.filter(({ revision }) => revision > this.applied);
    for (const { run } of due) run();
    this.changed(this);
  }
}

/** Three members; the cluster as a whole stops and starts with `ModelEtcd`. */
export class Members {
  readonly all: readonly Member[];
  private readonly listeners = new Set<(member: Member) => void>();

  constructor(scheduler: Scheduler, agreed: () => number) {
    const changed = (member: Member): void => this.listeners.forEach((listener) => listener(member));
    this.all = [1, 2, 3].map((number) => new Member(number, scheduler, agreed, changed));
  }

  /** Called when something is wrong with a member, when it applied something late, and when it is well again. */
  onChange(listener: (member: Member) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Most of them reach each other. */
  get hasQuorum(): boolean {
    return this.all.filter(({ isLost }) => isLost).length * 2 < this.all.length;
  }

  committed(revision: number): void {
    for (const member of this.all) member.committed(revision);
  }

  recoverAll(): void {
    for (const member of this.all) member.recover();
  }
}
