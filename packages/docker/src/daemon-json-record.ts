import { rawMembers, removeMember, setMember } from './json-edit.js';

/** What overlayd wrote for one key of daemon.json; values are JSON text. */
export interface OwnedKey {
  /** Before the first write; absent when the key was. */
  readonly previous?: string;
  /** The values that are ours: the one written last and the one before, because a crash can leave either in the file. */
  readonly ours: readonly string[];
}

/** Content of the state file: what to undo in daemon.json. */
export interface DaemonJsonRecord {
  /** True when there was no daemon.json before. */
  readonly created: boolean;
  readonly keys: Readonly<Record<string, OwnedKey>>;
  /** The wish for which Docker was restarted last, so that one wish restarts it once. */
  readonly restartedFor?: string;
}

export const EMPTY_RECORD: DaemonJsonRecord = { created: false, keys: {} };

/** True when the value now in the file is one that we wrote. */
export function isOwned(owned: OwnedKey | undefined, raw: string | undefined): boolean {
  return owned !== undefined && raw !== undefined && owned.ours.includes(raw);
}

/** The record after writing `raw` over `current`; a value that somebody else wrote in between is the new one to restore. */
export function ownKey(owned: OwnedKey | undefined, current: string | undefined, raw: string): OwnedKey {
  if (owned && isOwned(owned, current)) return { ...owned, ours: [...new Set([current ?? raw, raw])] };
  return current === undefined ? { ours: [raw] } : { previous: current, ours: [raw] };
}

/** `text` with `key` as it was before us; untouched when its value is no longer ours. */
export function restoreKey(text: string, key: string, owned: OwnedKey): string {
  if (!isOwned(owned, rawMembers(text).get(key))) return text;
  return owned.previous === undefined ? removeMember(text, key) : setMember(text, key, owned.previous);
}

/** The record in a state file; an unreadable one counts as empty, so that nothing of the administrator's is ever taken for ours. */
export function parseRecord(text: string | undefined): DaemonJsonRecord {
  try {
    const value = JSON.parse(text ?? '') as Partial<DaemonJsonRecord> | null;
    const keys = Object.fromEntries(Object.entries(value?.keys ?? {}).filter(([, key]) => isOwnedKey(key)));
    const record = { created: value?.created === true, keys };
    return typeof value?.restartedFor === 'string' ? { ...record, restartedFor: value.restartedFor } : record;
  } catch {
    return EMPTY_RECORD;
  }
}

/** Text of the state file. */
export function formatRecord(record: DaemonJsonRecord): string {
  return JSON.stringify(record, null, 2) + '\n';
}

function isOwnedKey(value: unknown): value is OwnedKey {
  const key = value as Partial<OwnedKey> | null;
  return Array.isArray(key?.ours) && key.ours.every((raw) => typeof raw === 'string');
}
