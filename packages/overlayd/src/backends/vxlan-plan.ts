import { networkAddress, type Address, type Prefix } from '@overlay/cidr';
import type { KernelObject, Mac, VxlanLink } from '@overlay/dataplane';
import type { Json } from '@overlay/lease';
import { device, slotName } from './device.js';
import type { NodeInput, Peer, PeerPlan, Slot } from './model.js';
import { offerMember } from './offer-data.js';
import { peerError } from './peer-error.js';
import { planRemotes, tunnelRoute, type Remote } from './remote.js';

export interface VxlanOptions {
  readonly slot: Slot;
  readonly vni: number;
  readonly port: number;
  readonly gbp: boolean;
  readonly learning: boolean;
  readonly directRouting: boolean;
  /** The option MTU: of the underlay, bytes; 0: the interface's. */
  readonly underlay: number;
}

/** As Go's net.ParseMAC reads six bytes: with colons or dashes. */
const MAC = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i;

export const vxlanLinks = ({
  vni,
  slot,
}: Pick<VxlanOptions, 'vni' | 'slot'>): Readonly<Record<4 | 6, string>> => ({
  4: slotName(`flannel.${vni}`, slot),
  6: slotName(`flannel-v6.${vni}`, slot),
});

interface Vtep {
  readonly local: Address;
  readonly mac: Mac;
  readonly subnet: Prefix;
  readonly mtu: number;
}

function vtepDevice(input: NodeInput, options: VxlanOptions, vtep: Vtep): readonly KernelObject[] {
  const { vni, port, learning, gbp } = options;
  const { local, mac, mtu, subnet } = vtep;
  const name = vxlanLinks(options)[local.family];
  const { alias } = input;
  const link: VxlanLink = {
    type: 'link',
    kind: 'vxlan',
    name,
    vni,
    port,
    local,
    mac,
    mtu,
    learning,
    gbp,
    alias,
  };
  return device(input, link, [subnet]);
}

/** The devices and their addresses: what stands without any peer. `mtu` is of each family's device, bytes. */
export function planVxlanNode(
  input: NodeInput,
  options: VxlanOptions,
  mtu: Readonly<Record<4 | 6, number>>,
): readonly KernelObject[] {
  const { facts, subnets } = input;
  const { address: local, addressV6, vtepMac, vtepMacV6 } = facts;
  const objects = vtepDevice(input, options, { local, mac: vtepMac, subnet: subnets.subnet, mtu: mtu[4] });
  if (subnets.ipv6Subnet === undefined || addressV6 === undefined) return objects;
  const vtep = { local: addressV6, mac: vtepMacV6, subnet: subnets.ipv6Subnet, mtu: mtu[6] };
  return [...objects, ...vtepDevice(input, options, vtep)];
}

function remoteMac(peer: Peer, data: Json | undefined, field: string): Mac {
  const mac = offerMember(data, 'VtepMAC');
  if (typeof mac === 'string' && MAC.test(mac)) return mac.toLowerCase().replaceAll('-', ':');
  throw peerError(peer, `${field} has no VtepMAC of six bytes`);
}

function reach(options: VxlanOptions, peer: Peer, remote: Remote): readonly KernelObject[] | undefined {
  const { subnet, address } = remote;
  const { data, v6Data } = peer.offer;
  if (address === undefined || (subnet.family === 6 && v6Data === undefined)) return undefined;
  const mac =
    subnet.family === 4 ? remoteMac(peer, data, 'BackendData') : remoteMac(peer, v6Data, 'BackendV6Data');
  const link = vxlanLinks(options)[subnet.family];
  const gateway = networkAddress(subnet);
  return [
    { type: 'neighbour', link, address: gateway, mac },
    { type: 'fdb', link, mac, destination: address },
    tunnelRoute(subnet, link, gateway),
  ];
}

/**
 * A neighbour, an FDB entry and an on-link route per family, or one direct route (DirectRouting and on the same link). A peer
 * that announces no IPv6 data is reached by IPv4 alone (C17).
 */
export function planVxlanPeer(input: NodeInput, options: VxlanOptions, peer: Peer): PeerPlan {
  return planRemotes(input, peer, options.directRouting, (remote) => reach(options, peer, remote));
}
