import { OverlayError } from '@overlay/cidr';
import { normaliseConfig, parseNetworkConfig, type NetworkConfig } from '@overlay/lease';
import type { Logger } from '../logger.js';
import type { Problems } from './problems.js';

const missing = (prefix: string): OverlayError =>
  new OverlayError(
    'OVL_CONFIG_MISSING',
    `there is no network config under ${prefix}/config in etcd; write one with \`overlayctl config set\``,
  );

/** Same network, same options? */
function equal(a: NetworkConfig, b: NetworkConfig): boolean {
  const text = (config: NetworkConfig): string => JSON.stringify([normaliseConfig(config), config.backend]);
  return text(a) === text(b);
}

/**
 * The network config this node runs with, and the one in etcd. A change in etcd does not change a running node: it is reported
 * and taken on restart or `overlayctl node renumber` (C03). A bad or missing one keeps the last good one (C02).
 */
export class NetworkConfigState {
  /** In use: set once a lease was acquired under it. Until then the latest one counts, so that a mistake can be corrected. */
  running: NetworkConfig | undefined;
  private latest: NetworkConfig | undefined;
  private error: OverlayError | undefined;

  constructor(
    private readonly prefix: string,
    private readonly log: Logger,
    private readonly problems: Problems,
  ) {}

  /** What etcd holds now; undefined: the key is gone. */
  received(text: string | undefined): void {
    try {
      if (text === undefined) throw missing(this.prefix);
      this.latest = parseNetworkConfig(text);
      this.error = undefined;
      for (const warning of this.latest.warnings) this.log.warn(warning.message, { code: warning.code });
    } catch (error) {
      this.error =
        error instanceof OverlayError
          ? error
          : new OverlayError('OVL_CONFIG_INVALID', String(error), { cause: error });
    }
    this.compare();
  }

  /**
   * The config to run with: the one in use, else the latest.
   * @throws OverlayError OVL_CONFIG_MISSING, OVL_CONFIG_INVALID, OVL_ETCD_WAITING
   */
  require(): NetworkConfig {
    return this.running ?? this.newest();
  }

  /** What etcd holds now, in use or not. @throws OverlayError as require */
  newest(): NetworkConfig {
    if (this.error !== undefined) throw this.error;
    if (this.latest !== undefined) return this.latest;
    throw new OverlayError(
      'OVL_ETCD_WAITING',
      'waiting for the first answer of etcd; the kernel stays as it is',
    );
  }

  /** From now on this one is in use: a lease was acquired under it, or an operator asked for it. */
  settle(config: NetworkConfig): void {
    this.running = config;
    this.compare();
  }

  private compare(): void {
    if (this.running === undefined) return;
    if (this.error !== undefined)
      return this.problems.set('network-config', {
        code: this.error.code,
        message: `${this.error.message}; going on with the last good one`,
      });
    if (this.latest === undefined || equal(this.latest, this.running))
      return this.problems.clear('network-config');
    this.problems.set('network-config', {
      code: 'OVL_CONFIG_CHANGED',
      message: `the network config in etcd changed; this node still runs the old one. Restart overlayd or run \`overlayctl node renumber\``,
    });
  }
}
