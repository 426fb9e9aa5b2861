const PAUSE_MS = 5000;

/** When to look through all tracked flows: after a write at once, and again no sooner than 5 s later; what is owed then comes due at a later call. */
export class SweepPace {
  #owed = false;
  #lastMs = -Infinity;

  /** @param now milliseconds, never going back */
  constructor(private readonly now: () => number) {}

  /** Asked after each look at the rules. Yes means that it is done now. */
  isDue(written: boolean): boolean {
    this.#owed ||= written;
    const now = this.now();
    if (!this.#owed || now - this.#lastMs < PAUSE_MS) return false;
    this.#owed = false;
    this.#lastMs = now;
    return true;
  }
}
