import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HostReader } from '@overlay/dataplane';
import { loadOrCreateWireguardKey } from '@overlay/dataplane/linux';
import type { HostFacts, WireguardKey } from '../backends/model.js';
import type { Config } from '../config/model.js';
import { aliasOf } from '../loop/build-plan.js';
import type { HostNeeds } from '../loop/host-needs.js';
import { readFacts, type Identity } from './facts.js';
import { loadIdentity } from './identity.js';
import { existingMacs, foreignDevices } from './mac.js';
import { runPreStartup } from './pre-startup.js';
import { sysctlFacts } from './sysctl-facts.js';

/** The file of a WireGuard key: the first one where the operator says, or in the state folder like the others. */
const keyFile = (config: Config, name: string): string =>
  name === 'wgkey' && config.wireguardKeyFile !== undefined
    ? config.wireguardKeyFile
    : join(config.stateDir, name);

/** What this process settled once: reading again must not make another identity. */
class Settled {
  private readonly identities = new Map<string, Identity>();
  private readonly keys = new Map<string, WireguardKey>();
  private readonly outputs = new Map<string, Promise<string>>();

  constructor(
    private readonly config: Config,
    private readonly dryRun: boolean,
  ) {}

  identity(vteps: readonly string[], existing: () => Parameters<typeof loadIdentity>[1]): Identity {
    const known = this.identities.get(vteps.join());
    const identity = known ?? loadIdentity(this.config.stateDir, existing(), this.dryRun);
    this.identities.set(vteps.join(), identity);
    return identity;
  }

  /** Flannel runs PreStartupCommand once, before the lease is written. */
  async extension(command: string | undefined): Promise<Pick<HostFacts, 'extensionData'>> {
    if (command === undefined || this.dryRun || !this.config.allowExtension) return {};
    const known = this.outputs.get(command) ?? runPreStartup(command, {});
    this.outputs.set(command, known);
    try {
      return { extensionData: await known };
    } catch (error) {
      this.outputs.delete(command);
      throw error;
    }
  }

  /** A dry run makes no file: the key that a start would make is nobody's. */
  private wireguardKey(name: string): WireguardKey {
    const file = keyFile(this.config, name);
    if (this.dryRun && !existsSync(file)) return { publicKey: Buffer.alloc(32).toString('base64'), file };
    return loadOrCreateWireguardKey(file);
  }

  wireguardKeys(names: ReadonlySet<string>): ReadonlyMap<string, WireguardKey> {
    for (const name of names) if (!this.keys.has(name)) this.keys.set(name, this.wireguardKey(name));
    return new Map([...this.keys].filter(([name]) => names.has(name)));
  }
}

/**
 * Reads the facts that backends need. The identity is settled once.
 * @throws OverlayError OVL_NO_INTERFACE, OVL_FILE_WRITE, OVL_WIREGUARD_KEY
 */
export function factsReader(
  config: Config,
  host: HostReader,
  dryRun = false,
): (needs: HostNeeds) => Promise<HostFacts> {
  const settled = new Settled(config, dryRun);
  const owner = { alias: aliasOf(config.instance), adopt: config.adoptFlannel };
  return async (needs) => {
    const links = await host.links();
    const identity = settled.identity(needs.vteps, () => existingMacs(links, needs.vteps, owner));
    return {
      ...(await readFacts(host, config, identity, sysctlFacts)),
      missing: new Set(await host.missing([...needs.features])),
      foreignDevices: foreignDevices(links, needs.links, owner),
      wireguardKeys: settled.wireguardKeys(needs.keys),
      allowExtension: config.allowExtension,
      ...(await settled.extension(needs.preStartup)),
    };
  };
}
