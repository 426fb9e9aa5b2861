import { formatInterfaceAddress, formatPrefix, nthAddress } from '@overlay/cidr';
import type { DockerWish } from './model.js';

/** The members of daemon.json that overlayd may set; `bridge` and `config-file` it only reads. */
export const OWNED_KEYS = ['bip', 'fixed-cidr', 'mtu', 'ip-masq', 'ipv6', 'fixed-cidr-v6'] as const;

/**
 * What daemon.json should hold, each value as JSON text, in the order new members are added. With a bridge of the administrator's own there is
 * no `bip`, which dockerd refuses beside `bridge`. `ip-masq` is the inverse of --ip-masq, as in Flannel's mk-docker-opts.sh.
 */
export function desiredKeys(wish: DockerWish, ownBridge: boolean): ReadonlyMap<string, string> {
  const subnet = formatPrefix(wish.subnet);
  const keys = new Map<string, string>();
  if (!ownBridge) keys.set('bip', JSON.stringify(defaultBridgeAddress(wish)));
  keys.set('fixed-cidr', JSON.stringify(subnet));
  keys.set('mtu', String(wish.mtu));
  keys.set('ip-masq', String(!wish.ipMasq));
  if (wish.ipv6Subnet) {
    keys.set('ipv6', 'true');
    keys.set('fixed-cidr-v6', JSON.stringify(formatPrefix(wish.ipv6Subnet)));
  }
  return keys;
}

/** Address and length of docker0, the first host address of the lease: `10.5.34.1/24`. */
function defaultBridgeAddress(wish: Pick<DockerWish, 'subnet'>): string {
  const address = nthAddress(wish.subnet, 1);
  return formatInterfaceAddress({ address, length: wish.subnet.length });
}
