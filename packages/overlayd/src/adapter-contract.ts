import type { Firewall, HostReader, Kernel } from '@overlay/dataplane';
import type { DockerAgent } from '@overlay/docker';
import type { LeaseStore, RenumberStore } from '@overlay/lease';
import type { Clock } from './host/clock.js';
import type { Notifier } from './host/notify.js';
import type { Metrics } from './http/metrics.js';
import type { Logger } from './logger.js';
import type { HostNeeds, HostReading } from './loop/host-needs.js';

/** Everything outside of this process, built by main.ts. */
export interface Adapters {
  readonly store: LeaseStore & RenumberStore;
  readonly kernel: Kernel;
  /** Ends what of the data plane runs in this process. */
  readonly closeDataplane?: () => Promise<void>;
  readonly host: HostReader;
  readonly firewall: Firewall;
  readonly docker?: DockerAgent;
  readonly clock: Clock;
  readonly notifier: Notifier;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly facts: (needs: HostNeeds) => Promise<HostReading>;
  /** Whether forwarding is ours to turn on, given that Docker's chains were seen. */
  readonly forwarding: (dockerSeen: boolean) => boolean;
}
