/** Names in a text; where all are wanted, the table of nodes has them. */
const MOST_NAMED = 10;

/** `a, b`, and at most ten: `a, b, c, d, e, f, g, h, i, j and 3 more`. */
export function namesText(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}
