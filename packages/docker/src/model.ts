import type { Ipv4Prefix, Ipv6Prefix } from '@overlay/cidr';

export type DockerMode = 'off' | 'daemon-json' | 'network';

/** What Docker on this host should have, from the lease. */
export interface DockerWish {
  readonly mode: Exclude<DockerMode, 'off'>;
  /** Part of the name and labels of what we create; `default` gives the network `overlay`. */
  readonly instance: string;
  /** Docker network name (mode network), default `overlay`, `overlay-<instance>` for others. */
  readonly network: string;
  readonly subnet: Ipv4Prefix;
  readonly ipv6Subnet?: Ipv6Prefix;
  /** The whole overlay network, to warn when Docker's own address pools or networks overlap it. */
  readonly overlayNetwork?: Ipv4Prefix;
  readonly mtu: number;
  /** --ip-masq: when we masquerade, Docker must not (`ip-masq` is the inverse, mk-docker-opts.sh). */
  readonly ipMasq: boolean;
  /** --docker-restart (daemon-json). */
  readonly restart: 'never' | 'when-changed';
}

export interface DockerProblem {
  /** `OVL_DOCKER_...` */
  readonly code: string;
  readonly message: string;
}

/** What Docker on this host is and has; part of `overlayctl status`. */
export interface DockerReport {
  readonly mode: DockerMode;
  readonly reachable: boolean;
  readonly version?: string;
  readonly firewallBackend?: string;
  /** Name of the bridge device containers of ours are on: `ovl-br-default`, `docker0`. */
  readonly bridge?: string;
  /** The subnet Docker really uses there. */
  readonly subnet?: string;
  readonly state: 'off' | 'ready' | 'waiting' | 'restart-required' | 'conflict' | 'failed';
  readonly problems: readonly DockerProblem[];
  /** What this pass changed: `created network overlay`, `wrote /etc/docker/daemon.json`. */
  readonly changes: readonly string[];
}

/** Docker of this host; every method resolves within its timeout whatever Docker does. */
export interface DockerAgent {
  /** Brings Docker to the wish, or says why not. Never throws. */
  ensure(wish: DockerWish): Promise<DockerReport>;
  /** Calls back when Docker came, went, or changed networks or containers of ours. */
  watch(listener: (reason: string) => void): { close(): void };
  /** Removes the network or daemon.json keys that are ours. */
  cleanup(wish: Pick<DockerWish, 'instance' | 'network' | 'mode'>): Promise<readonly string[]>;
}
