import type { ActualState, Outcome } from '@overlay/dataplane';
import { changeText } from './control/plan-text.js';

/** What is still there, and why. */
interface Left {
  readonly what: string;
  readonly why: string;
  /** It is, or may be, of our making: the clean-up is not complete. */
  readonly ours: boolean;
}

/** What a clean-up did. */
export interface CleanupReport {
  readonly removed: readonly string[];
  readonly left: readonly Left[];
}

export const removed = (...things: readonly string[]): CleanupReport => ({ removed: things, left: [] });
export const left = (what: string, why: string, ours = true): CleanupReport => ({
  removed: [],
  left: [{ what, why, ours }],
});

export function joined(reports: readonly CleanupReport[]): CleanupReport {
  return {
    removed: reports.flatMap((report) => report.removed),
    left: reports.flatMap((report) => report.left),
  };
}

/** Runs one part of a clean-up; what it throws is part of the report, so that the other parts are still done. */
export async function attempt(
  what: string,
  part: () => CleanupReport | Promise<CleanupReport>,
): Promise<CleanupReport> {
  try {
    return await part();
  } catch (error) {
    return left(what, error instanceof Error ? error.message : String(error));
  }
}

/** What became of the kernel's objects; a part that could not be read may have more of ours. */
export function kernelReport(
  { unread = [] }: Pick<ActualState, 'unread'>,
  outcomes: readonly Outcome[],
): CleanupReport {
  return joined([
    ...unread.map((reason) => left('kernel objects', `what is there cannot be read: ${reason}`)),
    ...outcomes.map((outcome) => {
      const { type, object } = changeText(outcome.change);
      const thing = `${type} ${object}`;
      return outcome.ok ? removed(thing) : left(thing, outcome.message);
    }),
  ]);
}

/** A line for each thing, for a person. */
export function reportText({ removed: things, left: remains }: CleanupReport): string {
  const lines = [
    ...things.map((thing) => `removed ${thing}`),
    ...remains.map(({ what, why }) => `left ${what}: ${why}`),
  ];
  return lines.length === 0 ? 'nothing of ours was here\n' : lines.map((line) => `${line}\n`).join('');
}

/** What Docker's agent said, one line for each thing it did or could not do. */
export function dockerReport(lines: readonly string[]): CleanupReport {
  return joined(
    lines.map((line) => {
      const [, verb, rest] = /^(removed|left|wrote) (.*)$/s.exec(line) ?? [];
      if (verb === 'removed') return removed(rest ?? '');
      if (verb === 'wrote') return removed(`keys of ours from ${rest ?? ''}`);
      if (verb === undefined) return left('Docker settings', line);
      const [what = '', ...why] = (rest ?? '').split(': ');
      return left(what, why.join(': '));
    }),
  );
}
