import { join } from 'node:path';
import { serveControl } from '@overlay/api';
import { openAdapters } from './adapters.js';
import type { Config } from './config/model.js';
import { controlHandlers } from './control/handlers.js';
import { whenStarted } from './control/when-started.js';
import { Daemon } from './daemon.js';
import { loadIdentity } from './host/identity.js';
import type { Notifier } from './host/notify.js';
import { healthSource } from './http/gauges.js';
import { serveHealth } from './http/health.js';
import type { Logger } from './logger.js';
import { VERSION } from './version.js';
import { watchdogBeat } from './watchdog.js';

export interface Running {
  /** Ends everything; the data plane and the lease stay. */
  stop(): Promise<void>;
  /** Marks everything to be looked at again. */
  recheck(): void;
}

/** What this start opened, closed in the opposite order. */
type Closers = (() => void | Promise<void>)[];

async function closeAll(closers: Closers): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
}

async function openHealth(config: Config, daemon: Daemon, closers: Closers): Promise<void> {
  const { healthzIp, healthzPort } = config;
  if (healthzPort === 0) return;
  const server = await serveHealth(healthzIp, healthzPort, healthSource(daemon), daemon.adapters.metrics);
  closers.push(() => void server.close());
}

function startWatchdog(daemon: Daemon, closers: Closers): void {
  const { notifier, log } = daemon.adapters;
  if (notifier.watchdogMs === undefined) return;
  const beat = watchdogBeat(notifier, log, () => daemon.stuckMs());
  const timer = setInterval(beat, notifier.watchdogMs);
  closers.push(() => clearInterval(timer));
}

async function createDaemon(config: Config, log: Logger, notifier: Notifier): Promise<Daemon> {
  const { nodeId } = loadIdentity(config.stateDir, {});
  return new Daemon(config, await openAdapters(config, log, notifier), VERSION, nodeId);
}

async function startDaemon(daemon: Daemon, closers: Closers): Promise<void> {
  const { config, adapters } = daemon;
  closers.push(() => daemon.stop());
  await openHealth(config, daemon, closers);
  adapters.log.info(
    `overlayd ${VERSION}: etcd ${config.etcdEndpoints.join(', ')}, prefix ${config.etcdPrefix}`,
  );
  await daemon.start();
  startWatchdog(daemon, closers);
}

/**
 * Starts the daemon. The control socket comes first and goes last: it is the lock against a second one, also for the files in the state
 * folder. What was opened is closed again when the start fails.
 * @throws OverlayError OVL_SOCKET_BUSY, OVL_SOCKET_FAILED, OVL_HEALTHZ_PORT, OVL_ETCD_TLS, OVL_STATE_UNWRITABLE
 */
export async function runDaemon(config: Config, log: Logger, notifier: Notifier): Promise<Running> {
  let daemon: Daemon | undefined;
  const handlers = whenStarted(() => (daemon === undefined ? undefined : controlHandlers(daemon)));
  const control = await serveControl(join(config.runDir, 'overlayd.sock'), handlers);
  const closers: Closers = [() => control.close()];
  try {
    const created = await createDaemon(config, log, notifier);
    daemon = created;
    await startDaemon(created, closers);
    return {
      stop: () => {
        notifier.notify('STOPPING=1');
        return closeAll(closers);
      },
      recheck: () => created.recheck(),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}
