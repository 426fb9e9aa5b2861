import { OverlayError } from '@overlay/cidr';
import type { Json, JsonObject } from '@overlay/lease';

/** `value` is left out where it is a secret. */
const optionError = (backend: string, key: string, rule: string, value?: Json): OverlayError =>
  new OverlayError(
    'OVL_BACKEND_OPTION',
    `Backend option ${key} of ${backend} must be ${rule}${value === undefined ? '' : `, not ${JSON.stringify(value)}`}; ` +
      'correct it with `overlayctl config set`',
  );

type Bounds = readonly [low: number, high: number];

/**
 * Reads a backend's options the way Go's encoding/json decodes a struct: keys without regard to case, the last of several
 * spellings wins, null leaves the value as it was.
 */
export class OptionReader {
  private readonly known = new Set(['type']);

  constructor(
    private readonly backend: string,
    private readonly options: JsonObject,
  ) {}

  whole(key: string, fallback: number, bounds: Bounds): number {
    return this.optionalWhole(key, bounds) ?? fallback;
  }

  optionalWhole(key: string, [low, high]: Bounds): number | undefined {
    const value = this.find(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
    throw optionError(this.backend, key, `a whole number from ${low} to ${high}`, value);
  }

  flag(key: string, fallback = false): boolean {
    const value = this.find(key);
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    throw optionError(this.backend, key, 'true or false', value);
  }

  choice<T extends string>(key: string, choices: readonly [T, ...T[]]): T {
    const value = this.find(key);
    if (value === undefined) return choices[0];
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    throw optionError(this.backend, key, `one of ${choices.join(', ')}`, value);
  }

  /** Empty and absent are undefined. `parse` returns undefined for what breaks `rule`; the value is never shown. */
  secret(key: string, rule: string, parse: (text: string) => string | undefined): string | undefined {
    const value = this.find(key);
    if (value === undefined || value === '') return undefined;
    const parsed = typeof value === 'string' ? parse(value) : undefined;
    if (parsed === undefined) throw optionError(this.backend, key, rule);
    return parsed;
  }

  /** A key that somebody else reads. */
  skip(key: string): void {
    this.find(key);
  }

  /** Keys that were given and never asked for; call it last. */
  unknown(): readonly string[] {
    return Object.keys(this.options).filter((key) => !this.known.has(key.toLowerCase()));
  }

  private find(key: string): Json | undefined {
    const wanted = key.toLowerCase();
    this.known.add(wanted);
    const given = Object.entries(this.options).findLast(
      ([name, value]) => name.toLowerCase() === wanted && value !== null,
    );
    return given?.[1];
  }
}
