import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openFirewall, openHostReader, openKernel, readSysctls } from '@overlay/dataplane/linux';
import type { HostReader } from '@overlay/dataplane';
import type { DockerAgent } from '@overlay/docker';
import { openLeaseStore } from '@overlay/lease/etcd';
import type { LeaseStore, NetworkConfig } from '@overlay/lease';
import type { HostFacts, Ipv6Facts } from './backends/model.js';
import { createBackend } from './backends/registry.js';
import type { Config } from './config/model.js';
import type { Adapters } from './daemon.js';
import { systemClock } from './host/clock.js';
import { readFacts, type Identity } from './host/facts.js';
import { loadIdentity } from './host/identity.js';
import { existingMacs } from './host/mac.js';
import type { Notifier } from './host/notify.js';
import { createMetrics } from './http/metrics.js';
import type { Logger } from './logger.js';
import { aliasOf } from './loop/build-plan.js';
import { forwardingIsOurs } from './plan/forwarding.js';

const DOCKERD = ['/usr/bin/dockerd', '/usr/sbin/dockerd', '/usr/local/bin/dockerd', '/snap/bin/dockerd'];

/** @throws OverlayError OVL_ETCD_TLS and the like for unusable options */
export function openStore(config: Config, log: Logger): LeaseStore {
  return openLeaseStore({
    endpoints: config.etcdEndpoints,
    prefix: config.etcdPrefix,
    ...(config.etcdCafile === undefined ? {} : { cafile: config.etcdCafile }),
    ...(config.etcdCertfile === undefined ? {} : { certfile: config.etcdCertfile }),
    ...(config.etcdKeyfile === undefined ? {} : { keyfile: config.etcdKeyfile }),
    ...(config.etcdUsername === undefined ? {} : { username: config.etcdUsername }),
    ...(config.etcdPassword === undefined ? {} : { password: config.etcdPassword }),
    log: (level, message) => log[level](message),
  });
}

function ipv6Facts(links: readonly string[]): Ipv6Facts {
  const all = 'net/ipv6/conf/all/forwarding';
  const forwarding = readSysctls([all]).get(all);
  if (forwarding !== '0') return { present: forwarding !== undefined, advertised: [] };
  const key = (link: string, name: string): string => `net/ipv6/conf/${link}/${name}`;
  const values = readSysctls(links.flatMap((link) => [key(link, 'accept_ra'), key(link, 'forwarding')]));
  const advertised = links.filter(
    (link) => values.get(key(link, 'accept_ra')) === '1' && values.get(key(link, 'forwarding')) === '0',
  );
  return { present: true, advertised };
}

/** Reads the facts. The identity is settled once for the devices that the network config asks for. */
export function factsReader(
  config: Config,
  host: HostReader,
  dryRun = false,
): (network: NetworkConfig) => Promise<HostFacts> {
  const identities = new Map<string, Identity>();
  const owner = { alias: aliasOf(config.instance), adopt: config.adoptFlannel };
  return async (network) => {
    const links = createBackend(network).links.slice(0, network.ipv6 === undefined ? 1 : 2);
    const known = identities.get(links.join());
    const identity =
      known ?? loadIdentity(config.stateDir, existingMacs(await host.links(), links, owner), dryRun);
    identities.set(links.join(), identity);
    return readFacts(host, config, identity, ipv6Facts);
  };
}

/** Loaded on use: dockerode costs memory and start-up time. */
export async function openDocker(config: Config): Promise<DockerAgent | undefined> {
  if (config.docker === 'off') return undefined;
  const { openDockerAgent } = await import('@overlay/docker/engine');
  return openDockerAgent({
    mode: config.docker,
    socketPath: config.dockerSocket,
    daemonJson: config.daemonJson,
    stateFile: join(config.stateDir, 'daemon-json.json'),
  });
}

export function forwarding(config: Config): (dockerSeen: boolean) => boolean {
  const key = 'net/ipv4/ip_forward';
  return (dockerSeen) =>
    forwardingIsOurs({
      mode: config.ipForward,
      enabled: readSysctls([key]).get(key) === '1',
      dockerExpected: config.docker !== 'off' || DOCKERD.some((path) => existsSync(path)),
      dockerSeen,
    });
}

/** Everything real: etcd, kernel, firewall, Docker, clock. */
export async function openAdapters(config: Config, log: Logger, notifier: Notifier): Promise<Adapters> {
  const host = openHostReader();
  const docker = await openDocker(config);
  return {
    store: openStore(config, log),
    kernel: openKernel(),
    host,
    firewall: openFirewall({ log: (message) => log.debug(message) }),
    ...(docker === undefined ? {} : { docker }),
    clock: systemClock,
    notifier,
    log,
    metrics: createMetrics(),
    facts: factsReader(config, host),
    forwarding: forwarding(config),
  };
}
