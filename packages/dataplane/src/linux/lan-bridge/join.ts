import type { NetlinkSocket } from '../netlink-socket.js';
import type { Refusal } from '../refusal.js';
import type { End } from './addresses.js';
import { sendAll } from './batch.js';
import { joining, leaving } from './move.js';

/**
 * Makes a NIC a port of the bridge. By itself, ahead of the move: the kernel goes on with a batch after a refusal, and would move what the
 * NIC carries to a bridge that leads nowhere. What is refused leaves all as it was; a bridge just `made` goes again.
 */
export function join(socket: NetlinkSocket, nic: End, bridge: End, made: boolean): Refusal | undefined {
  const [refused] = sendAll(socket, joining(nic, bridge));
  if (refused === undefined) return undefined;
  sendAll(socket, leaving(nic, bridge, made));
  return explained(refused, nic, bridge);
}

/** EBUSY is another receive handler (netdev_rx_handler_register), of a device that may be in a namespace we do not see. */
function explained(refused: Refusal, nic: End, bridge: End): Refusal {
  const what = `the kernel does not make ${nic.name} a port of ${bridge.name} (${refused.message})`;
  if (refused.code !== 'EBUSY') return { code: refused.code, message: what };
  return {
    code: 'OVL_LAN_BRIDGE_REFUSED',
    message: `${what}: another device takes its packets before a bridge could, such as macsec, or a macvlan or ipvlan in a container's network namespace; remove that, or use backend host-gw`,
  };
}
