import { equalPrefix, OverlayError, type Prefix } from '@overlay/cidr';
import { parseNetworkConfig, type NetworkConfig } from '@overlay/lease';
import { createBackend } from '../backends/registry.js';
import type { Logger } from '../logger.js';
import type { Problems } from './problems.js';

const missing = (prefix: string): OverlayError =>
  new OverlayError(
    'OVL_CONFIG_MISSING',
    `there is no network config under ${prefix}/config in etcd; write one with \`overlayctl config set\``,
  );

/** Same subnets to lease? */
function samePools(a: NetworkConfig, b: NetworkConfig): boolean {
  const text = ({ ipv4, ipv6 }: NetworkConfig): string => {
    const pools = { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
    return JSON.stringify(pools, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  };
  return text(a) === text(b);
}

const networksOf = ({ ipv4, ipv6 }: NetworkConfig): readonly Prefix[] =>
  [ipv4, ipv6].flatMap((pool) => (pool === undefined ? [] : [pool.network]));

/** Whether the backend of a running node can be changed without a new lease or a restart. */
function backendIsLive(running: NetworkConfig, latest: NetworkConfig): boolean {
  const [before, after] = [createBackend(running), createBackend(latest)];
  return before.id === after.id || (!before.exclusive && !after.exclusive);
}

/**
 * What a running node takes of a newer config at once: everything but the subnets, which its containers have. Leases in the new networks
 * are honoured from now on.
 */
function liveConfig(running: NetworkConfig, latest: NetworkConfig): NetworkConfig {
  const { ipv4, ipv6 } = running;
  const { ipv4: _, ipv6: __, ...others } = latest;
  const own = networksOf(running);
  const former = [...latest.formerNetworks, ...networksOf(latest)].filter(
    (prefix) => !own.some((network) => equalPrefix(network, prefix)),
  );
  const kept = backendIsLive(running, latest)
    ? {}
    : { backend: running.backend, backendType: running.backendType, alsoBackends: running.alsoBackends };
  return {
    ...others,
    ...kept,
    formerNetworks: former,
    ...(ipv4 === undefined ? {} : { ipv4 }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
  };
}

/**
 * The network config this node runs with, and the one in etcd. Backends and their options are taken over at once; other subnets are
 * reported and taken on restart or `overlayctl node renumber` (C03). A bad or missing one keeps the last good one (C02).
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
      const latest = parseNetworkConfig(text);
      for (const warning of latest.warnings) this.log.warn(warning.message, { code: warning.code });
      if (this.running !== undefined) this.running = liveConfig(this.running, latest);
      this.latest = latest;
      this.error = undefined;
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

  /** The last good one. @throws OverlayError as require */
  newestKnown(): NetworkConfig {
    return this.latest ?? this.newest();
  }

  /**
   * From now on this one is in use: a lease was acquired under it, or an operator asked for it. What can be taken at once of a config that
   * came while the lease was acquired is taken with it.
   */
  settle(config: NetworkConfig): void {
    const { latest } = this;
    this.running = latest === undefined || latest === config ? config : liveConfig(config, latest);
    this.compare();
  }

  private compare(): void {
    if (this.running === undefined) return;
    if (this.error !== undefined)
      return this.problems.set('network-config', {
        code: this.error.code,
        message: `${this.error.message}; going on with the last good one`,
      });
    const change = this.latest === undefined ? undefined : pending(this.running, this.latest);
    if (change === undefined) return this.problems.clear('network-config');
    this.problems.set('network-config', { code: 'OVL_CONFIG_CHANGED', message: change });
  }
}

/** What of the newest config this node does not run yet, and what to do; undefined when it runs it. */
function pending(running: NetworkConfig, latest: NetworkConfig): string | undefined {
  if (!samePools(running, latest))
    return 'the network config in etcd has other subnets than this node runs with: run `overlayctl node renumber`, or restart overlayd';
  if (!backendIsLive(running, latest))
    return `the network config in etcd changed from backend ${running.backendType} to ${latest.backendType}, which cannot be done while containers run: restart overlayd`;
  return undefined;
}
