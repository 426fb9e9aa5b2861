/** What the command line asks for. */
export interface Arguments {
  readonly seeds: number;
  readonly from: number;
  readonly days: number;
  readonly full: boolean;
  readonly jobs: number;
}

const USAGE = `npm run sim -- [--seeds N] [--from SEED] [--days D] [--full] [--jobs J]

Runs N simulated clusters (default 300), one for each seed from SEED (default 1) on, for D days each (default 1).
--full     leaps over no quiet hour
--jobs J   processes side by side (default: one for each core)`;

/** @throws Error with a text for a person */
export function parseArguments(argv: readonly string[], cores: number): Arguments {
  const values = new Map<string, number>([
    ['--seeds', 300],
    ['--from', 1],
    ['--days', 1],
    ['--jobs', cores],
  ]);
  let full = false;
  for (let at = 0; at < argv.length; at += 1) {
    const name = argv[at] ?? '';
    if (name === '--full') {
      full = true;
      continue;
    }
    at += 1;
    const value = Number(argv[at]);
    if (!values.has(name) || !(value > 0)) throw new Error(`${name} is not understood\n\n${USAGE}`);
    values.set(name, value);
  }
  const of = (name: string): number => values.get(name) ?? 0;
  return { seeds: of('--seeds'), from: of('--from'), days: of('--days'), jobs: of('--jobs'), full };
}
