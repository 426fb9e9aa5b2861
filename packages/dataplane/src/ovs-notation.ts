/** OVSDB's JSON notation of values (RFC 7047 section 5.1). What is read may be anything: a value of another shape reads as empty. */
export type Notation = string | number | boolean | readonly [kind: string, value: unknown];

export const uuid = (id: string): Notation => ['uuid', id];
/** A row that the same transaction inserts. */
export const namedUuid = (name: string): Notation => ['named-uuid', name];
export const setOf = (items: readonly Notation[]): Notation => ['set', items];
export const mapOf = (record: Readonly<Record<string, string>>): Notation => ['map', Object.entries(record)];

export const readText = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The members of a set; a set of one is written as its member. */
export function readSet(value: unknown): readonly unknown[] {
  return Array.isArray(value) && value[0] === 'set' && Array.isArray(value[1])
    ? (value[1] as unknown[])
    : [value];
}

/** The only member of an optional number; undefined when it is not set. */
export function readNumber(value: unknown): number | undefined {
  const [member] = readSet(value);
  return typeof member === 'number' ? member : undefined;
}

export function readUuids(value: unknown): readonly string[] {
  return readSet(value).flatMap((member) =>
    Array.isArray(member) && member[0] === 'uuid' ? [readText(member[1])] : [],
  );
}

export function readMap(value: unknown): Readonly<Record<string, string>> {
  if (!Array.isArray(value) || value[0] !== 'map' || !Array.isArray(value[1])) return {};
  const pairs = value[1].filter((pair): pair is [unknown, unknown] => Array.isArray(pair));
  return Object.fromEntries(pairs.map(([key, item]) => [readText(key), readText(item)]));
}
