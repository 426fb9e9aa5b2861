import { joinKernel, type Kernel, type KernelPart } from '@overlay/dataplane';
import {
  openBridgePortPart,
  openFouPart,
  openHookPart,
  openKernel,
  openLanBridgePart,
  openOvsPart,
  openUdpProxyPart,
  openWireguardPart,
} from '@overlay/dataplane/linux';
import type { Config } from './config/model.js';
import type { Logger } from './logger.js';

/** One command of the operator's, or what one pass spends on them. */
const HOOK_TIMEOUT_MS = 30_000;

/** The kernel of this host with every part of the data plane that a backend may ask for; `close` ends what runs in this process. */
export interface Dataplane {
  readonly kernel: Kernel;
  close(): Promise<void>;
}

/**
 * Opens a few netlink sockets at once, which change nothing; a device, a connection to Open vSwitch or a process not before something is
 * asked of it. Throws OVL_DATAPLANE_SYSCALL.
 */
export function openDataplane(config: Pick<Config, 'ovsSocket'>, logger: Pick<Logger, 'warn'>): Dataplane {
  const log = (message: string): void => logger.warn(message);
  const parts: readonly KernelPart[] = [
    openFouPart(),
    openUdpProxyPart({ log }),
    // After the proxy, which sees a wireguard-go device as a TUN of ours: a later part counts more.
    openWireguardPart({ log }),
    openOvsPart({ socketPath: config.ovsSocket, log }),
    openLanBridgePart(),
    openBridgePortPart(),
    openHookPart({ log, timeoutMs: HOOK_TIMEOUT_MS }),
  ];
  return {
    kernel: joinKernel(openKernel(), parts),
    close: async () => {
      for (const part of parts) await part.close?.();
    },
  };
}
