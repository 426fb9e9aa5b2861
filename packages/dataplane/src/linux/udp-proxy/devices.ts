import { closeSync } from 'node:fs';
import { foreignLink } from '../../foreign-link.js';
import type { ProxyLink } from '../../model.js';
import type { LinkState } from '../../snapshot.js';
import { dumpLinks } from '../dump.js';
import { LinkExecutor } from '../link-executor.js';
import { NetlinkSocket } from '../netlink-socket.js';
import { NLM_F, RTM } from '../netlink/constants.js';
import { writeLinkSettings } from '../netlink/link-codec.js';
import { MessageWriter } from '../netlink/writer.js';
import { refusalOf } from '../refusal.js';
import { CallError } from './calls.js';
import { openTun, persist } from './tun.js';

/** TUN devices of ours in one network namespace. */
export class ProxyDevices {
  private readonly socket: NetlinkSocket;
  private readonly links: LinkExecutor;

  constructor(private readonly netns: string | undefined) {
    this.socket = new NetlinkSocket({ netns });
    this.links = new LinkExecutor(this.socket);
  }

  /** Every link of the namespace. */
  list(): Promise<LinkState[]> {
    return dumpLinks(this.socket);
  }

  /**
   * A descriptor of the device, up and with its settings: a new one, or one that an earlier process left. With `instead`, a device of ours
   * of another kind makes room. What fails leaves no new device behind. Throws CallError.
   */
  open(link: ProxyLink, instead: boolean): number {
    const create = this.makeRoom(link, instead);
    const fd = openTun({ netns: this.netns, name: link.name, create });
    try {
      this.configure(link);
      persist(fd, link.name);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Sets MTU and alias, and brings the device up. Throws CallError. */
  configure(link: ProxyLink): void {
    const batch = new MessageWriter();
    const sequence = this.socket.nextSequence();
    batch.message({ type: RTM.NEWLINK, flags: NLM_F.REQUEST | NLM_F.ACK, sequence }, () =>
      writeLinkSettings(batch, { link, masterIndex: 0 }),
    );
    const [refused] = this.socket.transact(batch, sequence);
    if (refused) throw new CallError(refusalOf(refused).code, `${link.name}: ${refusalOf(refused).message}`);
  }

  /** Removes the device if it carries the link's alias. Throws CallError. */
  remove(link: ProxyLink): void {
    const refused = this.links.apply({ op: 'remove', object: link }, link);
    if (refused) throw new CallError(refused.code, `${link.name}: ${refused.message}`);
  }

  close(): void {
    this.socket.close();
  }

  /** Whether a device must be made: none of this name is there. Throws CallError when one is that is not ours. */
  private makeRoom(link: ProxyLink, instead: boolean): boolean {
    const present = this.links.find(link.name);
    if (present === undefined) return true;
    if (present.alias === link.alias && present.kind === 'tun') return false;
    if (present.alias === link.alias && instead) {
      this.remove(link);
      return true;
    }
    throw new CallError('EEXIST', `${foreignLink(present)}: remove or rename it`);
  }
}
