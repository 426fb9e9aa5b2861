import { formatAddress, formatPrefix } from '@overlay/cidr';
import type { Endpoint, KernelObject, OvsTunnel, PartObject } from '@overlay/dataplane';

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

function partText(object: PartObject): string {
  switch (object.type) {
    case 'fou':
      return `port ${object.port} ipproto ${object.protocol} (IPv${object.family})`;
    case 'wireguard-peer':
      return `${object.link} peer ${object.publicKey}${endpointText(object.endpoint)} allowed-ips ${object.allowedIps.map(formatPrefix).join(',')}`;
    case 'proxy-peer':
      return `${object.link} ${formatPrefix(object.subnet)}${endpointText(object.endpoint)}`;
    case 'ovs-port':
      return `${object.bridge} ${object.name}${tunnelText(object.tunnel)}`;
    case 'bridge-port':
      return `${object.link} learning ${object.learning ? 'on' : 'off'} neigh_suppress ${object.neighbourSuppression ? 'on' : 'off'}`;
    case 'hook':
      return object.name;
  }
}

const endpointText = (endpoint: Endpoint | undefined): string =>
  endpoint === undefined ? '' : ` endpoint ${formatAddress(endpoint.address)} port ${endpoint.port}`;

const tunnelText = (tunnel: OvsTunnel | undefined): string =>
  tunnel === undefined ? '' : ` ${tunnel.kind} remote ${formatAddress(tunnel.remote)}`;

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
      return `${formatAddress(object.address)} dev ${object.link} lladdr ${typeof object.mac === 'string' ? object.mac : formatAddress(object.mac)}`;
    case 'fdb':
      return `${object.mac} dev ${object.link} dst ${formatAddress(object.destination)}`;
    case 'rule':
      return `priority ${object.priority} table ${object.table} (IPv${object.family})`;
    case 'sysctl':
      return `${object.key} = ${object.value}`;
    default:
      return partText(object);
  }
}
