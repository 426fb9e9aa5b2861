import type { Lease, LeaseAttributes, RawLease } from '@overlay/lease';
import { isNewer } from './own-event.js';
import { Said } from './said.js';
import { holds, type LeaseStatus } from './status.js';

/**
 * What a value of our key under our node id is. `said`: a write of ours, maybe one whose answer was lost (A27). `restored`: from before our
 * last write. `clone`: another machine's with our node id, and we were there first. `original`: the same, and that one is to keep it (B07).
 */
type Writer = 'said' | 'restored' | 'clone' | 'original';

/** Which of two machines with one node id a lease stays with: whoever had it first, as far as it can be sure of having it. */
export class Tenure {
  private readonly said = new Said();
  /** Boot time in ms at which a key of another address or host name was taken over; undefined when its host would have said something. */
  private tookOverMs: number | undefined;

  /** This is to be written, or was. */
  says(attributes: LeaseAttributes): void {
    this.said.add(attributes);
  }

  /** A lease is ours from `bootMs` on. `takenOver`: its key named another address or host name. */
  begins(takenOver: boolean, bootMs: number): void {
    this.tookOverMs = takenOver ? bootMs : undefined;
  }

  /** It was renewed, and its key was ours after `sentMs`. When a TTL is over, no host that had it before can be sure of it any more. */
  renewed(sentMs: number, ttlSeconds: number): void {
    if (sentMs - (this.tookOverMs ?? sentMs) >= ttlSeconds * 1000) this.tookOverMs = undefined;
  }

  /** `lease`: the key as we last knew it. */
  writerOf(raw: RawLease, lease: Pick<Lease, 'modRevision'>, status: LeaseStatus, bootMs: number): Writer {
    if (this.said.includes(raw)) return 'said';
    if (!isNewer(raw, lease)) return 'restored';
    return this.tookOverMs === undefined && holds(status, bootMs) ? 'clone' : 'original';
  }
}
