import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openFirewall, openHostReader, readSysctls } from '@overlay/dataplane/linux';
import type { DockerAgent } from '@overlay/docker';
import { openLeaseStore } from '@overlay/lease/etcd';
import type { LeaseStore, RenumberStore } from '@overlay/lease';
import type { Adapters } from './adapter-contract.js';
import type { Config } from './config/model.js';
import { systemClock } from './host/clock.js';
import { factsReader } from './host/facts-reader.js';
import type { Notifier } from './host/notify.js';
import { createMetrics } from './http/metrics.js';
import type { Logger } from './logger.js';
import { openDataplane } from './dataplane.js';
import { forwardingIsOurs, onceOurs } from './plan/forwarding.js';

const DOCKERD = ['/usr/bin/dockerd', '/usr/sbin/dockerd', '/usr/local/bin/dockerd', '/snap/bin/dockerd'];

/** @throws OverlayError OVL_ETCD_TLS and the like for unusable options */
export function openStore(config: Config, log: Logger): LeaseStore & RenumberStore {
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
  return onceOurs((dockerSeen) =>
    forwardingIsOurs({
      mode: config.ipForward,
      enabled: readSysctls([key]).get(key) === '1',
      dockerExpected: config.docker !== 'off' || DOCKERD.some((path) => existsSync(path)),
      dockerSeen,
    }),
  );
}

/** Everything real: etcd, kernel, firewall, Docker, clock. */
export async function openAdapters(config: Config, log: Logger, notifier: Notifier): Promise<Adapters> {
  const host = openHostReader();
  const docker = await openDocker(config);
  const dataplane = openDataplane(config, log);
  return {
    store: openStore(config, log),
    kernel: dataplane.kernel,
    closeDataplane: () => dataplane.close(),
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
