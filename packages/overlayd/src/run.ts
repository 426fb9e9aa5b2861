import { join } from 'node:path';
import { serveControl } from '@overlay/api';
import { openAdapters } from './adapters.js';
import type { Config } from './config/model.js';
import { controlHandlers } from './control/handlers.js';
import { peerCounts } from './control/peers.js';
import { notReady } from './control/status.js';
import { Daemon } from './daemon.js';
import { loadIdentity } from './host/identity.js';
import type { Notifier } from './host/notify.js';
import { serveHealth, type HealthSource } from './http/health.js';
import type { Logger } from './logger.js';
import { VERSION } from './version.js';

function healthSource(daemon: Daemon): HealthSource {
  const { metrics, clock } = daemon.adapters;
  return {
    notReady: () => notReady(daemon),
    refresh: () => {
      const counts = peerCounts(daemon);
      metrics.peers.set({ state: 'programmed' }, counts.programmed);
      metrics.peers.set({ state: 'rejected' }, counts.rejected);
      metrics.peers.set({ state: 'other_backend' }, counts.otherBackend);
      metrics.failing.set(daemon.kernelLane.failures.size);
      metrics.ready.set(notReady(daemon).length === 0 ? 1 : 0);
      const { deadlineMs } = daemon.keeper.status;
      if (deadlineMs !== undefined) metrics.leaseExpiresSeconds.set((deadlineMs - clock.bootMs()) / 1000);
    },
  };
}

export interface Running {
  stop(): Promise<void>;
}

/**
 * Starts the daemon: the control socket first, which is also the lock against a second one.
 * @throws OverlayError OVL_SOCKET_BUSY, OVL_HEALTHZ_PORT, OVL_ETCD_TLS, OVL_FILE_WRITE
 */
export async function runDaemon(config: Config, log: Logger, notifier: Notifier): Promise<Running> {
  const adapters = await openAdapters(config, log, notifier);
  const { nodeId } = loadIdentity(config.stateDir, {});
  const daemon = new Daemon(config, adapters, VERSION, nodeId);
  const control = await serveControl(join(config.runDir, 'overlayd.sock'), controlHandlers(daemon));
  const health =
    config.healthzPort === 0
      ? undefined
      : await serveHealth(config.healthzIp, config.healthzPort, healthSource(daemon), adapters.metrics);
  log.info(`overlayd ${VERSION}: etcd ${config.etcdEndpoints.join(', ')}, prefix ${config.etcdPrefix}`);
  await daemon.start();
  const watchdog =
    notifier.watchdogMs === undefined
      ? undefined
      : setInterval(() => notifier.notify('WATCHDOG=1'), notifier.watchdogMs);
  return {
    stop: async () => {
      notifier.notify('STOPPING=1');
      clearInterval(watchdog);
      health?.close();
      await control.close();
      await daemon.stop();
    },
  };
}
