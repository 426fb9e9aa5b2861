/** At least so long; else a tenth of the time that a backend lingers, which says how slow news may be. */
const SETTLE_MS = 1000;
const LINGER_PART = 10;

/** How long a peer that announces a way may need to hear that we go it too: until then its side drops our packets. */
export const settleMs = (lingerMs: number): number => Math.max(SETTLE_MS, lingerMs / LINGER_PART);

/**
 * Holds back a way that needs something on the peer's side (a WireGuard peer, a tunnel port) until the peer had time to make it: after
 * both we and the peer announced it. Where no other way leads to the peer, the plan goes it at once.
 */
export class WayHold {
  /** When we first saw each peer announce each backend. */
  private readonly seen = new Map<string, Map<string, number>>();
  /** When we announced each backend ourselves. */
  private readonly told = new Map<string, number>();

  constructor(
    private readonly nowMs: () => number,
    private readonly settle: number,
  ) {}

  /** The run before this one announced these, and long enough ago. */
  recall(backends: readonly string[]): void {
    for (const id of backends) this.told.set(id, -Infinity);
  }

  /** These are in our lease now. True when one of them is new. */
  announced(backends: readonly string[]): boolean {
    for (const id of this.told.keys()) if (!backends.includes(id)) this.told.delete(id);
    const added = backends.filter((id) => !this.told.has(id));
    for (const id of added) this.told.set(id, this.nowMs());
    return added.length > 0;
  }

  isAnnounced(backend: string): boolean {
    return this.told.has(backend);
  }

  /** Whether all peers had time to hear that we announce it. */
  isSettled(backend: string): boolean {
    return (this.told.get(backend) ?? Infinity) + this.settle <= this.nowMs();
  }

  /** Whether it is too early to send to a peer by this backend. */
  held(peer: string, backend: string): boolean {
    const told = this.told.get(backend) ?? Infinity;
    if (told === -Infinity) return false;
    const now = this.nowMs();
    const ways = this.seen.get(peer) ?? new Map<string, number>();
    this.seen.set(peer, ways);
    const seen = ways.get(backend) ?? now;
    ways.set(backend, seen);
    return Math.max(seen, told) + this.settle > now;
  }

  /** The peer announces these now: one that it took back and announces again later is new. */
  offered(peer: string, backends: readonly string[]): void {
    const ways = this.seen.get(peer);
    for (const id of ways?.keys() ?? []) if (!backends.includes(id)) ways?.delete(id);
  }

  /** Forgets the peers that are not among these. */
  keep(peers: ReadonlyMap<string, unknown>): void {
    for (const name of this.seen.keys()) if (!peers.has(name)) this.seen.delete(name);
  }

  forget(peer: string): void {
    this.seen.delete(peer);
  }
}
