/** What is shown of a peer's preshared key: whether it is the one asked about, and never the key. */
const AS_WANTED = '(as wanted)';
const ANOTHER = '(another)';

/** The key of a peer as read, told against the one that is wanted of that peer; undefined when it has none. */
export function shownKey(actual: string | undefined, wanted: string | undefined): string | undefined {
  if (actual === undefined) return undefined;
  return actual === wanted ? AS_WANTED : ANOTHER;
}

/** Whether a peer has the wanted key, by what was read (`shownKey`, of the same wish) or set. */
export function sameKey(wanted: string | undefined, actual: string | undefined): boolean {
  return actual === AS_WANTED ? wanted !== undefined : wanted === actual;
}
