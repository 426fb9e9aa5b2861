import { OverlayError } from '@overlay/cidr';
import type { Logger } from '../logger.js';

export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** What is wrong now, by where it comes from. Logged once when it appears and once when it is over; the same problem in other words
 * (times, endpoints) is not logged again (F13). */
export class Problems {
  private readonly current = new Map<string, Problem>();
  /** Codes that were logged since the source was last without a problem: some alternate. */
  private readonly told = new Map<string, Set<string>>();

  constructor(private readonly log: Logger) {}

  set(source: string, problem: Problem): void {
    this.current.set(source, { code: problem.code, message: problem.message });
    const told = this.told.get(source) ?? new Set<string>();
    this.told.set(source, told);
    if (!told.has(problem.code)) this.log.warn(problem.message, { code: problem.code });
    told.add(problem.code);
  }

  /** Takes an error of ours as it is, and any other as OVL_INTERNAL. */
  setError(source: string, error: unknown): void {
    const code = error instanceof OverlayError ? error.code : 'OVL_INTERNAL';
    this.set(source, { code, message: error instanceof Error ? error.message : String(error) });
  }

  /** Sets the problem, or clears it when there is none. */
  settle(source: string, problem: Problem | undefined): void {
    if (problem === undefined) this.clear(source);
    else this.set(source, problem);
  }

  clear(source: string): void {
    const before = this.current.get(source);
    if (before === undefined) return;
    this.current.delete(source);
    this.told.delete(source);
    this.log.info(`over: ${before.message}`, { code: before.code });
  }

  get(source: string): Problem | undefined {
    return this.current.get(source);
  }

  has(source: string): boolean {
    return this.current.has(source);
  }

  list(): readonly Problem[] {
    return [...this.current.values()];
  }
}
