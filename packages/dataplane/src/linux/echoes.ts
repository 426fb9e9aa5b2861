import { formatAddress } from '@overlay/cidr';
import type { Change } from '../model.js';
import { AF, RTM } from './netlink/constants.js';
import { decodeFdb, decodeNeighbour } from './netlink/neighbour-codec.js';
import type { Message } from './netlink/reader.js';

const LINKS: readonly number[] = [RTM.NEWLINK, RTM.DELLINK];
const NEIGHBOURS: readonly number[] = [RTM.NEWNEIGH, RTM.DELNEIGH];

/** What a notification without a port is about; undefined when it is nothing that we could have caused. */
function keyOf({ type, payload }: Message): string | undefined {
  if (!NEIGHBOURS.includes(type)) return undefined;
  if (payload.readUInt8(0) === AF.BRIDGE) {
    const entry = decodeFdb(payload);
    return entry === undefined ? undefined : `fdb ${entry.index} ${entry.mac}`;
  }
  const gone = type === RTM.DELNEIGH ? decodeNeighbour(payload) : undefined;
  return gone === undefined ? undefined : `gone ${gone.index} ${formatAddress(gone.address)}`;
}

/**
 * Tells notifications of our own writes from those of somebody else's. The kernel stamps most with the port of the socket that
 * asked (nlmsg_pid); those of vxlan's FDB (vxlan_fdb_notify) and the last one of a removed neighbour it leaves at 0, so these are
 * expected one by one. Link notifications always count: what a link loses with a change, nobody else reports.
 */
export class Echoes {
  private readonly expected = new Map<string, number>();

  constructor(private readonly portId: () => number) {}

  /** A change that is about to be made on the link of this index. */
  expect({ op, object }: Change, index: number): void {
    if (object.type === 'fdb') this.add(`fdb ${index} ${object.mac}`);
    else if (object.type === 'neighbour' && op === 'remove')
      this.add(`gone ${index} ${formatAddress(object.address)}`);
  }

  /** Everything was read anew: what was expected and did not come (a refused change) must not hide what comes later. */
  forget(): void {
    this.expected.clear();
  }

  isEcho(message: Message): boolean {
    if (LINKS.includes(message.type)) return false;
    if (message.portId !== 0) return message.portId === this.portId();
    const key = keyOf(message);
    return key !== undefined && this.take(key);
  }

  private add(key: string): void {
    this.expected.set(key, (this.expected.get(key) ?? 0) + 1);
  }

  private take(key: string): boolean {
    const count = this.expected.get(key) ?? 0;
    if (count > 1) this.expected.set(key, count - 1);
    else this.expected.delete(key);
    return count > 0;
  }
}
