import { networkAddress } from '@overlay/cidr';
import type { KernelObject, Mac, OvsBridgeLink, OvsPortObject } from '@overlay/dataplane';
import { bridgeName } from '@overlay/docker';
import { device, ownSubnets, slotName } from './device.js';
import type { NodeInput, Peer, PeerPlan, Slot } from './model.js';
import { offerMember } from './offer-data.js';
import type { OvsOptions } from './ovs-options.js';
import { peerError } from './peer-error.js';
import { remotesOf, tunnelRoute, type Remote } from './remote.js';

/** A unicast address as we write it. */
const MAC = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/;
const ALIAS_PREFIX = /^overlayd:/;

/** Names of a slot's devices: the bridge, and the ends of the pair that joins it to the containers' bridge. */
export const ovsNames = (slot: Slot) => ({
  bridge: `ovl-ovs-${slot}`,
  dockerEnd: `ovl-ovs-d${slot}`,
  ovsEnd: `ovl-ovs-p${slot}`,
});

/**
 * The bridge and, in L3, its addresses; in L2 (Stretch) the veth pair between it and the containers' bridge instead.
 *
 * @param mtu of the devices, bytes
 */
export function planOvsNode(input: NodeInput, options: OvsOptions, mtu: number): readonly KernelObject[] {
  const { facts, alias } = input;
  const { bridge, dockerEnd, ovsEnd } = ovsNames(options.slot);
  const link: OvsBridgeLink = {
    type: 'link',
    kind: 'ovs-bridge',
    name: bridge,
    mtu,
    mac: facts.vtepMac,
    datapath: options.datapath,
    alias,
  };
  if (!options.stretch) return device(input, link, ownSubnets(input));
  const master = options.dockerBridge ?? bridgeName(alias.replace(ALIAS_PREFIX, ''));
  return [
    ...device(input, link, []),
    { type: 'link', kind: 'veth', name: dockerEnd, peer: ovsEnd, mtu, master, alias },
    { type: 'ovs-port', bridge, name: ovsEnd, alias },
  ];
}

/** Name of the port to a peer, at most 15 bytes: its subnet's base address in hexadecimal, like `ovl-0a050900`. */
function ovsPortName({ lease }: Peer, slot: Slot): string {
  const { bits } = networkAddress(lease.subnet);
  return slotName(`ovl-${bits.toString(16).padStart(8, '0')}`, slot);
}

function tunnelPort(input: NodeInput, options: OvsOptions, peer: Peer): OvsPortObject {
  const { tunnel: kind, key, port, slot } = options;
  const remote = peer.lease.attributes.publicIp;
  const local = input.facts.address;
  return {
    type: 'ovs-port',
    bridge: ovsNames(slot).bridge,
    name: ovsPortName(peer, slot),
    tunnel: { kind, remote, local, key, ...(port === undefined ? {} : { port }) },
    alias: input.alias,
  };
}

function remoteMac(peer: Peer): Mac {
  const mac = offerMember(peer.offer.data, 'MAC');
  if (typeof mac === 'string' && MAC.test(mac)) return mac;
  throw peerError(peer, 'BackendData has no MAC of six bytes, a unicast address');
}

/** Whether a family's packets can go to a peer: it says in its data that its bridge takes IPv6. */
const takes = (peer: Peer, { subnet }: Remote): boolean =>
  subnet.family === 4 || peer.offer.v6Data !== undefined;

/**
 * One tunnel port for both families. In L3 also the peer's MAC at that port, so that nothing is sent to every peer to learn it, and per
 * family a neighbour and an on-link route. In L2 the bridges learn.
 */
export function planOvsPeer(input: NodeInput, options: OvsOptions, peer: Peer): PeerPlan {
  const port = tunnelPort(input, options, peer);
  if (options.stretch) return { objects: [port], direct: [] };
  const mac = remoteMac(peer);
  const link = port.bridge;
  const remotes = remotesOf(input, peer).filter((remote) => takes(peer, remote));
  const routes = remotes.flatMap(({ subnet }): readonly KernelObject[] => {
    const address = networkAddress(subnet);
    return [{ type: 'neighbour', link, address, mac }, tunnelRoute(subnet, link, address)];
  });
  const destination = peer.lease.attributes.publicIp;
  return { objects: [port, { type: 'fdb', link, mac, destination }, ...routes], direct: [] };
}
