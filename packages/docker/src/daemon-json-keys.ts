import { formatAddress, formatInterfaceAddress, formatPrefix, nthAddress } from '@overlay/cidr';
import type { DockerWish } from './model.js';

/** The members of daemon.json that overlayd may set; `bridge` and `config-file` it only reads. */
export const OWNED_KEYS = [
  'bip',
  'bridge',
  'fixed-cidr',
  'default-gateway',
  'mtu',
  'ip-masq',
  'ipv6',
  'fixed-cidr-v6',
] as const;

/**
 * What daemon.json should hold, each value as JSON text, in the order new members are added. With a bridge of the administrator's own there is
 * no `bip`, which dockerd refuses beside `bridge`. `ip-masq` is the inverse of --ip-masq, as in Flannel's mk-docker-opts.sh.
 */
export function desiredKeys(wish: DockerWish, ownBridge: boolean): ReadonlyMap<string, string> {
  const subnet = formatPrefix(wish.subnet);
  const keys = new Map<string, string>();
  const { bridge, router } = wish.segment ?? {};
  if (bridge !== undefined) keys.set('bridge', JSON.stringify(bridge));
  else if (!ownBridge) keys.set('bip', JSON.stringify(defaultBridgeAddress(wish)));
  keys.set('fixed-cidr', JSON.stringify(subnet));
  if (router !== undefined) keys.set('default-gateway', JSON.stringify(formatAddress(router)));
  keys.set('mtu', String(wish.mtu));
  keys.set('ip-masq', String(masquerades(wish)));
  if (wish.ipv6Subnet) {
    keys.set('ipv6', 'true');
    keys.set('fixed-cidr-v6', JSON.stringify(formatPrefix(wish.ipv6Subnet)));
  }
  return keys;
}

/** Whether Docker masquerades: not where we do, nor where containers have addresses of the LAN. */
export function masquerades({ segment, ipMasq }: Pick<DockerWish, 'segment' | 'ipMasq'>): boolean {
  return segment?.router === undefined && !ipMasq;
}

/** Address and length of docker0, the first host address of the lease: `10.5.34.1/24`. */
function defaultBridgeAddress({ subnet, segment }: Pick<DockerWish, 'subnet' | 'segment'>): string {
  const address = nthAddress(subnet, 1);
  return formatInterfaceAddress({ address, length: (segment?.subnet ?? subnet).length });
}
