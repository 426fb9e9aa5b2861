import { usageError } from './argv.js';
import type { FlagSpec } from './flags.js';

export type FlagValue = string | number | boolean | readonly string[];

/** The words Go's strconv.ParseBool takes. */
const BOOLEANS = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
]);

function toNumber(flag: FlagSpec, text: string, source: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  const [low, high] = flag.range ?? [0, Number.MAX_SAFE_INTEGER];
  if (value >= low && value <= high) return value;
  throw usageError(`${source}: "${text}" is not a whole number from ${low} to ${high}`);
}

function toBoolean(text: string, source: string): boolean {
  const value = BOOLEANS.get(text);
  if (value === undefined) throw usageError(`${source}: "${text}" is not true or false`);
  return value;
}

const split = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function toText(flag: FlagSpec, text: string, source: string): string {
  if (flag.choices !== undefined && !flag.choices.includes(text)) {
    throw usageError(`${source}: "${text}" is not one of ${flag.choices.join(', ')}`);
  }
  return text;
}

/** Turns the texts given for a flag into its value. `source` names where they came from: `--mtu`, `OVERLAYD_MTU`. */
export function toValue(flag: FlagSpec, texts: readonly string[], source: string): FlagValue {
  const last = texts.at(-1) ?? '';
  switch (flag.type) {
    case 'text':
      return toText(flag, last, source);
    case 'bool':
      return toBoolean(last, source);
    case 'number':
      return toNumber(flag, last, source);
    case 'list':
      return split(last);
    case 'repeat':
      return texts.flatMap(split);
    case 'pattern':
      return texts.filter((text) => text !== '');
  }
}
