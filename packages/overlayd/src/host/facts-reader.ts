import { OverlayError } from '@overlay/cidr';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HostReader } from '@overlay/dataplane';
import { loadOrCreateWireguardKey } from '@overlay/dataplane/linux';
import type { HostFacts, WireguardKey } from '../backends/model.js';
import type { Warning } from '@overlay/lease';
import type { Config } from '../config/model.js';
import { aliasOf } from '../loop/build-plan.js';
import type { HostNeeds, HostReading } from '../loop/host-needs.js';
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

  /** One that could not be written is tried again: the MAC addresses of devices that are there are still the same then. */
  identity(vteps: readonly string[], existing: () => Parameters<typeof loadIdentity>[1]): Identity {
    const known = this.identities.get(vteps.join());
    const identity = known ?? loadIdentity(this.config.stateDir, existing(), this.dryRun);
    if (identity.unsaved === undefined) this.identities.set(vteps.join(), identity);
    return identity;
  }

  /** Flannel runs PreStartupCommand once, before the lease is written. One that failed runs again the next time it is asked for. */
  private async output(command: string): Promise<string> {
    const known = this.outputs.get(command) ?? runPreStartup(command, {});
    this.outputs.set(command, known);
    try {
      return await known;
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

  private key(name: string): WireguardKey {
    const key = this.keys.get(name) ?? this.wireguardKey(name);
    this.keys.set(name, key);
    return key;
  }

  /** Keys and outputs of commands; what cannot be had is a fact too, and only the backend that needs it suffers. */
  async had({
    keys,
    commands,
  }: HostNeeds): Promise<Pick<HostFacts, 'wireguardKeys' | 'outputs' | 'failures'>> {
    const failures = new Map<string, Warning>();
    const runs = this.config.allowExtension && !this.dryRun ? commands : [];
    return {
      wireguardKeys: await gather(keys, failures, (name) => this.key(name)),
      outputs: await gather(runs, failures, (command) => this.output(command)),
      failures,
    };
  }
}

async function gather<T>(
  names: Iterable<string>,
  failures: Map<string, Warning>,
  get: (name: string) => T | Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  const had = new Map<string, T>();
  for (const name of names) {
    try {
      had.set(name, await get(name));
    } catch (error) {
      if (!(error instanceof OverlayError)) throw error;
      failures.set(name, { code: error.code, message: error.message });
    }
  }
  return had;
}

/**
 * Reads the facts that backends need. The identity is settled once.
 * @throws OverlayError OVL_NO_INTERFACE, OVL_STATE_UNWRITABLE
 */
export function factsReader(
  config: Config,
  host: HostReader,
  dryRun = false,
): (needs: HostNeeds) => Promise<HostReading> {
  const settled = new Settled(config, dryRun);
  const owner = { alias: aliasOf(config.instance), adopt: config.adoptFlannel };
  return async (needs) => {
    const links = await host.links();
    const identity = settled.identity(needs.vteps, () => existingMacs(links, needs.vteps, owner));
    return {
      ...(await readFacts(host, config, identity, sysctlFacts)),
      missing: new Set(await host.missing([...needs.features])),
      foreignDevices: foreignDevices(links, needs.links, owner),
      allowExtension: config.allowExtension,
      ...(await settled.had(needs)),
    };
  };
}
