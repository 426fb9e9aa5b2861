/**
 * A walk over all of `items` that goes from each to each other exactly once: n (n - 1) steps. It starts and ends at the first one.
 * (A complete directed graph has an Eulerian circuit; found with Hierholzer's algorithm.)
 */
export function everyChange<T>(items: readonly T[]): readonly T[] {
  const left = items.map((from) => items.filter((to) => to !== from));
  const stack = [0];
  const walk: T[] = [];
  for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
    const next = left[at]?.pop();
    if (next !== undefined) stack.push(items.indexOf(next));
    else {
      stack.pop();
      walk.unshift(items[at] as T);
    }
  }
  return walk;
}
