import type { KernelFeature } from '@overlay/dataplane';
import { preStartupCommand } from '../backends/extension.js';
import type { Backend } from '../backends/model.js';

/** What the facts of this host must tell about, for the backends that may run on it. */
export interface HostNeeds {
  readonly features: ReadonlySet<KernelFeature>;
  /** Names of WireGuard keys. */
  readonly keys: ReadonlySet<string>;
  /** Names of devices: is one of them somebody else's? */
  readonly links: ReadonlySet<string>;
  /** Devices of the two address families whose MAC addresses are kept. */
  readonly vteps: readonly string[];
  /** A command that has to run before the lease is written. */
  readonly preStartup: string | undefined;
}

/** Collects what is needed as backends come up for consideration. */
export class Needs implements HostNeeds {
  readonly features = new Set<KernelFeature>();
  readonly keys = new Set<string>();
  readonly links = new Set<string>();
  vteps: readonly string[] = [];
  preStartup: string | undefined;

  /** True when the facts so far do not tell about this backend. */
  note(backend: Backend): boolean {
    const before = this.size;
    for (const feature of backend.features) this.features.add(feature);
    for (const link of backend.links) this.links.add(link);
    if (backend.keyName !== undefined) this.keys.add(backend.keyName);
    if (backend.type === 'extension') this.preStartup ??= preStartupCommand(backend.options);
    if (this.vteps.length === 0 && backend.type === 'vxlan') this.vteps = backend.links;
    return this.size > before;
  }

  private get size(): number {
    const commands = this.preStartup === undefined ? 0 : 1;
    return this.features.size + this.keys.size + this.links.size + commands;
  }
}
