import { formatAddress, formatPrefix, nthAddress, type Prefix } from '@overlay/cidr';
import type { DockerSegment, DockerWish } from './model.js';

/** The longest name of a network device: IFNAMSIZ (linux/if.h) is 16 with its terminating zero. */
const MAX_DEVICE_NAME = 15;
const BRIDGE_PREFIX = 'ovl-br-';

export const OPTION_BRIDGE_NAME = 'com.docker.network.bridge.name';
export const OPTION_MTU = 'com.docker.network.driver.mtu';
/** Docker leaves the addresses of the bridge alone: they are the host's (libnetwork's bridge driver, 18.03). */
const OPTION_INHIBIT_IPV4 = 'com.docker.network.bridge.inhibit_ipv4';
export const OPTION_MASQUERADE = 'com.docker.network.bridge.enable_ip_masquerade';
export const LABEL_INSTANCE = 'overlay.instance';
export const LABEL_MANAGED = 'overlay.managed';
const LABEL_SUBNET = 'overlay.subnet';

/** One address range of a Docker network and the address of its bridge in it. */
interface NetworkPool {
  readonly subnet: string;
  readonly gateway: string;
  /** The part of the subnet that Docker gives out; all of it when absent. */
  readonly ipRange?: string;
  /** Addresses that Docker must not give out, by a name of their own. */
  readonly auxiliary?: Readonly<Record<string, string>>;
}

/** The bridge network that Docker should have, in the words of its API. */
export interface NetworkSpec {
  readonly name: string;
  readonly bridge: string;
  readonly instance: string;
  /** IPv4 first, then IPv6 when leased. */
  readonly pools: readonly NetworkPool[];
  /** Bytes. */
  readonly mtu: number;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** The network of an instance's lease. Docker must not masquerade on it: overlayd does, and only for traffic that leaves the overlay. */
export function networkSpec(wish: DockerWish): NetworkSpec {
  const bridge = wish.segment?.bridge ?? bridgeName(wish.instance);
  const foreign = wish.segment?.bridge === undefined ? {} : { [OPTION_INHIBIT_IPV4]: 'true' };
  return {
    name: wish.network,
    bridge,
    instance: wish.instance,
    pools: networkPools(wish),
    mtu: wish.mtu,
    options: {
      [OPTION_BRIDGE_NAME]: bridge,
      [OPTION_MTU]: String(wish.mtu),
      [OPTION_MASQUERADE]: 'false',
      ...foreign,
    },
    labels: {
      [LABEL_INSTANCE]: wish.instance,
      [LABEL_MANAGED]: 'true',
      [LABEL_SUBNET]: formatPrefix(wish.subnet),
    },
  };
}

/**
 * Device name of the bridge of an instance, at most 15 bytes: `ovl-br-default`. A name that does not fit keeps its first two characters
 * and continues with six of its hash, so it is the same after every restart.
 */
export function bridgeName(instance: string): string {
  const name = BRIDGE_PREFIX + instance;
  if (name.length <= MAX_DEVICE_NAME) return name;
  return BRIDGE_PREFIX + instance.slice(0, 2) + fnv1a(instance).toString(36).padStart(6, '0').slice(-6);
}

function networkPools({ subnet, ipv6Subnet, segment }: DockerWish): readonly NetworkPool[] {
  return [
    pool(subnet, segment?.subnet, segment),
    ...(ipv6Subnet === undefined ? [] : [pool(ipv6Subnet, segment?.ipv6Subnet)]),
  ];
}

/** The first address of our own subnet is the bridge's, unless the segment has another router. */
function pool(
  own: Prefix,
  whole: Prefix | undefined,
  ends: Pick<DockerSegment, 'router' | 'host'> = {},
): NetworkPool {
  const { router, host } = ends;
  return {
    subnet: formatPrefix(whole ?? own),
    gateway: formatAddress(router ?? nthAddress(own, 1)),
    ...(whole === undefined ? {} : { ipRange: formatPrefix(own) }),
    ...(host === undefined ? {} : { auxiliary: { host: formatAddress(host) } }),
  };
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
