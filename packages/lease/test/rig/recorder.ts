import type { LeaseEvent, LeaseSnapshot, RawLease, StoreCondition, Warning } from '@overlay/lease';
import type { LeaseSink, WatchState } from '../../src/store.js';

/** A sink that keeps the leases as a daemon does, and all it was told. */
export class Recorder implements LeaseSink {
  readonly leases = new Map<string, RawLease>();
  readonly snapshots: LeaseSnapshot[] = [];
  readonly batches: (readonly LeaseEvent[])[] = [];
  readonly configs: (string | undefined)[] = [];
  readonly states: WatchState[] = [];
  /** What stands now. */
  standing: readonly Warning[] = [];
  certificateEndMs: number | undefined;
  /** All codes and messages that ever stood. */
  readonly warned: string[] = [];
  onState: (state: WatchState) => void = () => undefined;

  get connected(): boolean {
    return this.states.at(-1)?.connected ?? false;
  }

  /** All events, in order. */
  get heard(): readonly LeaseEvent[] {
    return this.batches.flat();
  }

  snapshot(snapshot: LeaseSnapshot): void {
    this.snapshots.push(snapshot);
    this.leases.clear();
    for (const lease of snapshot.leases) this.leases.set(lease.name, lease);
  }

  events(events: readonly LeaseEvent[]): void {
    this.batches.push(events);
    for (const event of events) {
      if (event.type === 'put') this.leases.set(event.lease.name, event.lease);
      else this.leases.delete(event.name);
    }
  }

  config(text: string | undefined): void {
    this.configs.push(text);
  }

  state(state: WatchState): void {
    this.states.push(state);
    this.onState(state);
  }

  condition({ warnings, certificateEndMs }: StoreCondition): void {
    this.standing = warnings;
    this.certificateEndMs = certificateEndMs;
    this.warned.push(...warnings.map(({ code, message }) => `${code} ${message}`));
  }
}
