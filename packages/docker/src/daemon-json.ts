import { desiredKeys, OWNED_KEYS } from './daemon-json-keys.js';
import {
  EMPTY_RECORD,
  isOwned,
  ownKey,
  restoreKey,
  type DaemonJsonRecord,
  type OwnedKey,
} from './daemon-json-record.js';
import type { DockerdFlag } from './dockerd-flags.js';
import { rawMembers, removeMember, setMember } from './json-edit.js';
import { scanObject } from './json-scan.js';
import type { DockerProblem, DockerWish } from './model.js';
import { problem } from './problem.js';

/** A merge: the new text (undefined: no file), the members that differ from before, and what forbids writing it. */
export interface DaemonJsonMerge {
  readonly text: string | undefined;
  readonly changedKeys: readonly string[];
  readonly problems: readonly DockerProblem[];
  readonly record: DaemonJsonRecord;
}

/**
 * The lease merged into the text of a daemon.json (undefined: there is none). All other bytes stay. With any problem nothing changes:
 * text that dockerd 23.0 or we cannot read (OVL_DOCKER_JSON_MALFORMED), a key that dockerd also gets as a flag, which stops it from
 * starting (OVL_DOCKER_FLAG_CONFLICT), no default bridge at all (OVL_DOCKER_NO_DEFAULT_BRIDGE).
 */
export function mergeDaemonJson(
  text: string | undefined,
  wish: DockerWish,
  flags: readonly DockerdFlag[],
  record: DaemonJsonRecord = EMPTY_RECORD,
): DaemonJsonMerge {
  const refuse = (problems: DockerProblem[]): DaemonJsonMerge => ({
    text,
    changedKeys: [],
    problems,
    record,
  });
  const malformed = malformation(text);
  if (malformed) return refuse([malformed]);
  const original = text ?? '{}\n';
  const bridge = ownBridge(original, flags);
  if (bridge === 'none') return refuse([noDefaultBridge()]);
  const desired = desiredKeys(
    wish,
    bridge !== undefined && !isOwned(record.keys['bridge'], rawMembers(original).get('bridge')),
  );
  const bip = wish.segment?.bridge === undefined ? undefined : foreignBip(original, record);
  if (bip) return refuse([bip]);
  const conflicts = flags.filter((flag) => desired.has(flag.name)).map(flagConflict);
  if (conflicts.length > 0) return refuse(conflicts);
  const merged = applyKeys(original, desired, record);
  const changedKeys = changes(original, merged.text);
  if (changedKeys.length === 0) return { text, changedKeys, problems: [], record: merged.record };
  const created = record.created || text === undefined;
  return { text: merged.text, changedKeys, problems: [], record: { ...merged.record, created } };
}

/** daemon.json as it was before us, as far as the values are still ours; undefined when the file was ours and holds nothing else. */
export function restoreDaemonJson(text: string, record: DaemonJsonRecord): DaemonJsonMerge {
  const malformed = malformation(text);
  if (malformed) return { text, changedKeys: [], problems: [malformed], record };
  // Backwards, so that members we appended leave in the opposite order and a member we kept a comma for stays as it was.
  const restored = Object.entries(record.keys)
    .reverse()
    .reduce((current, [key, owned]) => restoreKey(current, key, owned), text);
  const changedKeys = changes(text, restored);
  const gone = record.created && rawMembers(restored).size === 0;
  return { text: gone ? undefined : restored, changedKeys, problems: [], record: EMPTY_RECORD };
}

function applyKeys(original: string, desired: ReadonlyMap<string, string>, record: DaemonJsonRecord) {
  const members = rawMembers(original);
  const keys: Record<string, OwnedKey> = { ...record.keys };
  let text = original;
  for (const key of OWNED_KEYS) {
    const owned = keys[key];
    const raw = desired.get(key);
    const current = members.get(key);
    if (raw === undefined) {
      // dockerd refuses bip beside bridge, so a value from before us cannot come back there.
      if (key === 'bip' && isOwned(owned, current)) text = removeMember(text, key);
      else if (owned) text = restoreKey(text, key, owned);
      Reflect.deleteProperty(keys, key);
    } else if (current === undefined || !sameValue(current, raw)) {
      keys[key] = ownKey(owned, current, raw);
      text = setMember(text, key, raw);
    }
  }
  return { text, record: { ...record, keys } };
}

function changes(before: string, after: string): string[] {
  const [old, now] = [rawMembers(before), rawMembers(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key));
}

function sameValue(left: string, right: string): boolean {
  return left === right || JSON.stringify(JSON.parse(left)) === right;
}

function malformation(text: string | undefined): DockerProblem | undefined {
  if (text === undefined) return undefined;
  const layout = scanObject(text);
  if (!('what' in layout)) return undefined;
  const message = `daemon.json cannot be read as JSON: line ${layout.line}, column ${layout.column}: ${layout.what}. Correct it by hand; overlayd does not write a file it cannot read.`;
  return problem('OVL_DOCKER_JSON_MALFORMED', message);
}

/** The bridge that the administrator gave dockerd, in the file or as a flag. */
function ownBridge(text: string, flags: readonly DockerdFlag[]): string | undefined {
  const raw = rawMembers(text).get('bridge');
  const inFile: unknown = raw === undefined ? undefined : JSON.parse(raw);
  const bridge = inFile ?? flags.find((flag) => flag.name === 'bridge')?.value;
  return typeof bridge === 'string' && bridge !== '' ? bridge : undefined;
}

/** dockerd does not start with both. */
function foreignBip(text: string, record: DaemonJsonRecord): DockerProblem | undefined {
  const current = rawMembers(text).get('bip');
  if (current === undefined || isOwned(record.keys['bip'], current)) return undefined;
  return problem(
    'OVL_DOCKER_BIP_CONFLICT',
    `daemon.json has bip ${current}, and dockerd does not start with bip beside the bridge that this backend needs. Remove bip, or use --docker=network.`,
  );
}

function noDefaultBridge(): DockerProblem {
  return problem(
    'OVL_DOCKER_NO_DEFAULT_BRIDGE',
    'dockerd runs with bridge "none", so there is no default network to give the lease to. Use --docker=network, or remove the bridge option.',
  );
}

function flagConflict(flag: DockerdFlag): DockerProblem {
  const given = flag.value === '' ? `--${flag.name}` : `--${flag.name}=${flag.value}`;
  return problem(
    'OVL_DOCKER_FLAG_CONFLICT',
    `${given} is given to dockerd in ${flag.place}; dockerd does not start when daemon.json has ${flag.name} too. Remove the flag there (and restart Docker), or use --docker=network.`,
  );
}
