import type { LinkObject } from '../../model.js';
import type { DeviceState } from '../../ovs-settings.js';
import { LinkExecutor } from '../link-executor.js';
import { AF, IFF, IFLA, NLM_F, RTM } from '../netlink/constants.js';
import { writeLinkSettings } from '../netlink/link-codec.js';
import { MessageWriter } from '../netlink/writer.js';
import { NetlinkSocket } from '../netlink-socket.js';
import { refusalOf, type Refusal } from '../refusal.js';

/** The kernel devices that are ports of Open vSwitch's bridges. */
export class OvsDevices {
  private opened: NetlinkSocket | undefined;

  constructor(private readonly netns: string | undefined) {}

  find(name: string): DeviceState | undefined {
    return new LinkExecutor(this.socket()).find(name);
  }

  /** Gives a device its alias and MTU and brings it up. */
  configure(link: LinkObject): Refusal | undefined {
    return this.send((writer) => writeLinkSettings(writer, { link, masterIndex: 0 }));
  }

  bringUp(name: string): Refusal | undefined {
    return this.send((writer) => {
      for (const field of [AF.UNSPEC, 0, IFF.UP, IFF.UP]) writer.u32(field);
      writer.attributeText(IFLA.IFNAME, name);
    });
  }

  close(): void {
    this.opened?.close();
    this.opened = undefined;
  }

  private send(body: (writer: MessageWriter) => void): Refusal | undefined {
    const socket = this.socket();
    const batch = new MessageWriter();
    const sequence = socket.nextSequence();
    batch.message({ type: RTM.NEWLINK, flags: NLM_F.REQUEST | NLM_F.ACK, sequence }, () => body(batch));
    const [refused] = socket.transact(batch, sequence);
    return refused && refusalOf(refused);
  }

  private socket(): NetlinkSocket {
    return (this.opened ??= new NetlinkSocket({ netns: this.netns }));
  }
}
