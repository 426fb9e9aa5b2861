import { parseIpv4Prefix, parseIpv6Prefix, type Prefix } from '@overlay/cidr';
import { differs, ownerOf, same, textOf, type Owner } from './history-owner.js';

/** What happened to one lease key, as etcd's log of revisions has it. */
export interface HistoryEvent {
  /** The whole key: `/atomic.io/network/subnets/10.5.34.0-24`. */
  readonly key: string;
  /** The value put; undefined when the key was deleted, by whomever, or went with its etcd lease. */
  readonly value: string | undefined;
  readonly revision: number;
  /** The revision at which the key came to be; 0 for a deletion. */
  readonly createRevision: number;
  /** etcd lease, decimal; absent when the key has none. */
  readonly lease?: string;
}

/** The addresses of a subnet, first and last. Deliberately not the overlap that our allocation uses: this one judges it. */
interface Span {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

interface Held {
  readonly key: string;
  readonly name: string;
  /** The key up to and with `/subnets/`: two networks may use the same addresses. */
  readonly directory: string;
  /** Empty when the name is not that of a lease. */
  readonly spans: readonly Span[];
  readonly owner: Owner;
  readonly revision: number;
  readonly createRevision: number;
}

/** What is known of each key: held, or `gone`; nothing before its first event. */
type Keys = Map<string, Held | 'gone'>;

/**
 * Proves over all that happened to lease keys in a run that I1 held (at every revision no two nodes have overlapping subnets, in either
 * family) and I2 (nobody replaced a value that was not its own). Who wrote a value is told by the node id in it, for Flannel's by its
 * `PublicIP`. etcd's log does not say who deleted a key, so a deletion counts against somebody only when the same transaction wrote.
 * @param events in the order of their revisions, all of one run; those of one revision are one transaction.
 * @returns a line for each violation, with revision and key; empty when all held. An incomplete or disordered log is one, too.
 */
export function checkHistory(events: readonly HistoryEvent[]): readonly string[] {
  const keys: Keys = new Map();
  return transactions(events).flatMap((transaction, index, all) => {
    const before = all[index - 1]?.[0]?.revision ?? 0;
    return [...disorder(transaction, before), ...judge(transaction, keys)];
  });
}

function transactions(events: readonly HistoryEvent[]): readonly (readonly HistoryEvent[])[] {
  const found: HistoryEvent[][] = [];
  for (const event of events) {
    const current = found.at(-1);
    if (current?.[0]?.revision === event.revision) current.push(event);
    else found.push([event]);
  }
  return found;
}

function disorder([first]: readonly HistoryEvent[], before: number): readonly string[] {
  const revision = first?.revision ?? 0;
  if (revision > before) return [];
  return [`history has a gap: revision ${revision} comes after revision ${before}`];
}

/** One transaction: who replaced whom, then what overlaps once all of it is done. */
function judge(transaction: readonly HistoryEvent[], keys: Keys): readonly string[] {
  const puts = transaction.flatMap((event) => heldBy(event));
  const violations: string[] = [];
  for (const event of transaction) {
    violations.push(...gaps(event, keys.get(event.key)), ...replaced(event, keys.get(event.key), puts));
  }
  const fresh = new Set(puts.filter((put) => isNew(put, keys.get(put.key))));
  for (const { key } of transaction) keys.set(key, 'gone');
  for (const put of puts) if (!fresh.has(put)) keys.set(put.key, put);
  for (const put of fresh) {
    violations.push(...misnamed(put), ...overlapping(put, keys));
    keys.set(put.key, put);
  }
  return violations;
}

function heldBy({ key, value, revision, createRevision }: HistoryEvent): readonly Held[] {
  if (value === undefined) return [];
  const end = key.lastIndexOf('/') + 1;
  const name = key.slice(end);
  const common = { key, name, directory: key.slice(0, end), spans: spansOf(name), revision, createRevision };
  return [{ ...common, owner: ownerOf(value) }];
}

const isNew = (put: Held, before: Held | 'gone' | undefined): boolean =>
  before === undefined || before === 'gone' || differs(before.owner, put.owner);

/** I2. */
function replaced(
  { key, value, revision }: HistoryEvent,
  before: Held | 'gone' | undefined,
  puts: readonly Held[],
): readonly string[] {
  if (before === undefined || before === 'gone') return [];
  const writers = puts.filter((put) => value === undefined || put.key === key).map(({ owner }) => owner);
  const [stranger] = writers;
  if (stranger === undefined || writers.some((writer) => same(writer, before.owner))) return [];
  const done = value === undefined ? 'deleted' : 'replaced';
  return [
    `I2: at revision ${revision} ${textOf(stranger)} ${done} ${key}, ` +
      `last written by ${textOf(before.owner)} at revision ${before.revision}`,
  ];
}

/** I1. Only a put by a new owner can make one; a renewal of an overlap is not told again. */
function overlapping(put: Held, keys: Keys): readonly string[] {
  const violations: string[] = [];
  for (const other of keys.values()) {
    if (other === 'gone' || other.key === put.key || other.directory !== put.directory) continue;
    if (!meet(put.spans, other.spans) || same(put.owner, other.owner)) continue;
    violations.push(
      `I1: at revision ${put.revision} ${put.key} of ${textOf(put.owner)} overlaps ` +
        `${other.name} of ${textOf(other.owner)}, there since revision ${other.createRevision}`,
    );
  }
  return violations;
}

/** What a node of ours writes there is well formed: one bad key takes down every Flannel peer. */
function misnamed({ spans, owner, key, revision }: Held): readonly string[] {
  if (spans.length > 0 || owner.nodeId === undefined) return [];
  return [`I1: at revision ${revision} ${textOf(owner)} wrote ${key}, which is no lease key`];
}

/** What the log cannot have left out without being wrong about this key. */
function gaps(event: HistoryEvent, before: Held | 'gone' | undefined): readonly string[] {
  // What the key was before the log began is not known.
  if (before === undefined) return [];
  const { key, value, revision, createRevision } = event;
  if (before === 'gone') {
    if (value !== undefined && createRevision === revision) return [];
    return [`history has a gap: at revision ${revision} ${key} was gone, and its creation is missing`];
  }
  if (value === undefined || createRevision === before.createRevision) return [];
  return [`history has a gap: at revision ${revision} ${key} was there, and its deletion is missing`];
}

function spansOf(name: string): readonly Span[] {
  const [, address4, length4, address6, length6] = /^([\d.]+)-(\d+)(?:&([\da-f:]+)-(\d+))?$/.exec(name) ?? [];
  try {
    const four = parseIpv4Prefix(`${address4 ?? ''}/${length4 ?? ''}`, 'mask');
    if (address6 === undefined) return [spanOf(four)];
    return [spanOf(four), spanOf(parseIpv6Prefix(`${address6}/${length6 ?? ''}`, 'mask'))];
  } catch {
    return [];
  }
}

function spanOf({ family, bits, length }: Prefix): Span {
  const first = BigInt(bits);
  return { family, first, last: first + (1n << BigInt((family === 4 ? 32 : 128) - length)) - 1n };
}

const meet = (a: readonly Span[], b: readonly Span[]): boolean =>
  a.some((one) =>
    b.some((two) => one.family === two.family && one.first <= two.last && two.first <= one.last),
  );
