import { CallFailure, noLeader } from './etcd-link.js';
import type { Member } from './members.js';
import type { StorePlace } from './place.js';

const SILENCE_MS = 12_000;
/** The revision is looked at this often. */
const CHECK_MS = 8000;
/** A member that wants a leader for a watch ends it after three election timeouts without one. */
const LEADERLESS_MS = 4000;

interface WatchOwner {
  readonly needsLeader: boolean;
  readonly end: (end: CallFailure | undefined) => void;
  readonly goOn: () => void;
  /** Asks the member; rejects with CallFailure. */
  readonly isRestored: (member: Member) => Promise<boolean>;
}

/** By what a watch that stands comes to its end: its member, the network, or a look at the revision. */
export class WatchEnds {
  private member: Member | undefined;
  /** Which life of the server the connection is to. */
  private starts = 0;
  private stopSilence: () => void = () => undefined;
  private stopLeaderless: () => void = () => undefined;
  private stopChecks: (() => void) | undefined;

  constructor(
    private readonly place: StorePlace,
    private readonly owner: WatchOwner,
  ) {}

  begin(member: Member): void {
    this.member = member;
    this.starts = this.place.etcd.starts;
    this.memberChanged(member);
  }

  stop(): void {
    this.member = undefined;
    this.stopSilence();
    this.stopLeaderless();
    this.stopChecks?.();
    this.stopChecks = undefined;
  }

  /** A server that went away resets the connection; a network that did is noticed by the silence. */
  linkChanged(): void {
    const { link, clock, etcd } = this.place;
    this.stopSilence();
    if (this.member === undefined) return;
    if (link.cuts === 0 && (!etcd.up || etcd.starts !== this.starts)) return this.reset();
    if (link.reachable) return this.owner.goOn();
    const silent = new CallFailure('OVL_ETCD_TIMEOUT', 'the watch is silent', false);
    this.stopSilence = clock.timer(SILENCE_MS, () => this.owner.end(silent));
  }

  memberChanged(member: Member): void {
    if (member !== this.member) return;
    const { clock } = this.place;
    this.stopLeaderless();
    if (member.down) return this.reset();
    if (member.isolated && this.owner.needsLeader)
      this.stopLeaderless = clock.later(LEADERLESS_MS, () => clock.arrive(() => this.owner.end(noLeader())));
    else if (!member.isolated) this.owner.goOn();
    // At a member that is well the answer is as before: it is not asked.
    if (!member.isWell) this.checkAgain(member);
  }

  private reset(): void {
    const reset = new CallFailure('OVL_ETCD_UNREACHABLE', 'reset', false);
    this.place.clock.arrive(() => this.owner.end(reset));
  }

  private checkAgain(member: Member): void {
    const { clock } = this.place;
    this.stopChecks ??= clock.timer(CHECK_MS * clock.random(), () => void this.check(member));
  }

  private async check(member: Member): Promise<void> {
    try {
      const restored = await this.owner.isRestored(member);
      if (this.member !== member) return;
      this.stopChecks = undefined;
      if (restored) this.owner.end(undefined);
      else if (!member.isWell)
        this.stopChecks = this.place.clock.timer(CHECK_MS, () => void this.check(member));
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      if (this.member === member) this.owner.end(error);
    }
  }
}
