import { objectKey } from '../identity.js';
import type {
  ActualState,
  BridgePortObject,
  Change,
  DesiredState,
  KernelObject,
  KernelPart,
  Outcome,
  Ownership,
} from '../model.js';
import { sendAll } from './lan-bridge/batch.js';
import { NOTHING } from './lan-bridge/request.js';
import { NetlinkSocket } from './netlink-socket.js';
import { AF, IFLA, RTM } from './netlink/constants.js';
import { readAttributes, readText } from './netlink/reader.js';
import type { MessageWriter } from './netlink/writer.js';
import { refusalOfThrown, type Refusal } from './refusal.js';

export interface BridgePortOptions {
  /** File of the network namespace to work in; that of the process without. */
  readonly netns?: string;
}

/** linux/rtnetlink.h, linux/if_link.h */
const RTM_SETLINK = 19;
const IFLA_PROTINFO = 12;
const NLA_F_NESTED = 0x8000;
const IFLA_BRPORT = { LEARNING: 8, NEIGH_SUPPRESS: 32 } as const;

interface PortState {
  readonly index: number;
  readonly name: string;
  readonly learning: boolean;
  readonly neighbourSuppression: boolean;
}

/** `bridge-port` objects over rtnetlink (`bridge link set`): settings of links that are ports of a Linux bridge. */
class BridgePortPart implements KernelPart {
  private readonly options: BridgePortOptions;
  private socket: NetlinkSocket | undefined;

  constructor(options: BridgePortOptions) {
    this.options = options;
  }

  claims(object: KernelObject): boolean {
    return object.type === 'bridge-port';
  }

  /** Only ports that are wanted: the settings of a port go with it, so there is nothing to remove. */
  async read(_ownership: Ownership, desired: DesiredState): Promise<ActualState> {
    const objects = new Map<string, KernelObject>();
    const foreign = new Map<string, string>();
    if (desired.size === 0) return { objects, foreign };
    for (const { index: _index, name, ...settings } of await this.ports()) {
      const object: BridgePortObject = { type: 'bridge-port', link: name, ...settings };
      if (desired.has(objectKey(object))) objects.set(objectKey(object), object);
    }
    return { objects, foreign };
  }

  async apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    const ports = new Map((await this.ports()).map(({ name, index }) => [name, index]));
    return changes.map((change) => {
      const refusal = this.one(change, ports);
      return refusal === undefined ? { change, ok: true } : { change, ok: false, ...refusal };
    });
  }

  close(): void {
    this.socket?.close();
    this.socket = undefined;
  }

  private one({ op, object }: Change, ports: ReadonlyMap<string, number>): Refusal | undefined {
    if (object.type !== 'bridge-port' || op === 'remove') return undefined;
    const index = ports.get(object.link);
    if (index === undefined)
      return { code: 'ENODEV', message: `${object.link} is not a port of a bridge (any more)` };
    const body = (writer: MessageWriter): void => writePort(writer, index, object);
    try {
      return sendAll(this.open(), [{ type: RTM_SETLINK, flags: 0, body, done: NOTHING }])[0];
    } catch (error) {
      return refusalOfThrown(error);
    }
  }

  private async ports(): Promise<PortState[]> {
    return this.open().dump(RTM.GETLINK, (writer) => writeHeader(writer, 0), decodePort);
  }

  private open(): NetlinkSocket {
    this.socket ??= new NetlinkSocket({ netns: this.options.netns });
    return this.socket;
  }
}

/** struct ifinfomsg of the bridge family. */
function writeHeader(writer: MessageWriter, index: number): void {
  writer.u32(AF.BRIDGE);
  writer.u32(index);
  writer.u32(0);
  writer.u32(0);
}

function writePort(writer: MessageWriter, index: number, port: BridgePortObject): void {
  writeHeader(writer, index);
  writer.attribute(IFLA_PROTINFO | NLA_F_NESTED, () => {
    writer.attributeU8(IFLA_BRPORT.LEARNING, port.learning ? 1 : 0);
    writer.attributeU8(IFLA_BRPORT.NEIGH_SUPPRESS, port.neighbourSuppression ? 1 : 0);
  });
}

/** Decodes RTM_NEWLINK of the bridge family; undefined for the bridge itself, which the kernel lists among its ports. */
function decodePort(payload: Buffer): PortState | undefined {
  const attributes = readAttributes(payload, 16);
  const protocol = attributes.get(IFLA_PROTINFO);
  if (protocol === undefined) return undefined;
  const settings = readAttributes(protocol);
  return {
    index: payload.readInt32LE(4),
    name: readText(attributes.get(IFLA.IFNAME)),
    learning: settings.get(IFLA_BRPORT.LEARNING)?.[0] === 1,
    neighbourSuppression: settings.get(IFLA_BRPORT.NEIGH_SUPPRESS)?.[0] === 1,
  };
}

/** Opens the part of the data plane that sets bridge ports up. Needs CAP_NET_ADMIN to change anything. Opens its socket on first use. */
export function openBridgePortPart(options: BridgePortOptions = {}): KernelPart {
  return new BridgePortPart(options);
}
