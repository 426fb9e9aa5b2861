import type { Json } from '@overlay/lease';

/** A member of backend data, its name in any case as Go reads it; undefined when there is none. */
export function offerMember(data: Json | undefined, member: string): Json | undefined {
  const record =
    typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Record<string, Json>) : {};
  const key = Object.keys(record).findLast((name) => name.toLowerCase() === member.toLowerCase()) ?? '';
  return record[key];
}
