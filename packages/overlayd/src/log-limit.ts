const LIMIT = 5;
const WINDOW_MS = 10 * 60_000;
const MOST_KEYS = 1000;

interface Window {
  readonly startMs: number;
  readonly count: number;
}

/** What is to happen with one more line: logged or not, and how many before it were not. */
export interface LineVerdict {
  readonly window: Window;
  readonly allowed: boolean;
  readonly suppressed: number;
}

/** Up to five lines of a kind in ten minutes are logged; the first one after that time says how many were not. */
export function judgeLine(before: Window | undefined, nowMs: number): LineVerdict {
  if (before === undefined || nowMs - before.startMs >= WINDOW_MS)
    return {
      window: { startMs: nowMs, count: 1 },
      allowed: true,
      suppressed: Math.max(0, (before?.count ?? 0) - LIMIT),
    };
  const count = before.count + 1;
  return { window: { ...before, count }, allowed: count <= LIMIT, suppressed: 0 };
}

const repeated = (times: number, ms: number): string =>
  ` … repeated ${times} times in the last ${Math.round(ms / 60_000)} minutes`;

/** Keeps a fault that comes back again and again from filling the disk with one line (F13). */
export class LogLimit {
  private readonly windows = new Map<string, Window>();

  constructor(private readonly nowMs: () => number) {}

  /** The text to log, undefined when this line is one too many. Lines that differ only in numbers are of one kind. */
  pass(level: string, message: string): string | undefined {
    const key = `${level} ${message.replace(/\d+/g, '#')}`;
    const now = this.nowMs();
    const before = this.windows.get(key);
    const { window, allowed, suppressed } = judgeLine(before, now);
    this.windows.set(key, window);
    this.forgetOldest();
    if (!allowed) return undefined;
    const since = now - (before?.startMs ?? now);
    return suppressed === 0 ? message : message + repeated(suppressed, since);
  }

  private forgetOldest(): void {
    const [oldest] = this.windows.keys();
    if (this.windows.size > MOST_KEYS && oldest !== undefined) this.windows.delete(oldest);
  }
}
