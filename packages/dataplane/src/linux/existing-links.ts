import { twinReason } from '../twins.js';
import type { LinkObject } from '../model.js';
import { dumpLinks } from './dump.js';
import type { NetlinkSocket } from './netlink-socket.js';
import type { Refusal } from './refusal.js';

/** Words for links that the kernel would not make because another device receives the same packets (EEXIST), by position. */
export async function explainExistingLinks(
  refused: ReadonlyMap<number, LinkObject>,
  lists: NetlinkSocket,
): Promise<Map<number, Refusal>> {
  const explained = new Map<number, Refusal>();
  if (refused.size === 0) return explained;
  const links = await dumpLinks(lists);
  for (const [position, link] of refused)
    for (const other of links) {
      const reason = twinReason(other, link);
      if (reason !== undefined)
        explained.set(position, { code: 'EEXIST', message: `EEXIST: ${link.name}: ${reason}` });
    }
  return explained;
}
