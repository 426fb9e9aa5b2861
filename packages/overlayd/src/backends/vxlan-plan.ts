import { networkAddress, type Address, type Prefix } from '@overlay/cidr';
import { spreadMetric, type KernelObject, type Mac, type VxlanLink } from '@overlay/dataplane';
import type { Json } from '@overlay/lease';
import { directRoute } from './direct-route.js';
import type { NodeInput, Peer, PeerPlan } from './model.js';
import { onLink } from './on-link.js';
import { peerError } from './peer-error.js';

export interface VxlanOptions {
  readonly vni: number;
  readonly port: number;
  readonly gbp: boolean;
  readonly learning: boolean;
  readonly directRouting: boolean;
  /** The option MTU: of the underlay, bytes. */
  readonly underlayMtu?: number;
}

/** An IPv6 underlay costs 20 bytes more, and the kernel refuses a larger device MTU. */
export const IPV6_EXTRA_BYTES = 20;
/** As Go's net.ParseMAC reads six bytes: with colons or dashes. */
const MAC = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i;

export const vxlanLinks = (vni: number): Readonly<Record<4 | 6, string>> => ({
  4: `flannel.${vni}`,
  6: `flannel-v6.${vni}`,
});

interface Vtep {
  readonly local: Address;
  readonly mac: Mac;
  readonly subnet: Prefix;
  readonly mtu: number;
}

const noRouterAdvertisements = (link: string): KernelObject => ({
  type: 'sysctl',
  key: `net/ipv6/conf/${link}/accept_ra`,
  value: '0',
});

function device(input: NodeInput, options: VxlanOptions, vtep: Vtep): readonly KernelObject[] {
  const name = vxlanLinks(options.vni)[vtep.local.family];
  const link: VxlanLink = {
    type: 'link',
    kind: 'vxlan',
    name,
    vni: options.vni,
    port: options.port,
    local: vtep.local,
    mac: vtep.mac,
    mtu: vtep.mtu,
    learning: options.learning,
    gbp: options.gbp,
    alias: input.alias,
  };
  const address = networkAddress(vtep.subnet);
  return [
    link,
    ...(input.facts.ipv6.present ? [noRouterAdvertisements(name)] : []),
    { type: 'address', link: name, address, length: address.family === 4 ? 32 : 128 },
  ];
}

/** The devices and their addresses: what stands without any peer. `mtu` is the IPv4 device's, bytes. */
export function planVxlanNode(input: NodeInput, options: VxlanOptions, mtu: number): readonly KernelObject[] {
  const { facts, subnets } = input;
  const objects = [
    ...device(input, options, { local: facts.address, mac: facts.vtepMac, subnet: subnets.subnet, mtu }),
  ];
  if (subnets.ipv6Subnet !== undefined && facts.addressV6 !== undefined) {
    const vtep = {
      local: facts.addressV6,
      mac: facts.vtepMacV6,
      subnet: subnets.ipv6Subnet,
      mtu: mtu - IPV6_EXTRA_BYTES,
    };
    objects.push(...device(input, options, vtep));
  }
  return objects;
}

function vtepMac(peer: Peer, data: Json | undefined, field: string): Mac {
  const record =
    typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Record<string, Json>) : {};
  const key = Object.keys(record).findLast((name) => name.toLowerCase() === 'vtepmac') ?? '';
  const mac = record[key];
  if (typeof mac === 'string' && MAC.test(mac)) return mac.toLowerCase().replaceAll('-', ':');
  throw peerError(peer, `${field} has no VtepMAC of six bytes`);
}

interface RemoteVtep {
  readonly subnet: Prefix;
  readonly address: Address;
  readonly mac: Mac;
}

function reach(input: NodeInput, options: VxlanOptions, remote: RemoteVtep): PeerPlan {
  const near = options.directRouting ? onLink(input.facts, remote.address) : undefined;
  if (near !== undefined)
    return { objects: [directRoute(remote.subnet, remote.address, near)], direct: [remote.address] };
  const link = vxlanLinks(options.vni)[remote.subnet.family];
  const gateway = networkAddress(remote.subnet);
  const metric = spreadMetric(remote.subnet);
  return {
    objects: [
      { type: 'neighbour', link, address: gateway, mac: remote.mac },
      { type: 'fdb', link, mac: remote.mac, destination: remote.address },
      { type: 'route', kind: 'unicast', destination: remote.subnet, gateway, link, onlink: true, metric },
    ],
    direct: [],
  };
}

/**
 * A neighbour, an FDB entry and an on-link route per family, or one direct route (DirectRouting and on the same link). A peer
 * that announces no IPv6 data is reached by IPv4 alone (C17).
 */
export function planVxlanPeer(input: NodeInput, options: VxlanOptions, peer: Peer): PeerPlan {
  const { subnet, ipv6Subnet, attributes } = peer.lease;
  const { offer } = peer;
  const plans = [
    reach(input, options, {
      subnet,
      address: attributes.publicIp,
      mac: vtepMac(peer, offer.data, 'BackendData'),
    }),
  ];
  if (
    input.subnets.ipv6Subnet !== undefined &&
    ipv6Subnet !== undefined &&
    attributes.publicIpv6 !== undefined &&
    offer.v6Data !== undefined
  ) {
    const mac = vtepMac(peer, offer.v6Data, 'BackendV6Data');
    plans.push(reach(input, options, { subnet: ipv6Subnet, address: attributes.publicIpv6, mac }));
  }
  return { objects: plans.flatMap((plan) => plan.objects), direct: plans.flatMap((plan) => plan.direct) };
}
