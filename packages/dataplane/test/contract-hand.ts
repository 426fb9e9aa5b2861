import type { Kernel, LinkFact, RouteFact, TunnelLink } from '../src/index.js';

/** A route as an administrator adds it. */
export interface HandRoute {
  readonly destination: string;
  readonly gateway?: string;
  readonly link: string;
  readonly metric: number;
  readonly protocol: number;
  readonly onlink?: boolean;
}

/**
 * A kernel to test and the hand of an administrator on the same one. The namespace has an up device `eth0` with
 * 172.31.0.1/24 and fd31::1/64.
 */
export interface Rig {
  readonly kernel: Kernel;
  readonly hand: {
    addBridge(name: string): void;
    /** A device with the settings of `like`, under another name and without an alias. */
    addTunnel(name: string, like: TunnelLink): void;
    deleteLink(name: string): void;
    setDown(name: string): void;
    addRoute(route: HandRoute): void;
    deleteRoute(destination: string, metric: number): void;
    deleteNeighbour(link: string, address: string): void;
    /** What a stopped flanneld leaves: `flannel.1` without alias, 10.70.200.0/32, and peer 2 of the IPv4 tunnel without a metric. */
    leaveFlannel(mac: string): void;
    links(): Promise<readonly LinkFact[]>;
    routes(): Promise<readonly RouteFact[]>;
    sysctl(key: string): string;
    setSysctl(key: string, value: string): void;
  };
  /** Whether the kernel has no devices of that kind. */
  lacks(kind: TunnelLink['kind']): Promise<boolean>;
  close(): void;
}
