/** What the real watch loop decides by; `watch-rules.test.ts` compares. */

const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

/** The life of a store, as far as it was seen. */
export interface Epoch {
  readonly revision: number;
  readonly term: number;
}

/** Before the next session; `random` is in [0, 1). */
export function pauseMs(failures: number, random: number): number {
  if (failures <= 1) return 0;
  const longest = Math.min(SHORTEST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return longest * (0.5 + random / 2);
}

/** Whether an answer is of another life of the store than what was known before it was asked for. */
export const isRestored = (before: Epoch | undefined, seen: Epoch): boolean =>
  before !== undefined && (seen.revision < before.revision || seen.term < before.term);
