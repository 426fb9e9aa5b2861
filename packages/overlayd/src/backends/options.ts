import { OverlayError } from '@overlay/cidr';
import type { Json, JsonObject } from '@overlay/lease';

const optionError = (backend: string, key: string, rule: string, value: Json): OverlayError =>
  new OverlayError(
    'OVL_BACKEND_OPTION',
    `Backend option ${key} of ${backend} must be ${rule}, not ${JSON.stringify(value)}; correct it with \`overlayctl config set\``,
  );

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

  whole(key: string, fallback: number, [low, high]: readonly [number, number]): number {
    const value = this.find(key);
    if (value === undefined) return fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
    throw optionError(this.backend, key, `a whole number from ${low} to ${high}`, value);
  }

  flag(key: string): boolean {
    const value = this.find(key);
    if (value === undefined) return false;
    if (typeof value === 'boolean') return value;
    throw optionError(this.backend, key, 'true or false', value);
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
