import { join } from 'node:path';
import type { RawLease } from '@overlay/lease';
import type { Clock } from '../host/clock.js';
import { readIfThere, tryRemove, tryWrite } from '../host/files.js';
import type { HeldStore } from './lease-book.js';
import type { Problems } from './problems.js';
import type { HeldLease, HeldLeases } from './removal-hold.js';

/** Where what is held counts: the kernel keeps its objects until the machine starts again, and another prefix has other peers. */
export interface HeldPlace {
  readonly bootId: string;
  readonly etcdPrefix: string;
}

interface Fields extends Partial<HeldPlace> {
  readonly version?: unknown;
  readonly leases?: unknown;
}

const TEXTS = ['name', 'value', 'createRevision', 'modRevision', 'etcdLease'] as const;

function isHeld(value: unknown): value is HeldLease {
  const { lease, sinceMs } = (value ?? {}) as {
    readonly lease?: Partial<RawLease>;
    readonly sinceMs?: unknown;
  };
  return typeof sinceMs === 'number' && TEXTS.every((field) => typeof lease?.[field] === 'string');
}

/** What is held, for {@link readHeld} of a run after this one. */
function formatHeld(held: HeldLeases, { bootId, etcdPrefix }: HeldPlace): string {
  return `${JSON.stringify({ version: 1, bootId, etcdPrefix, leases: [...held.values()] })}\n`;
}

/** What a run before held, of this boot and this prefix; what is not of it, or cannot be read, is none. `nowMs`: of boot time. */
export function readHeld(text: string | undefined, place: HeldPlace, nowMs: number): HeldLeases {
  const { version, bootId, etcdPrefix, leases } = fieldsOf(text);
  const known = version === 1 && bootId === place.bootId && etcdPrefix === place.etcdPrefix;
  if (!known || place.bootId === '' || !Array.isArray(leases)) return new Map();
  const held = leases.filter(isHeld).filter(({ sinceMs }) => sinceMs <= nowMs);
  return new Map(held.map((one) => [one.lease.name, one]));
}

function fieldsOf(text: string | undefined): Fields {
  try {
    return (JSON.parse(text ?? 'null') as Fields | null) ?? {};
  } catch {
    return {};
  }
}

export interface HeldRecordOptions {
  readonly stateDir: string;
  readonly etcdPrefix: string;
  readonly clock: Pick<Clock, 'bootMs' | 'timer'>;
  readonly problems: Pick<Problems, 'settle'>;
}

/** After a wipe a thousand hosts write their leases again, one after the other. */
const COLLECT_MS = 1000;
/** A disk that could not be written may be by then. */
const AGAIN_MS = 30_000;

const boot = (): string => readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? '';

/** Keeps in `<state-dir>/held-leases.json` which leases are held although lists lack them, so that a restart goes on holding them (A19). */
export class HeldRecord implements HeldStore {
  private readonly file: string;
  private readonly place: HeldPlace;
  /** The file holds what was held a second ago. */
  private saved = false;
  private waiting: { readonly held: HeldLeases; readonly cancel: () => void } | undefined;

  constructor(
    private readonly options: HeldRecordOptions,
    bootId = boot(),
  ) {
    this.file = join(options.stateDir, 'held-leases.json');
    this.place = { bootId, etcdPrefix: options.etcdPrefix };
  }

  read(): HeldLeases {
    const held = readHeld(readIfThere(this.file), this.place, this.options.clock.bootMs());
    this.saved = held.size > 0;
    return held;
  }

  /** The first of a hold is on disk when this returns, and so is its end; what changes in between is within a second. */
  save(held: HeldLeases): void {
    if (held.size === 0 || !this.saved) return this.write(held);
    this.later(held, COLLECT_MS);
  }

  /** Writes what waits to be written; after that nothing does. */
  flush(): void {
    this.writeWaiting();
    this.cancel();
  }

  private later(held: HeldLeases, ms: number): void {
    const cancel = this.waiting?.cancel ?? this.options.clock.timer(ms, () => this.writeWaiting());
    this.waiting = { held, cancel };
  }

  private writeWaiting(): void {
    if (this.waiting !== undefined) this.write(this.waiting.held);
  }

  private cancel(): void {
    this.waiting?.cancel();
    this.waiting = undefined;
  }

  private write(held: HeldLeases): void {
    const { file, place } = this;
    this.cancel();
    const isOver = held.size === 0;
    const problem = isOver ? tryRemove(file) : tryWrite(file, formatHeld(held, place), 0o600, 0o700);
    this.saved = problem === undefined && !isOver;
    // A restart would not know what is held.
    this.options.problems.settle('held-file', problem);
    if (problem !== undefined) this.later(held, AGAIN_MS);
  }
}
