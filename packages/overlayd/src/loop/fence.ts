import { formatPrefix, overlaps, parsePrefix, type Prefix } from '@overlay/cidr';
import type { DockerReport } from '@overlay/docker';
import type { LeaseEvent, LeaseSubnets, RawLease } from '@overlay/lease';
import { readIfThere, tryWrite } from '../host/files.js';
import { namedIn, prefixesOf } from '../lease/read-key.js';
import { fence, type Fenced, type FenceSelf } from '../plan/fence.js';
import type { Problems } from './problems.js';

/** Where nobody can tell for sure that the last container is gone, a subnet that nobody owns or nothing seems to use is let go of after this, ms. */
const IDLE_MS = 600_000;

/** What the fence asks for when it looks. */
export interface FenceView {
  readonly self: FenceSelf;
  /** What this host holds now: its lease, while it is not lost, and those that drain. */
  readonly held: readonly LeaseSubnets[];
  /** Docker uses what this host holds, and nothing else. */
  readonly followed: boolean;
  readonly unused: (prefix: Prefix) => boolean;
}

export interface FenceDeps {
  /** `<state-dir>/fence.json`: what was fenced, so that a restart does not open it. */
  readonly file: string;
  readonly problems: Problems;
  /** Boot time, ms. */
  readonly nowMs: () => number;
  /** All keys under `subnets/` as last heard of. */
  readonly leases: () => Iterable<RawLease>;
  readonly view: () => FenceView;
  /** Other subnets are fenced than before. */
  readonly onChanged: () => void;
}

function readPrefix(value: unknown): readonly Prefix[] {
  try {
    return [parsePrefix(String(value))];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is { readonly prefix: unknown; readonly owner: string } {
  const { owner } = (value ?? {}) as { readonly owner?: unknown };
  return typeof owner === 'string';
}

/** What an earlier run fenced; what cannot be read is nothing. */
export function readFenced(text: string | undefined): readonly Fenced[] {
  try {
    const { fenced } = (JSON.parse(text ?? 'null') ?? {}) as { readonly fenced?: unknown };
    const entries = Array.isArray(fenced) ? fenced.filter(isEntry) : [];
    return entries.flatMap(({ prefix, owner }) => readPrefix(prefix).map((one) => ({ prefix: one, owner })));
  } catch {
    return [];
  }
}

/** For `readFenced` of the next run. */
function writeFenced(fenced: readonly Fenced[]): string {
  const entries = fenced.map(({ prefix, owner }) => ({ prefix: formatPrefix(prefix), owner }));
  return `${JSON.stringify({ version: 1, fenced: entries }, null, 2)}\n`;
}

const textOf = (prefixes: readonly Prefix[]): string => prefixes.map(formatPrefix).join(', ');

/** Why and until when, for a person. */
function message(fenced: readonly Fenced[], held: readonly LeaseSubnets[]): string {
  const lost = fenced.map(({ prefix, owner }) => `${formatPrefix(prefix)} belongs to ${owner}`);
  const [now] = held;
  const moved = now === undefined ? 'it has no other subnet yet' : `it has ${textOf(prefixesOf(now))} now`;
  return (
    `${lost.join('; ')}: this host had it, and lets nothing pass between it and the peers any more; ${moved}. ` +
    'Containers that still run in it must be started again in the new one'
  );
}

/**
 * Which subnets this host must send nothing from (B03): it remembers the ones it had or gave to Docker, over restarts those that were
 * fenced, and looks again whenever who owns them may have changed.
 */
export class Fence {
  /** Subnets that containers of this host may be in, by their text. */
  private readonly used = new Map<string, Prefix>();
  /** Keys that were read before the watch told of them. */
  private readonly read = new Map<string, RawLease>();
  private fenced: readonly Fenced[];
  private saved: string | undefined;

  constructor(private readonly deps: FenceDeps) {
    this.saved = readIfThere(deps.file);
    this.fenced = readFenced(this.saved);
  }

  prefixes(): readonly Prefix[] {
    return this.fenced.map(({ prefix }) => prefix);
  }

  /** Containers of this host may be in these. */
  uses(prefixes: readonly Prefix[]): void {
    for (const prefix of prefixes) this.used.set(formatPrefix(prefix), prefix);
  }

  /** No container of this host is in these any more. */
  emptied(prefixes: readonly Prefix[]): void {
    for (const prefix of prefixes) this.used.delete(formatPrefix(prefix));
  }

  /** Docker has its containers in these subnets, whatever it should have. */
  usedByDocker({ subnet, ipv6Subnet }: Pick<DockerReport, 'subnet' | 'ipv6Subnet'>): void {
    for (const text of [subnet, ipv6Subnet]) if (text !== undefined) this.uses(readPrefix(text));
    this.look();
  }

  /** A key as it was read from etcd; the watch may be behind, or cut off. It counts when the fence looks next. */
  learned(raw: RawLease): void {
    this.read.set(raw.name, raw);
  }

  /** A complete list was taken over. */
  listed(): void {
    this.read.clear();
    this.look();
  }

  /** These events were taken over. */
  events(events: readonly LeaseEvent[]): void {
    const names = events.map((event) => (event.type === 'put' ? event.lease.name : event.name));
    for (const name of names) this.read.delete(name);
    if (names.some((name) => this.concerns(name))) this.look();
  }

  private concerns(name: string): boolean {
    const known = [...this.used.values(), ...this.prefixes()];
    return namedIn(name).some((prefix) => known.some((one) => overlaps(one, prefix)));
  }

  /** Something that decides may have changed: the leases, what this host holds, what Docker uses. */
  look(): void {
    const { self, held, followed, unused } = this.deps.view();
    const heldPrefixes = held.flatMap(prefixesOf);
    if (followed) this.used.clear();
    this.uses(heldPrefixes);
    const before = this.prefixes();
    this.fenced = fence({
      used: [...this.used.values()],
      held: heldPrefixes,
      leases: this.keys(),
      self,
      before: this.fenced,
      followed,
      unused,
      nowMs: this.deps.nowMs(),
      idleForMs: IDLE_MS,
    });
    this.forget(before);
    this.tell(held);
    if (textOf(this.prefixes()) !== textOf(before)) this.deps.onChanged();
  }

  /** What is let go of is used no more. */
  private forget(before: readonly Prefix[]): void {
    const now = new Set(this.prefixes().map(formatPrefix));
    for (const text of before.map(formatPrefix)) if (!now.has(text)) this.used.delete(text);
  }

  private *keys(): Iterable<RawLease> {
    yield* this.deps.leases();
    yield* this.read.values();
  }

  private tell(held: readonly LeaseSubnets[]): void {
    const { problems, file } = this.deps;
    const isFenced = this.fenced.length > 0;
    const problem = { code: 'OVL_SUBNET_FENCED', message: isFenced ? message(this.fenced, held) : '' };
    problems.settle('fence', isFenced ? problem : undefined);
    const text = writeFenced(this.fenced);
    if (text === this.saved || (this.saved === undefined && !isFenced)) return;
    const error = tryWrite(file, text, 0o600, 0o700);
    problems.settle('fence-file', error);
    if (error === undefined) this.saved = text;
  }
}
