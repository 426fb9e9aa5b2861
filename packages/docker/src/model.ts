import type { Ipv4, Ipv4Prefix, Ipv6Prefix } from '@overlay/cidr';

export type DockerMode = 'off' | 'daemon-json' | 'network';

/** One Ethernet segment that containers of several hosts share; each host leases a range of it. */
export interface DockerSegment {
  /** The whole segment: Docker's subnet. The leased subnet is only what Docker gives out here. */
  readonly subnet: Ipv4Prefix;
  readonly ipv6Subnet?: Ipv6Prefix;
  /** A bridge that is there already, with the host's own address, which Docker must neither make nor change; else Docker makes its own. */
  readonly bridge?: string;
  /** Another machine that leads out of the segment. Without it this host's bridge does, with the first address of the own range. */
  readonly router?: Ipv4;
  /** Address of this host in the segment: not for containers. */
  readonly host?: Ipv4;
}

/** What Docker on this host should have, from the lease. */
export interface DockerWish {
  readonly mode: Exclude<DockerMode, 'off'>;
  /** Part of the name and labels of what we create; `default` gives the network `overlay`. */
  readonly instance: string;
  /** Docker network name (mode network), default `overlay`, `overlay-<instance>` for others. */
  readonly network: string;
  readonly subnet: Ipv4Prefix;
  readonly ipv6Subnet?: Ipv6Prefix;
  readonly segment?: DockerSegment;
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
  /** The subnets Docker really uses there. */
  readonly subnet?: string;
  readonly ipv6Subnet?: string;
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
