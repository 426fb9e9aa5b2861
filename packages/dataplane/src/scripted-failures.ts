import type { Change } from './model.js';

/** A refusal a test asks for. */
export interface ScriptedFailure {
  readonly when: (change: Change) => boolean;
  readonly code: string;
  readonly message?: string;
  /** How often; for ever unless given. */
  readonly times?: number;
}

/** The refusals that a test asked a fake for. */
export class ScriptedFailures {
  private failures: { failure: ScriptedFailure; left: number }[] = [];

  add(failure: ScriptedFailure): void {
    this.failures.push({ failure, left: failure.times ?? Infinity });
  }

  clear(): void {
    this.failures = [];
  }

  /** The refusal of a change, which counts as one time. */
  take(change: Change): { readonly code: string; readonly message: string } | undefined {
    const entry = this.failures.find(({ failure, left }) => left > 0 && failure.when(change));
    if (!entry) return undefined;
    entry.left--;
    return { code: entry.failure.code, message: entry.failure.message ?? entry.failure.code };
  }
}
