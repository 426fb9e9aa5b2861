import type { Scheduler } from '../scheduler.js';
import type { Member, Members } from './members.js';

/** An election with the default timeout of 1 s. */
const ELECTION_MS = 1500;
/** A leader that hears of no other member goes on for so long. */
const STEP_DOWN_MS = 1000;

/** How the members come to have a leader, and what becomes of requests while they have none. */
export class Leadership {
  private leader: Member | undefined;
  private hadQuorum = true;
  private lostMs = -Infinity;
  /** Set during an election. */
  private cancel: (() => void) | undefined;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly members: Members,
    private readonly isUp: () => boolean,
    /** There is a new leader. */
    private readonly elected: () => void,
  ) {
    this.leader = members.all.at(-1);
    members.onChange(() => this.memberChanged());
  }

  get isElecting(): boolean {
    return this.cancel !== undefined;
  }

  /** Something can be agreed on. */
  get isLed(): boolean {
    return this.members.hasQuorum && !this.isElecting;
  }

  /** Whether a leader without the others may still take what it is asked into its log, to be agreed on one day. */
  get maybeLater(): boolean {
    return !this.members.hasQuorum && this.scheduler.nowMs < this.lostMs + STEP_DOWN_MS;
  }

  /** Runs it when there is a leader again. */
  whenLed(run: () => void): void {
    this.waiting.push(run);
  }

  elect(): void {
    this.cancel ??= this.scheduler.at(ELECTION_MS, () => this.finish());
  }

  /** An election that goes on is over, and what waited for it is agreed on; so it is at a start of all members. */
  finish(): void {
    const wasElecting = this.isElecting;
    this.cancel?.();
    this.cancel = undefined;
    if (!this.isUp() || !this.isLed) return;
    this.leader = this.members.all.find(({ isLost }) => !isLost);
    if (wasElecting) this.elected();
    for (const run of this.waiting.splice(0)) run();
  }

  /** What was not agreed on is forgotten: all begin with what they are given. */
  reset(): void {
    this.cancel?.();
    this.cancel = undefined;
    this.waiting = [];
  }

  private memberChanged(): void {
    const { hasQuorum } = this.members;
    const isRegained = hasQuorum && !this.hadQuorum;
    if (this.hadQuorum && !hasQuorum) this.lostMs = this.scheduler.nowMs;
    this.hadQuorum = hasQuorum;
    if (isRegained || (hasQuorum && this.leader?.isLost === true)) this.elect();
  }
}
