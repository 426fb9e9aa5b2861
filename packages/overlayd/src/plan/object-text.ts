import { formatAddress, formatPrefix } from '@overlay/cidr';
import type { KernelObject } from '@overlay/dataplane';

function linkText(object: Extract<KernelObject, { type: 'link' }>): string {
  if (object.kind !== 'vxlan') return `${object.name} ${object.kind} mtu ${object.mtu}`;
  const { name, vni, port, local, mac, mtu } = object;
  return `${name} vxlan id ${vni} local ${formatAddress(local)} dstport ${port} address ${mac} mtu ${mtu}`;
}

function routeText(object: Extract<KernelObject, { type: 'route' }>): string {
  const kind = object.kind === 'blackhole' ? 'blackhole ' : '';
  const via = object.gateway === undefined ? '' : ` via ${formatAddress(object.gateway)}`;
  const link = object.link === undefined ? '' : ` dev ${object.link}`;
  const onlink = object.onlink ? ' onlink' : '';
  return `${kind}${formatPrefix(object.destination)}${via}${link}${onlink} metric ${object.metric} proto overlay`;
}

/** A kernel object in the words of iproute2. */
export function objectText(object: KernelObject): string {
  switch (object.type) {
    case 'link':
      return linkText(object);
    case 'address':
      return `${formatAddress(object.address)}/${object.length} dev ${object.link}`;
    case 'route':
      return routeText(object);
    case 'neighbour':
      return `${formatAddress(object.address)} dev ${object.link} lladdr ${object.mac}`;
    case 'fdb':
      return `${object.mac} dev ${object.link} dst ${formatAddress(object.destination)}`;
    case 'rule':
      return `priority ${object.priority} table ${object.table} (IPv${object.family})`;
    case 'sysctl':
      return `${object.key} = ${object.value}`;
  }
}
