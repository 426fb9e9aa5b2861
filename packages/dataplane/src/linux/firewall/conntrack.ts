import type { TrackedFlow } from '../../firewall/stale-flows.js';
import {
  CONNTRACK,
  decodeUdpEntry,
  writeConntrackHeader,
  writeConntrackName,
} from '../netlink/conntrack-codec.js';
import { NETLINK_NETFILTER } from '../netlink/constants.js';
import { NetlinkSocket } from '../netlink-socket.js';

/**
 * Removes the UDP flows that `isStale` says yes of from connection tracking: the next packet of one is a new flow to the nat table. TCP is
 * left alone, which would break. Returns how many were removed. Rejects with OVL_DATAPLANE_SYSCALL or OVL_DATAPLANE_DUMP, as where the
 * kernel has no ctnetlink.
 *
 * @param netns file of the network namespace, that of the process without
 */
export async function forgetFlows(
  netns: string | undefined,
  families: readonly (4 | 6)[],
  isStale: (flow: TrackedFlow) => boolean,
): Promise<number> {
  const socket = new NetlinkSocket({ netns, protocol: NETLINK_NETFILTER });
  try {
    let removed = 0;
    for (const family of families) removed += await forgetFamily(socket, family, isStale);
    return removed;
  } finally {
    socket.close();
  }
}

async function forgetFamily(
  socket: NetlinkSocket,
  family: 4 | 6,
  isStale: (flow: TrackedFlow) => boolean,
): Promise<number> {
  const stale = await socket.dump(
    CONNTRACK.GET,
    (writer) => writeConntrackHeader(writer, family),
    (payload) => {
      const entry = decodeUdpEntry(payload);
      return entry !== undefined && isStale(entry) ? entry : undefined;
    },
  );
  // One that ended meanwhile is refused (ENOENT).
  return stale.filter(
    (entry) =>
      socket.request(CONNTRACK.DELETE, (writer) => {
        writeConntrackHeader(writer, family);
        writeConntrackName(writer, entry);
      }).errno === 0,
  ).length;
}
