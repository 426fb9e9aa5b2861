import type { Message } from '../netlink/reader.js';
import { readAttributes } from '../netlink/reader.js';
import { NLM_F } from '../netlink/constants.js';
import { MessageWriter } from '../netlink/writer.js';
import { NetlinkSocket } from '../netlink-socket.js';
import { refusalOf, type Refusal } from '../refusal.js';

const NETLINK_GENERIC = 16;

/** uapi/linux/genetlink.h */
const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR = { FAMILY_ID: 1, FAMILY_NAME: 2 } as const;

/** struct genlmsghdr: what follows the netlink header. */
const GENL_HEADER_BYTES = 4;

/** One command of a family, with its attributes. */
export interface GenericCommand {
  readonly command: number;
  readonly version: number;
  readonly attributes: (writer: MessageWriter) => void;
}

/** Writes struct genlmsghdr and the attributes: the body of a generic netlink message. */
export function writeGeneric(writer: MessageWriter, { command, version, attributes }: GenericCommand): void {
  writer.u8(command);
  writer.u8(version);
  writer.u16(0);
  attributes(writer);
}

/** Generic netlink (NETLINK_GENERIC) in one network namespace. Needs CAP_NET_ADMIN for most commands. */
export class GenericSocket {
  private readonly socket: NetlinkSocket;

  /** @param netns file of the network namespace; that of the process without. Throws OVL_DATAPLANE_SYSCALL. */
  constructor(netns?: string) {
    this.socket = new NetlinkSocket({ netns, protocol: NETLINK_GENERIC });
  }

  /**
   * The message type of a family by its name; undefined when the kernel has none, after it tried to load a module for it. Asked anew each
   * time: a module that is loaded again has another.
   */
  family(name: string): number | undefined {
    const { answer } = this.socket.request(GENL_ID_CTRL, (writer) =>
      writeGeneric(writer, {
        command: CTRL_CMD_GETFAMILY,
        version: 1,
        attributes: () => writer.attributeText(CTRL_ATTR.FAMILY_NAME, name),
      }),
    );
    return answer && familyId(answer);
  }

  /** Sends one command, of up to 64 KB; what the kernel has against it, in its own words where it gave some. */
  send(type: number, command: GenericCommand): Refusal | undefined {
    const batch = new MessageWriter();
    const sequence = this.socket.nextSequence();
    const flags = NLM_F.REQUEST | NLM_F.ACK;
    batch.message({ type, flags, sequence }, () => writeGeneric(batch, command));
    const refused = this.socket.transact(batch, sequence)[0];
    return refused && refusalOf(refused);
  }

  /** Every message of a dump, as `decode` reads its attributes. Throws OVL_DATAPLANE_DUMP. */
  dump<T>(type: number, command: GenericCommand, decode: (attributes: Buffer) => T): Promise<T[]> {
    return this.socket.dump(
      type,
      (writer) => writeGeneric(writer, command),
      (payload) => decode(payload.subarray(GENL_HEADER_BYTES)),
    );
  }

  close(): void {
    this.socket.close();
  }
}

function familyId({ payload }: Message): number | undefined {
  const id = readAttributes(payload, GENL_HEADER_BYTES).get(CTRL_ATTR.FAMILY_ID);
  return id !== undefined && id.length >= 2 ? id.readUInt16LE(0) : undefined;
}
