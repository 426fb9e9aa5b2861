import { NETCONFA } from './constants.js';
import { readAttributes } from './reader.js';

/** struct netconfmsg is one byte, the address family. */
const HEADER_BYTES = 4;

/**
 * Whether an RTM_NEWNETCONF says that forwarding or reverse path filtering of a device, of all or of the default was changed. The kernel
 * sends one for a new device too, with all of its settings; that is no change, and a link notification comes with it.
 */
export function isSettingChange(payload: Buffer): boolean {
  const attributes = readAttributes(payload, HEADER_BYTES);
  if (attributes.has(NETCONFA.PROXY_NEIGH)) return false;
  return attributes.has(NETCONFA.FORWARDING) || attributes.has(NETCONFA.RP_FILTER);
}
