const WINDOW_MS = 60_000;
const MAX_WRITES = 30;

/** Ends a fight: something that changes our rules back each time must not make us write for ever. */
export class WriteBudget {
  private readonly spent = new Map<string, number[]>();

  /** @param now milliseconds, never going back */
  constructor(private readonly now: () => number) {}

  /** Whether the same text may be written once more: 30 times within any minute. */
  spend(text: string): boolean {
    const since = this.now() - WINDOW_MS;
    for (const [key, times] of this.spent) {
      const recent = times.filter((time) => time > since);
      if (recent.length === 0) this.spent.delete(key);
      else this.spent.set(key, recent);
    }
    const times = this.spent.get(text) ?? [];
    if (times.length >= MAX_WRITES) return false;
    this.spent.set(text, [...times, this.now()]);
    return true;
  }
}
