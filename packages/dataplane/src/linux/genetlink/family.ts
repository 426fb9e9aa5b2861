import { GenericSocket } from './socket.js';

/**
 * Whether the kernel has a generic netlink family (`wireguard`, `fou`, `ovs_datapath`), after it tried to load a module for it.
 * Throws OVL_DATAPLANE_SYSCALL.
 */
export function genlFamilyExists(name: string, netns?: string): boolean {
  const socket = new GenericSocket(netns);
  try {
    return socket.family(name) !== undefined;
  } finally {
    socket.close();
  }
}
