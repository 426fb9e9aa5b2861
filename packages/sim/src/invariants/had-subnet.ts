import type { Prefix } from '@overlay/cidr';

/** A fence may be let go of when the subnet had no owner, or no container, for ten minutes; a second is for rounding. */
const IDLE_MS = 599_000;

/** How a subnet stands with a host now. */
interface Standing {
  /** It is another host's. */
  readonly owned: boolean;
  /** The host says to hold it, or its key says so. */
  readonly claimed: boolean;
  readonly fenced: boolean;
  /** Containers are in it. */
  readonly used: boolean;
}

const since = (is: boolean, beforeMs: number | undefined, nowMs: number): number | undefined =>
  is ? (beforeMs ?? nowMs) : undefined;

/** A subnet that a host had. */
export class HadSubnet {
  /** Since when it is to be fenced, or is; boot time, ms. */
  private sinceMs: number | undefined;
  /** Since when nobody owns it, or no container is in it; boot time, ms. */
  private idleMs: number | undefined;

  /** @param known the process that runs can know that the host had it */
  constructor(
    readonly prefix: Prefix,
    private known: boolean,
  ) {}

  /** Whether it is to be fenced, and is not. One that was let go of in time is forgotten. */
  isOpen({ owned, claimed, fenced, used }: Standing, bootMs: number): boolean {
    this.idleMs = since(!owned || !used, this.idleMs, bootMs);
    if (!fenced && this.isIdle(bootMs)) this.known = false;
    const needed = this.known && owned && !claimed;
    this.sinceMs = since(needed || fenced, this.sinceMs, bootMs);
    return needed && !fenced;
  }

  private isIdle(bootMs: number): boolean {
    const { sinceMs, idleMs } = this;
    return sinceMs !== undefined && idleMs !== undefined && bootMs - Math.max(sinceMs, idleMs) >= IDLE_MS;
  }
}
