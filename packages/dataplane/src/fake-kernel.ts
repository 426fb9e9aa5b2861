import { OverlayError } from '@overlay/cidr';
import { classify } from './classify.js';
import { isEqual } from './compare.js';
import { FakeTables } from './fake-tables.js';
import type { ActualState, Change, DesiredState, Kernel, KernelNotice, Outcome, Ownership } from './model.js';
import { unsafeReason } from './safety.js';
import { ScriptedFailures, type ScriptedFailure } from './scripted-failures.js';

/** Errno names of a removal that finds nothing, which is no failure. */
const ALREADY_GONE = new Set(['ENOENT', 'ESRCH', 'ENODEV', 'EADDRNOTAVAIL']);

/**
 * A kernel in memory, for tests: it keeps state and the kernel's rules (what goes away with a link, what needs one, what is refused),
 * and passes the same contract test as the real one. `tables` is the hand of an administrator: it changes state without regard
 * to ownership, and watchers hear of it.
 */
export class FakeKernel implements Kernel {
  readonly tables = new FakeTables((type) => this.emit({ type }));
  /** Every change that was asked for, in order. */
  readonly applied: Change[] = [];
  private readonly listeners = new Set<(notice: KernelNotice) => void>();
  private readonly failures = new ScriptedFailures();
  private ownership: Ownership | undefined;

  read(ownership: Ownership, desired?: DesiredState): Promise<ActualState> {
    this.ownership = ownership;
    return Promise.resolve(this.stateOf(ownership, desired));
  }

  look(ownership: Ownership, desired?: DesiredState): Promise<ActualState> {
    return Promise.resolve(this.stateOf(ownership, desired));
  }

  apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    const { ownership } = this;
    if (ownership === undefined)
      return Promise.reject(
        new OverlayError('OVL_DATAPLANE_UNREAD', 'the kernel must be read before it is changed'),
      );
    return Promise.resolve(changes.map((change) => this.applyOne(change, ownership)));
  }

  watch(listener: (notice: KernelNotice) => void): Promise<{ close(): void }> {
    this.listeners.add(listener);
    return Promise.resolve({ close: () => void this.listeners.delete(listener) });
  }

  /** Makes changes that match fail from now on. */
  fail(failure: ScriptedFailure): void {
    this.failures.add(failure);
  }

  /** Ends every scripted failure. */
  heal(): void {
    this.failures.clear();
  }

  /** What the kernel does when a listener is too slow: notifications are lost. */
  overrun(): void {
    this.emit({ type: 'resync', reason: 'ENOBUFS' });
  }

  private stateOf(ownership: Ownership, desired?: DesiredState): ActualState {
    const snapshot = this.tables.snapshot();
    const asked = new Set(
      [...(desired?.values() ?? [])].map((object) => (object.type === 'sysctl' ? object.key : '')),
    );
    const sysctls = new Map([...snapshot.sysctls].filter(([key]) => asked.has(key)));
    return classify({ ...snapshot, sysctls }, ownership, desired);
  }

  private emit(notice: KernelNotice): void {
    queueMicrotask(() => {
      for (const listener of this.listeners) listener(notice);
    });
  }

  private applyOne(change: Change, ownership: Ownership): Outcome {
    this.applied.push(change);
    const reason = unsafeReason(change, ownership);
    if (reason !== undefined) return { change, ok: false, code: 'OVL_DATAPLANE_UNSAFE', message: reason };
    const refusal = this.failures.take(change) ?? this.write(change);
    const gone = change.op === 'remove' && refusal !== undefined && ALREADY_GONE.has(refusal.code);
    return refusal === undefined || gone ? { change, ok: true } : { change, ok: false, ...refusal };
  }

  private write(change: Change) {
    const { object } = change;
    if (change.op === 'remove') return this.tables.remove(object);
    const refusal = this.tables.write(object, change.op === 'replace' ? change.previous : undefined);
    if (refusal?.code !== 'EEXIST') return refusal;
    const present = this.tables.find(object);
    return present && isEqual(object, present) ? undefined : refusal;
  }
}
