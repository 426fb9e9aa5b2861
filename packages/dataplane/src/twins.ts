import { equalAddress, formatAddress } from '@overlay/cidr';
import { isTunnel } from './compare.js';
import type { LinkObject, TunnelLink, VxlanLink } from './model.js';
import type { LinkState, TunnelState, VxlanState } from './snapshot.js';

/**
 * Why the kernel would not make `wanted` (EEXIST): `other` already receives its packets. Undefined when it does not, or has the same name.
 */
export function twinReason(other: LinkState, wanted: LinkObject): string | undefined {
  if (other.name === wanted.name) return undefined;
  if (wanted.kind === 'vxlan')
    return other.vxlan && receivesSame(other.vxlan, wanted)
      ? `${other.name} already has this VNI and port`
      : undefined;
  const tunnel = isTunnel(wanted) && other.kind === wanted.kind ? other.tunnel : undefined;
  return tunnel && isTunnel(wanted) && isSameTunnel(tunnel, wanted) ? tunnelReason(other, wanted) : undefined;
}

/** Whether two vxlan devices cannot exist beside each other: one VNI, port and outer address family. */
function receivesSame(vxlan: VxlanState, wanted: VxlanLink): boolean {
  return (
    vxlan.vni === wanted.vni &&
    vxlan.port === wanted.port &&
    (vxlan.local?.family ?? 4) === wanted.local.family
  );
}

/** As ip_tunnel_find and ipip6_tunnel_locate: one local and remote end, device and, of gre, key. */
function isSameTunnel(tunnel: TunnelState, wanted: TunnelLink): boolean {
  return (
    tunnel.remote === undefined &&
    tunnel.underlay === wanted.underlay &&
    tunnel.key === wanted.key &&
    (tunnel.local && wanted.local ? equalAddress(tunnel.local, wanted.local) : tunnel.local === wanted.local)
  );
}

function tunnelReason(other: LinkState, { kind, local, underlay, key }: TunnelLink): string {
  const where = [
    `local address ${local ? formatAddress(local) : 'any'}`,
    `device ${underlay ?? 'any'}`,
    ...(kind === 'gre' ? [key === undefined ? 'no key' : `key ${key}`] : []),
  ];
  return `${other.name} already is the ${kind} tunnel with ${where.join(', ')}`;
}
