import { formatPrefix } from '@overlay/cidr';
import type { KernelObject, VxlanLink } from '@overlay/dataplane';
import { bridgeName } from '@overlay/docker';
import type { NetworkConfig } from '@overlay/lease';
import { device } from './device.js';
import type { Backend, NodeInput, Peer, PeerPlan } from './model.js';
import type { OptionReader } from './options.js';
import { stretchedSegment } from './segment.js';
import { vxlanLinks, type VxlanOptions } from './vxlan-plan.js';

/** Options of `Stretch: true`. */
export interface StretchOptions {
  /** Bridge of the containers; that of the instance's Docker network when absent. */
  readonly dockerBridge?: string;
  readonly suppression: boolean;
}

/** IFNAMSIZ without the byte at the end, and what the kernel allows in a device name (dev_valid_name in net/core/dev.c). */
const DEVICE_NAME = /^(?!\.{1,2}$)[^\s/:]{1,15}$/;
const ALIAS_PREFIX = /^overlayd:/;
/** Frames for every peer: broadcast, multicast, and what is not learned yet. */
const FLOOD = '00:00:00:00:00:00';

const deviceName = (text: string): string | undefined => (DEVICE_NAME.test(text) ? text : undefined);

/** Reads `Stretch` and what belongs to it; undefined when it is off. */
export function stretchOptions(reader: OptionReader): StretchOptions | undefined {
  const isOn = reader.flag('Stretch');
  const dockerBridge = reader.secret('DockerBridge', 'the name of a bridge', deviceName);
  const suppression = reader.flag('NeighbourSuppression', true);
  if (!isOn) return undefined;
  return { suppression, ...(dockerBridge === undefined ? {} : { dockerBridge }) };
}

/** One device for both families: what is inside is Ethernet. It has no address; Docker's bridge, whose port it is, has. */
function planNode(
  input: NodeInput,
  options: VxlanOptions,
  { dockerBridge, suppression }: StretchOptions,
  mtu: number,
): readonly KernelObject[] {
  const { facts, alias } = input;
  const name = vxlanLinks(options)[4];
  const link: VxlanLink = {
    type: 'link',
    kind: 'vxlan',
    name,
    vni: options.vni,
    port: options.port,
    local: facts.address,
    mac: facts.vtepMac,
    mtu,
    learning: true,
    gbp: options.gbp,
    alias,
    master: dockerBridge ?? bridgeName(alias.replace(ALIAS_PREFIX, '')),
  };
  return [
    ...device(input, link, []),
    { type: 'bridge-port', link: name, neighbourSuppression: suppression, learning: true },
  ];
}

/**
 * Frames that go to everybody go to each peer once; a vxlan device never sends on what it received, so a full mesh has no loop. Where
 * a container's MAC lives is learned from its frames: leases know addresses, not MACs.
 */
function planPeer(options: VxlanOptions, { lease }: Peer): PeerPlan {
  const link = vxlanLinks(options)[4];
  const destination = lease.attributes.publicIp;
  return { objects: [{ type: 'fdb', link, mac: FLOOD, destination }], direct: [] };
}

/** Docker counts the addresses of a subnet in 64 bits (libnetwork's bitmap, 20.10). */
const WIDEST_IPV6 = 64;

function tooWide(config: NetworkConfig | undefined): string | undefined {
  const network = config?.ipv6?.network;
  if (network === undefined || network.length >= WIDEST_IPV6) return undefined;
  return `Docker takes no segment wider than a /${WIDEST_IPV6}: with Stretch set IPv6Network to one of that length or longer, not ${formatPrefix(network)}, and IPv6SubnetLen to 80`;
}

/** The vxlan backend as one Ethernet segment over all hosts: the device is a port of Docker's own bridge. */
export function stretched(routed: Backend, options: VxlanOptions, stretch: StretchOptions): Backend {
  return {
    ...routed,
    id: `${routed.id} stretch`,
    shared: { ...routed.shared, Stretch: true },
    exclusive: true,
    direct: false,
    links: [vxlanLinks(options)[4]],
    vteps: [vxlanLinks(options)[4]],
    accepts: () => false,
    refuse: (facts, dualStack, config) => routed.refuse(facts, dualStack) ?? tooWide(config),
    tunnel: () => undefined,
    planNode: (input) => planNode(input, options, stretch, routed.mtu(input.facts)),
    planPeer: (_input, peer) => planPeer(options, peer),
    segment: stretchedSegment,
  };
}
