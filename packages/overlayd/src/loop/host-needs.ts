import type { KernelFeature } from '@overlay/dataplane';
import type { Warning } from '@overlay/lease';
import type { Backend, HostFacts } from '../backends/model.js';

/** What the facts of this host must tell about, for the backends that may run on it. */
export interface HostNeeds {
  readonly features: ReadonlySet<KernelFeature>;
  /** Names of WireGuard keys. */
  readonly keys: ReadonlySet<string>;
  /** Names of devices: is one of them somebody else's? */
  readonly links: ReadonlySet<string>;
  /** Devices of the two address families whose MAC addresses are kept. */
  readonly vteps: readonly string[];
  /** Commands that have to run before the lease is written. */
  readonly commands: ReadonlySet<string>;
}

/** What was read of this host for them. */
export interface HostReading extends HostFacts {
  /** Why the identity, MAC addresses included, is not kept: it could not be written. No plan depends on that. */
  readonly unsaved?: Warning;
}

/** Collects what is needed as backends come up for consideration. */
export class Needs implements HostNeeds {
  readonly features = new Set<KernelFeature>();
  readonly keys = new Set<string>();
  readonly links = new Set<string>();
  vteps: readonly string[] = [];
  readonly commands = new Set<string>();

  /** True when the facts so far do not tell about this backend. */
  note(backend: Backend): boolean {
    const before = this.size;
    for (const feature of backend.features) this.features.add(feature);
    for (const link of backend.links) this.links.add(link);
    if (backend.keyName !== undefined) this.keys.add(backend.keyName);
    if (backend.preStartup !== undefined) this.commands.add(backend.preStartup);
    if (this.vteps.length === 0) this.vteps = backend.vteps ?? [];
    return this.size > before;
  }

  /** What other backends needed is not asked for any more. */
  only(backends: readonly Backend[]): void {
    for (const set of [this.features, this.keys, this.links, this.commands]) set.clear();
    this.vteps = [];
    for (const backend of backends) this.note(backend);
  }

  private get size(): number {
    return this.features.size + this.keys.size + this.links.size + this.commands.size;
  }
}
