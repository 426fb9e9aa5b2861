import type { Json } from './model.js';

const ESCAPED = /[&<>\u2028\u2029]/g;

/** Compact JSON as Go's encoding/json prints it: like JSON.stringify, but `&`, `<`, `>`, U+2028 and U+2029 are escaped. */
export function goJson(value: Json): string {
  return JSON.stringify(value).replace(
    ESCAPED,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
