import { CallFailure, type Call, type EtcdLink } from './etcd-link.js';
import type { Member } from './members.js';
import type { NodeClock } from './node-clock.js';

const TIMEOUT_MS = 5000;
const SHORTEST_MS = 500;

/** The members in the order in which one process tries them: as the pool of the real store, try by try. */
export class MemberPool {
  private first: number;

  constructor(
    private readonly link: EtcdLink,
    private readonly clock: NodeClock,
    start: number,
  ) {
    this.first = start;
  }

  private get members(): readonly Member[] {
    return this.link.etcd.members.all;
  }

  /** The member that worked last. */
  current(): Member {
    const member = this.members[this.first % this.members.length];
    if (member === undefined) throw new Error('etcd has no members');
    return member;
  }

  avoid(member: Member): void {
    if (this.current() === member) this.first += 1;
  }

  /** One try at one member. Rejects with CallFailure. */
  at<T>(member: Member, call: Call<T>, timeoutMs = TIMEOUT_MS): Promise<T> {
    return this.link.call(this.clock, member, call, timeoutMs);
  }

  /**
   * Tries one member after the other while they are in trouble, all within the timeout; the call is asked for anew for each, and told
   * whether an earlier try may have been carried out. Rejects with CallFailure, `inDoubt` if any try was.
   */
  async call<T>(make: (inDoubt: boolean) => Call<T>, timeoutMs = TIMEOUT_MS): Promise<T> {
    const endMs = this.clock.wallMs() + timeoutMs;
    let inDoubt = false;
    for (let left = this.members.length; ; left -= 1) {
      const member = this.current();
      const remainingMs = Math.max(endMs - this.clock.wallMs(), SHORTEST_MS);
      const shareMs = left > 1 ? Math.max(remainingMs / 2, SHORTEST_MS) : remainingMs;
      try {
        return await this.at(member, make(inDoubt), shareMs);
      } catch (error) {
        if (!(error instanceof CallFailure)) throw error;
        inDoubt ||= error.inDoubt;
        if (error.isTrouble) this.avoid(member);
        if (!error.isTrouble || left <= 1 || this.clock.wallMs() >= endMs)
          throw new CallFailure(error.code, error.message, inDoubt);
      }
    }
  }
}
