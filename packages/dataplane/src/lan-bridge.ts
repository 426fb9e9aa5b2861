import type { LinkFact } from './model.js';

/** The bridge that takes over a host's NIC. One per host: a NIC is in one bridge, and one NIC leads to the LAN. */
export const LAN_BRIDGE = 'ovl-lan-0';

const LAN_BRIDGE_PREFIX = 'ovl-lan-';

/** Whether addresses and routes on a device of this name are the host's own, although the device is ours. */
export function isLanBridge(name: string): boolean {
  return name.startsWith(LAN_BRIDGE_PREFIX);
}

type PortFact = Pick<LinkFact, 'name' | 'kind' | 'mac' | 'index' | 'master'>;

/**
 * The NIC among the ports of a LAN bridge: the one whose MAC the bridge was given, else the first that is no veth (the NIC got
 * another MAC since). Undefined when it is gone.
 */
export function bridgedNic<T extends PortFact>(links: readonly T[], bridge: string): T | undefined {
  const mac = links.find(({ name }) => name === bridge)?.mac;
  const ports = links.filter(({ master }) => master === bridge).sort((a, b) => a.index - b.index);
  return ports.find((port) => port.mac === mac) ?? ports.find(({ kind }) => !VIRTUAL_PORTS.has(kind));
}

/** What is plugged into a bridge beside a NIC: containers, virtual machines, tunnels. */
const VIRTUAL_PORTS: ReadonlySet<string> = new Set([
  'veth',
  'tun',
  'vxlan',
  'gretap',
  'geneve',
  'dummy',
  'ifb',
]);
