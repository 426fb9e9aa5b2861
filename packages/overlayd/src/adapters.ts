import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openFirewall, openHostReader, openKernel, readSysctls } from '@overlay/dataplane/linux';
import type { HostReader } from '@overlay/dataplane';
import type { DockerAgent } from '@overlay/docker';
import { openLeaseStore } from '@overlay/lease/etcd';
import type { LeaseStore, NetworkConfig } from '@overlay/lease';
import type { HostFacts } from './backends/model.js';
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

function acceptsRa(link: string): boolean {
  const key = `net/ipv6/conf/${link}/accept_ra`;
  return ['1', '2'].includes(readSysctls([key]).get(key) ?? '0');
}

/** Reads the facts; the identity is settled at the first call, when the network config says which devices there may be. */
export function factsReader(
  config: Config,
  host: HostReader,
  dryRun = false,
): (network: NetworkConfig) => Promise<HostFacts> {
  let identity: Identity | undefined;
  const owner = { alias: aliasOf(config.instance), adopt: config.adoptFlannel };
  return async (network) => {
    if (identity === undefined) {
      const { links } = createBackend(network);
      const macs = existingMacs(await host.links(), links, owner);
      identity = loadIdentity(config.stateDir, macs, dryRun);
    }
    return readFacts(host, config, identity, acceptsRa);
  };
}

/** Loaded on use: dockerode costs memory and start-up time. */
export async function openDocker(config: Config, log: Logger): Promise<DockerAgent | undefined> {
  if (config.docker === 'off') return undefined;
  const { openDockerAgent } = await import('@overlay/docker/engine');
  return openDockerAgent({
    mode: config.docker,
    socketPath: config.dockerSocket,
    daemonJson: config.daemonJson,
    stateFile: join(config.stateDir, 'daemon-json.json'),
    log: (level, message) => log[level](message),
  });
}

function forwarding(config: Config): (dockerSeen: boolean) => boolean {
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
  const docker = await openDocker(config, log);
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
