import type { LeaseEvent, RawLease } from '@overlay/lease';
import { rivalOf, type RivalSelf } from '../plan/rivals.js';
import type { Problem, Problems } from './problems.js';

export interface RivalsDeps {
  readonly problems: Problems;
  readonly leases: () => Iterable<RawLease>;
  /** Undefined while this host has no lease. */
  readonly self: () => RivalSelf | undefined;
}

/** Other hosts that say to be this one, by their leases (B06, B07). Each is a problem in the status for as long as its lease is there. */
export class Rivals {
  private readonly found = new Map<string, Problem>();

  constructor(private readonly deps: RivalsDeps) {}

  /** Looks at all leases: the list is new, or who this host is. */
  look(): void {
    const self = this.deps.self();
    this.found.clear();
    if (self !== undefined) for (const raw of this.deps.leases()) this.judge(raw, self);
    this.tell();
  }

  events(events: readonly LeaseEvent[]): void {
    const self = this.deps.self();
    if (self === undefined) return;
    for (const event of events) {
      if (event.type === 'put') this.judge(event.lease, self);
      else this.found.delete(event.name);
    }
    this.tell();
  }

  private judge(raw: RawLease, self: RivalSelf): void {
    const problem = rivalOf(raw, self);
    if (problem === undefined) this.found.delete(raw.name);
    else this.found.set(raw.name, problem);
  }

  private tell(): void {
    const [first] = this.found.values();
    this.deps.problems.settle('rival', first);
  }
}
