import { OverlayError } from '@overlay/cidr';
import { backendTypeOf, type JsonObject, type Lease } from '@overlay/lease';
import type { Backend } from '../backends/model.js';
import { createFrom } from '../backends/registry.js';
import { readIfThere, tryWrite } from '../host/files.js';
import type { Reach } from '../plan/reach.js';
import {
  announced,
  neededBy,
  nextRunning,
  type Running,
  type RunningInput,
  type RunningResult,
} from '../plan/running.js';
import type { WayHold } from './way-hold.js';

interface Entry {
  readonly options: JsonObject;
  readonly slot: 0 | 1;
  readonly role: Running['role'];
  /** Peers may not have heard of it yet; absent where they have. */
  readonly fresh?: boolean;
}

const isEntry = (value: unknown): value is Entry => {
  const { options, slot, role } = (value ?? {}) as Partial<Entry>;
  const sound = typeof options === 'object' && typeof options['Type'] === 'string';
  return sound && (slot === 0 || slot === 1) && ['wanted', 'demanded', 'leaving'].includes(role ?? '');
};

/** A backend that an earlier run had. */
interface Restored {
  readonly running: Running;
  readonly fresh: boolean;
}

function restore(entry: Entry): readonly Restored[] {
  try {
    const { options, slot, role, fresh = false } = entry;
    return [{ running: { backend: createFrom(backendTypeOf(options), options, slot), role }, fresh }];
  } catch (error) {
    // An older or newer version may have written what this one does not know.
    if (error instanceof OverlayError) return [];
    throw error;
  }
}

/** The backends that an earlier run had; what cannot be read is none. */
export function readRunning(text: string | undefined): readonly Running[] {
  return readRestored(text).map(({ running }) => running);
}

function readRestored(text: string | undefined): readonly Restored[] {
  try {
    const { backends } = (JSON.parse(text ?? 'null') ?? {}) as { readonly backends?: unknown };
    return Array.isArray(backends) ? backends.filter(isEntry).flatMap(restore) : [];
  } catch {
    return [];
  }
}

/** For `readRunning` of the next run. */
function writeRunning(running: readonly Running[], isSettled: (id: string) => boolean): string {
  const backends = running.map(({ backend, role }) => ({
    options: { ...backend.options, Type: backend.type },
    slot: backend.slot,
    role,
    ...(isSettled(backend.id) ? {} : { fresh: true }),
  }));
  return `${JSON.stringify({ version: 1, backends }, null, 2)}\n`;
}

export interface BackendSetOptions {
  /** `<state-dir>/backends.json`: which backends run, so that a restart during a change goes on with it. */
  readonly file: string;
  readonly lingerMs: number;
  /** A steady clock, ms. */
  readonly nowMs: () => number;
  /**
   * Which backends peers had time to hear of; it is told what the run before knew. Saved late is well enough: a peer with no other way is
   * reached all the same.
   */
  readonly hold: Pick<WayHold, 'isSettled' | 'recall'>;
}

/** The backends of this host over time: which run, and which of them peers may send to. */
export class BackendSet {
  running: readonly Running[];
  waiting: RunningResult['waiting'] = [];
  /** What the last choice was made by; before the first one there is no lease yet. */
  private reach: Reach = { usable: () => true };
  /** What the file holds. */
  private saved: string | undefined;
  /** Why the file does not hold what runs: a restart would not know of it. */
  unsaved: OverlayError | undefined;
  /** Ids of those that the run before this one had. */
  readonly before: ReadonlySet<string>;

  constructor(private readonly options: BackendSetOptions) {
    this.saved = readIfThere(options.file);
    const restored = readRestored(this.saved);
    this.running = restored.map(({ running }) => running);
    this.before = new Set(this.running.map(({ backend }) => backend.id));
    options.hold.recall(restored.filter(({ fresh }) => !fresh).map(({ running }) => running.backend.id));
  }

  /** What would run next; changes nothing. @throws OverlayError OVL_BACKEND_UNKNOWN, OVL_BACKEND_OPTION */
  plan(input: Omit<RunningInput, 'nowMs' | 'lingerMs'>): RunningResult {
    const { lingerMs, nowMs } = this.options;
    return nextRunning(this.running, { ...input, nowMs: nowMs(), lingerMs });
  }

  /** Goes on with what was planned; returns in how many ms to look again without any event. */
  take({ running, waiting, reach, dueMs }: RunningResult): number | undefined {
    this.running = running;
    this.waiting = waiting;
    this.reach = reach;
    this.save();
    return dueMs === undefined ? undefined : Math.max(0, dueMs - this.options.nowMs());
  }

  /** Backends that peers may send to now, most preferred first. */
  announced(): readonly Backend[] {
    return announced(this.running, this.options.nowMs(), this.options.lingerMs);
  }

  /** What a lease can say before devices were looked at: of a host that ran before, what it said then; of a new one, all. */
  announcedBefore(): readonly Backend[] {
    const all = this.announced();
    const known = all.filter(({ id }) => this.before.has(id));
    return known.length === 0 ? all : known;
  }

  /** Names of the leases that a backend which is not wanted any more is still needed for. */
  neededBy(backend: Backend, leases: Iterable<Lease>): readonly string[] {
    return neededBy(this.running, backend, leases, this.reach);
  }

  /** Whether a change of these leases may change which backends run: the one that keeps a backend alive, or any while one lingers. */
  concernedBy(leases: readonly string[]): boolean {
    return this.running.some(
      ({ role, neededFor }) => role !== 'wanted' && (neededFor === undefined || leases.includes(neededFor)),
    );
  }

  private save(): void {
    const text = writeRunning(this.running, (id) => this.options.hold.isSettled(id));
    this.unsaved = text === this.saved ? undefined : tryWrite(this.options.file, text, 0o600, 0o700);
    if (this.unsaved === undefined) this.saved = text;
  }
}
