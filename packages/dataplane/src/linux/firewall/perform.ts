import { OverlayError } from '@overlay/cidr';
import { Unanswered } from './command.js';
import type { Write } from './host.js';
import type { WriteBudget } from './write-budget.js';

/** How long what was refused twice in a row, and traffic does without, is not asked for again. */
const REFUSED_MS = 600_000;

export interface Performed {
  readonly written: readonly string[];
  readonly failed: readonly unknown[];
  /** A line for a person for each write that traffic does without. */
  readonly missed: readonly string[];
}

type Result =
  | { readonly kind: 'written' }
  | { readonly kind: 'missed'; readonly line: string }
  | { readonly kind: 'failed'; readonly error: unknown };

interface Refused {
  readonly sinceMs: number;
  readonly line: string;
  /** Once may be a race with another program, or a machine that was too busy. */
  readonly again: boolean;
}

/** Makes writes one after the other; one that fails does not stop the others. */
export class Performer {
  private readonly refused = new Map<string, Refused>();

  /** @param nowMs milliseconds, never going back */
  constructor(
    private readonly budget: WriteBudget,
    private readonly nowMs: () => number,
    private readonly log: (message: string) => void = () => undefined,
  ) {}

  async perform(writes: readonly Write[]): Promise<Performed> {
    const written: string[] = [];
    const failed: unknown[] = [];
    const missed: string[] = [];
    for (const write of writes) {
      // What fails is tried again soon, and a lock that is held would only be waited for once more.
      if (write.without !== undefined && failed.length > 0) continue;
      const result = await this.one(write);
      if (result.kind === 'written') written.push(...write.names);
      else if (result.kind === 'failed') failed.push(result.error);
      else missed.push(result.line);
    }
    return { written, failed, missed };
  }

  private async one(write: Write): Promise<Result> {
    const text = write.lines.join('\n');
    const names = write.names.join(', ');
    const before = this.refused.get(text);
    if (before?.again === true && this.nowMs() - before.sinceMs < REFUSED_MS)
      return { kind: 'missed', line: before.line };
    try {
      if (!this.budget.spend(text)) throw contested(names);
      await write.run();
      this.refused.delete(text);
      this.log(`firewall: wrote ${names}`);
      return { kind: 'written' };
    } catch (error) {
      const line = refusal(write, error);
      if (line === undefined) return { kind: 'failed', error };
      this.refused.set(text, { sinceMs: this.nowMs(), line, again: before !== undefined });
      return { kind: 'missed', line };
    }
  }
}

const REFUSALS: readonly string[] = ['OVL_FIREWALL_WRITE', 'OVL_FIREWALL_INCOMPATIBLE'];

/** What it means that there is no such rule, where that is no failure; a lock that another program holds is one, and a tool that did not run. */
function refusal({ without }: Write, error: unknown): string | undefined {
  if (without === undefined || !(error instanceof OverlayError)) return undefined;
  if (error.cause instanceof Unanswered) return undefined;
  return REFUSALS.includes(error.code) ? `${without}: ${error.message}` : undefined;
}

function contested(names: string): OverlayError {
  return new OverlayError(
    'OVL_FIREWALL_CONTESTED',
    `${names}: written 30 times within a minute and changed back each time; find the other program that manages these rules`,
  );
}
