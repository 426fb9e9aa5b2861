import type { Lease } from '@overlay/lease';
import type { Backend } from '../backends/model.js';
import type { FirewallOptions } from '../plan/firewall-input.js';
import type { PlanBase } from '../plan/plan.js';

/** Everything this host's plan hangs on but the peers. Replaced as a whole when any of it changes. */
export interface NodePlan extends PlanBase {
  /** The preferred one of the backends: the first. */
  readonly backend: Backend;
  readonly firewall: FirewallOptions;
}

/** The leases in use, as the loop reads them. */
export interface LeaseSource {
  used(): Iterable<Lease>;
  get(name: string): Lease | undefined;
}
